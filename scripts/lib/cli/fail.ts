// What a command that cannot go on says, and its number for the caller.

import { SyncError } from '../domain/errors.ts';
import { EXIT, exitCodeOf } from './exit_codes.ts';
import { type Output, printError } from './output.ts';

/** Says what went wrong; answers with the exit code. */
export function fail(error: unknown, output: Pick<Output, 'json'>): number {
  if (!(error instanceof SyncError)) {
    const message = error instanceof Error ? error.message : String(error);
    printError({ code: 'internal', message, where: null, hint: null, frames: framesOf(error) }, output);
    return EXIT.bug;
  }
  const { code, message, where = null, hint = null } = error;
  printError({ code, message, where, hint, frames: [] }, output);
  return exitCodeOf(code);
}

/** The lines of the stack, without the message that it begins with. */
const framesOf = (error: unknown): string[] =>
  String(error instanceof Error ? error.stack : '')
    .split('\n')
    .filter((line) => /^\s+at /.test(line));

/** Also of a command line that cannot be read. */
export const asksForJson = (words: string[]): boolean => words.includes('--json') || words.includes('--json=true');
