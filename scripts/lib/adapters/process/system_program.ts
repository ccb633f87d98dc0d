// A program of the system that is asked something, or told something, and answers soon.

import { spawnSync } from 'node:child_process';

const PATIENCE_MILLISECONDS = 20_000;

/** Null where the system does not have it. */
export function runProgram(program: string, words: string[]): { isDone: boolean; said: string } | null {
  const { error, status, stdout, stderr } = spawnSync(program, words, {
    encoding: 'utf8',
    timeout: PATIENCE_MILLISECONDS,
    stdio: ['ignore', 'pipe', 'pipe'],
    windowsHide: true,
  });
  if (error && status === null && (error as NodeJS.ErrnoException).code === 'ENOENT') return null;
  return { isDone: status === 0, said: `${stdout}${stderr}`.trim() };
}
