// Which files other processes have open for writing, as lsof tells. macOS brings it.

import { spawnSync } from 'node:child_process';
import { FileSet } from './file_set.ts';
import type { OpenFiles } from './holder_probe.ts';

export type AskLsof = () => { stdout: string; why: string | null };

/** Regular files of this user's processes: no host names, no port names, no warnings; each with process, access and name. */
const QUESTION = ['-n', '-P', '-w', '-F', 'pan', '-u', String(process.getuid?.() ?? '')];

const askLsof: AskLsof = () => {
  const answer = spawnSync(process.platform === 'darwin' ? '/usr/sbin/lsof' : 'lsof', QUESTION, {
    encoding: 'utf8',
    maxBuffer: 256 << 20,
    timeout: 20_000,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  // It ends with 1 also where it only missed one of many things.
  return { stdout: answer.stdout ?? '', why: answer.error ? `lsof does not answer (${codeOf(answer.error)})` : null };
};

const codeOf = (error: Error): string => (error as NodeJS.ErrnoException).code ?? error.message;

export function openFilesByLsof(ask: AskLsof = askLsof, environment: NodeJS.ProcessEnv = process.env): OpenFiles {
  const { stdout, why } = ask();
  const written = writtenFiles(stdout, process.pid);
  return { has: (file) => written.files.has(file), blind: why ?? blindness() };

  function blindness(): string | null {
    // Seatbelt lets a process see those of its own sandbox alone.
    if (environment.CODEX_SANDBOX === 'seatbelt') return 'the sandbox hides other processes';
    return written.isWhole ? null : 'lsof does not show the processes of this user';
  }
}

/** `isWhole`: the answer has this very process in it, so it has the others. */
function writtenFiles(answer: string, own: number): { files: FileSet; isWhole: boolean } {
  const files = new FileSet();
  let isWhole = false;
  let isOwn = false;
  let isWritten = false;
  for (const line of answer.split('\n')) {
    const text = line.slice(1);
    if (line[0] === 'p') isOwn = text === String(own);
    if (line[0] === 'a') isWritten = text === 'w' || text === 'u';
    if (line[0] === 'f') isWritten = false;
    if (line[0] === 'n' && isWritten && !isOwn) files.add(unescaped(text));
    isWhole ||= isOwn;
  }
  return { files, isWhole };
}

/** A backslash comes twice, and what the locale cannot print as the bytes `\xc3\xbc`. */
function unescaped(name: string): string {
  const bytes = Buffer.from(name).toString('latin1');
  const plain = bytes.replace(/\\(?:\\|x([0-9a-f]{2}))/g, (_, hex?: string) =>
    hex ? String.fromCharCode(Number.parseInt(hex, 16)) : '\\',
  );
  return Buffer.from(plain, 'latin1').toString();
}
