// What a command comes to.

import type { Ran } from '../../transaction/run_transaction.ts';

/**
 * A report is shown as JSON to programs and as lines to people; long lines may be made only when they are asked for.
 * `exitCode`: 0 where nothing else is said.
 */
export type Report = {
  document: Record<string, unknown>;
  readonly lines: string[];
  warnings?: string[];
  exitCode?: number;
};

/** What every document about a Codex home begins with. */
export const documentOf = (kind: string, codexHome: string | null, fields: Record<string, unknown>): Report['document'] => ({
  kind,
  schema_version: 1,
  codex_home: codexHome,
  ...fields,
});

type Run = Pick<Ran, 'mode' | 'transactionId'>;

/** Of a command that writes. */
export const modeFields = ({ mode, transactionId }: Run): Record<string, unknown> =>
  mode === 'executed' ? { mode, transaction_id: transactionId } : { mode };

/** The last line. `toExecute`: what to add to write. `isUndone`: people roll such a transaction back. */
export function endingOf(
  { mode, transactionId }: Run,
  toExecute: string,
  { nothing = 'Nothing to do: nothing was written.', isUndone = true } = {},
): string {
  if (mode === 'dry-run') return `Dry run: nothing was written. ${toExecute}`;
  if (!transactionId) return nothing;
  const undo = isUndone ? ` To undo it: rollback --transaction-id ${transactionId}` : '';
  return `Done: transaction ${transactionId}.${undo}`;
}

/** What became of something; of a dry run, what would become of it. */
export const outcomeText = (mode: Run['mode'], outcome: string): string =>
  mode === 'dry-run' && WOULD_BE.has(outcome) ? `would be ${outcome.replace('_', ' ')}` : outcome.replace('_', ' ');

const WOULD_BE = new Set(['rolled_back', 'adopted', 'refused']);
