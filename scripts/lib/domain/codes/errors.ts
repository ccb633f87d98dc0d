/** What a user can be told went wrong. Anything else that is thrown is a bug and shows its stack. */
export type ErrorCode =
  | 'usage'
  | 'not_a_package'
  | 'unsafe_package'
  | 'archive_unreadable'
  | 'unsupported_format_version'
  | 'malformed_document'
  | 'malformed_rollout'
  | 'codex_home_missing'
  | 'not_a_codex_home'
  | 'configuration'
  | 'database_unreadable'
  | 'database_locked'
  | 'sidecar_newer'
  | 'stale_plan'
  | 'transaction_not_found'
  | 'transaction_not_reversible'
  | 'recovery_blocked'
  | 'no_space'
  | 'not_permitted'
  | 'too_many_files'
  | 'io_error'
  | 'another_sync_running'
  | 'session_busy'
  | 'output_exists'
  | 'not_relocatable'
  | 'package_too_large'
  | 'divergence_aborted'
  | 'nothing_selected'
  | 'extension_refused'
  | 'codex_failed';

/** Somebody stopped the run (Ctrl-C): not an error of it, and thrown on by whoever takes errors of a session for the session's. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';

  constructor() {
    super('Interrupted.');
  }
}

export class SyncError extends Error {
  override readonly name = 'SyncError';
  readonly code: ErrorCode;
  /** The file (with a byte offset where it helps), row or flag that the error is about. */
  readonly where: string | undefined;
  readonly hint: string | undefined;

  constructor(code: ErrorCode, message: string, detail: { where?: string; hint?: string; cause?: unknown } = {}) {
    super(message, detail.cause === undefined ? {} : { cause: detail.cause });
    this.code = code;
    this.where = detail.where;
    this.hint = detail.hint;
  }
}
