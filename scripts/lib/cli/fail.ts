// What a command that cannot go on says, and its number for the caller.

import { createRequire } from 'node:module';
import { asSyncError } from '../adapters/disk/system_errors.ts';
import { hasBegun, isInterrupted } from '../adapters/run/interruption.ts';
import type { ErrorCode } from '../domain/codes/error_table.ts';
import { Interrupted, SyncError } from '../domain/codes/errors.ts';
import { systemCode } from '../domain/codes/system_code.ts';
import { exitCodeOf } from './command_line/exit_codes.ts';
import { type Failure, printError } from './output/output.ts';

/** Says what went wrong; answers with the exit code. `codexHome`: that of the command; a wrong command line is about none. */
export function fail(error: unknown, { json, codexHome = null }: { json: boolean; codexHome?: string | null }): number {
  const failure = failureOf(error);
  const codex_home = failure.code === 'usage' ? null : codexHome;
  printError({ codex_home, where: null, hint: null, frames: [], ...failure }, { json });
  return exitCodeOf(failure.code);
}

export function failureOf(error: unknown): Partial<Failure> & Pick<Failure, 'code' | 'message'> {
  const known = asSyncError(error) ?? notLoaded(error);
  if (isStopped(error, known))
    return { code: 'interrupted', message: hasBegun() ? 'Interrupted. Started changes are undone.' : 'Interrupted.' };
  if (known) return { code: known.code, message: known.message, where: known.where ?? null, hint: known.hint };
  const message = error instanceof Error ? error.message : String(error);
  return { code: 'internal', message, frames: framesOf(error) };
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
  error instanceof Error && ['MODULE_NOT_FOUND', 'ERR_MODULE_NOT_FOUND', 'ERR_DLOPEN_FAILED'].includes(systemCode(error));

/** The lines of the stack, without the message that it begins with. */
const framesOf = (error: unknown): string[] =>
  String(error instanceof Error ? error.stack : '')
    .split('\n')
    .filter((line) => /^\s+at /.test(line));

/** Also of a command line that cannot be read. */
export const asksForJson = (words: string[]): boolean => words.includes('--json') || words.includes('--json=true');
