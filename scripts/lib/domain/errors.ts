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
  | 'configuration'
  | 'database_unreadable'
  | 'database_locked'
  | 'sidecar_newer'
  | 'stale_plan'
  | 'transaction_not_found'
  | 'transaction_not_reversible'
  | 'recovery_blocked'
  | 'no_space'
  | 'another_sync_running'
  | 'session_busy'
  | 'output_exists'
  | 'divergence_aborted'
  | 'nothing_selected'
  | 'extension_refused'
  | 'codex_failed';

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
