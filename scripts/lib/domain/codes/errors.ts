import { ERRORS, type ErrorCode } from './error_table.ts';

/** Somebody stopped the run (Ctrl-C): not an error of it, and thrown on by whoever takes errors of a session for the session's. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';

  constructor() {
    super('Interrupted.');
  }
}

export const hasErrorCode = <Code extends ErrorCode>(error: unknown, code: Code): error is SyncError & { code: Code } =>
  error instanceof SyncError && error.code === code;

/** Of one rollout: what keeps it from being read, and no other session from being handled. */
export const isOfOneRollout = (error: unknown): error is SyncError =>
  error instanceof SyncError && OF_ONE_ROLLOUT.has(error.code);

const OF_ONE_ROLLOUT: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['malformed_rollout', 'not_downloaded', 'rollout_unreadable']);

/** Null where a rollout is not what it should be. */
export function unlessDamaged<Read>(read: () => Read): Read | null {
  try {
    return read();
  } catch (error) {
    if (isOfOneRollout(error)) return null;
    throw error;
  }
}

/** What a user can be told went wrong. Anything else that is thrown is a bug and shows its stack. */
export class SyncError extends Error {
  override readonly name = 'SyncError';
  readonly code: ErrorCode;
  /** The file (with a byte offset where it helps), row or flag that the error is about. */
  readonly where: string | undefined;
  /** What to do. Without one of its own, the remedy of its code. */
  readonly hint: string;

  constructor(code: ErrorCode, message: string, detail: { where?: string; hint?: string; cause?: unknown } = {}) {
    super(message, detail.cause === undefined ? {} : { cause: detail.cause });
    this.code = code;
    this.where = detail.where;
    this.hint = detail.hint ?? ERRORS[code].remedy;
  }
}
