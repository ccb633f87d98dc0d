// What a command that cannot go on says, and its number for the caller.

import { createRequire } from 'node:module';
import { isInterrupted } from '../adapters/disk/interruption.ts';
import { asSyncError } from '../adapters/disk/system_errors.ts';
import { ERRORS } from '../domain/codes/error_table.ts';
import { type ErrorCode, Interrupted, SyncError } from '../domain/codes/errors.ts';
import { EXIT, exitCodeOf } from './command_line/exit_codes.ts';
import { type Output, printError } from './output/output.ts';

/** Says what went wrong; answers with the exit code. */
export function fail(error: unknown, output: Pick<Output, 'json'>): number {
  const known = asSyncError(error) ?? notLoaded(error);
  if (isStopped(error, known))
    return say('interrupted', 'Interrupted. What was begun is taken back.', {}, EXIT.interrupted, output);
  if (known)
    return say(
      known.code,
      known.message,
      { ...known, hint: known.hint ?? ERRORS[known.code].remedy },
      exitCodeOf(known.code),
      output,
    );
  const message = error instanceof Error ? error.message : String(error);
  return say('internal', message, { frames: framesOf(error) }, EXIT.bug, output);
}

type Detail = { where?: string | undefined; hint?: string | undefined; frames?: string[] };

function say(
  code: string,
  message: string,
  { where, hint, frames = [] }: Detail,
  exitCode: number,
  output: Pick<Output, 'json'>,
): number {
  printError({ code, message, where: where ?? null, hint: hint ?? null, frames }, output);
  return exitCode;
}

/** A signal that reaches a Codex that was asked as well makes its answers fail; what it left behind is still told. */
const isStopped = (error: unknown, known: SyncError | null): boolean =>
  error instanceof Interrupted || (isInterrupted() && known?.code !== 'recovery_blocked');

type Unready = { described(error: unknown): { code: ErrorCode; message: string; where: string; hint: string } };

/** A dependency that is loaded only when it is needed, and is not there. */
function notLoaded(error: unknown): SyncError | null {
  if (!isLoadFailure(error)) return null;
  const { described } = createRequire(import.meta.url)('./unready.cjs') as Unready;
  const { code, message, ...detail } = described(error);
  return new SyncError(code, message, { ...detail, cause: error });
}

export const isLoadFailure = (error: unknown): boolean =>
  error instanceof Error &&
  ['MODULE_NOT_FOUND', 'ERR_MODULE_NOT_FOUND', 'ERR_DLOPEN_FAILED'].includes(String((error as NodeJS.ErrnoException).code));

/** The lines of the stack, without the message that it begins with. */
const framesOf = (error: unknown): string[] =>
  String(error instanceof Error ? error.stack : '')
    .split('\n')
    .filter((line) => /^\s+at /.test(line));

/** Also of a command line that cannot be read. */
export const asksForJson = (words: string[]): boolean => words.includes('--json') || words.includes('--json=true');
