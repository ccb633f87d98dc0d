import { spawn } from 'node:child_process';
import type { Machine } from './codex_home.ts';
import { codexCommand } from './codex_versions.ts';

/** What a person sees and does at a terminal. */
export type Terminal = { seen(): string; type(text: string): void };

const ESCAPES = /\x1b\[[0-9;?<>=]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(\x07|\x1b\\)|\x1b[()][A-Z0-9]|\x1b[=>78]/g;

/** What a terminal answers when it is asked where its cursor is, what it is, and which colours it has. */
const ANSWERS: [RegExp, string][] = [
  [/\x1b\[6n/, '\x1b[1;1R'],
  [/\x1b\[c/, '\x1b[?1;2c'],
  [/\x1b\]10;\?/, '\x1b]10;rgb:ffff/ffff/ffff\x1b\\'],
  [/\x1b\]11;\?/, '\x1b]11;rgb:0000/0000/0000\x1b\\'],
];

/** Codex at a pseudo-terminal (util-linux `script` makes it), ended in every case. */
export async function atTerminal(
  machine: Machine,
  folder: string,
  args: readonly string[],
  use: (terminal: Terminal) => Promise<void>,
): Promise<void> {
  const command = `stty rows 40 cols 140; exec ${codexCommand(machine.codexBin, ...args)
    .flat()
    .map((word) => `'${word}'`)
    .join(' ')}`;
  const child = spawn('script', ['-qfec', command, '/dev/null'], {
    cwd: folder,
    env: { ...machine.environment, TERM: 'xterm-256color' },
    detached: true,
  });
  let raw = '';
  child.stdout.setEncoding('utf8').on('data', (data: string) => {
    raw += data;
    for (const [question, answer] of ANSWERS) if (question.test(data)) child.stdin.write(answer);
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  try {
    await use({ seen: () => raw.replace(ESCAPES, ' '), type: (text) => void child.stdin.write(text) });
  } finally {
    process.kill(-(child.pid as number), 'SIGKILL');
    await ended;
  }
}

const withinMs = 60_000;

export async function until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (const started = Date.now(); Date.now() - started < withinMs; ) {
    if (await isSo()) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`it never came to this: ${what}`);
}
