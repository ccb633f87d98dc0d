// Which files other processes have open for writing, as lsof tells. macOS brings it.

import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { withoutLinks } from '../disk/places.ts';
import type { OpenFiles } from './sight.ts';

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

export function findOpenFiles(ask: AskLsof = askLsof, environment: NodeJS.ProcessEnv = process.env): OpenFiles {
  const { stdout, why } = ask();
  const written = writtenFiles(stdout, process.pid);
  return { has: (file) => written.files.has(withoutLinks(file) ?? path.resolve(file)), blind: why ?? blindness() };

  function blindness(): string | null {
    // Seatbelt lets a process see those of its own sandbox alone.
    if (environment.CODEX_SANDBOX === 'seatbelt') return 'the sandbox hides other processes';
    return written.isWhole ? null : 'lsof does not show the processes of this user';
  }
}

/** `isWhole`: the answer has this very process in it, so it has the others. */
function writtenFiles(answer: string, own: number): { files: Set<string>; isWhole: boolean } {
  const files = new Set<string>();
  let isWhole = false;
  let isOwn = false;
  let isWritten = false;
  for (const line of answer.split('\n')) {
    const text = line.slice(1);
    if (line[0] === 'p') isOwn = text === String(own);
    if (line[0] === 'a') isWritten = text === 'w' || text === 'u';
    if (line[0] === 'f') isWritten = false;
    if (line[0] === 'n' && isWritten && !isOwn) files.add(text);
    isWhole ||= isOwn;
  }
  return { files, isWhole };
}
