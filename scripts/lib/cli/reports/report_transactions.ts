import type { ListedTransaction } from '../../commands/transactions/list_transactions.ts';
import type { PrunedJournal } from '../../commands/transactions/prune_journal.ts';
import type { recoverHome } from '../../commands/transactions/recover.ts';
import type { RollbackResult } from '../../commands/transactions/rollback.ts';
import { bytesText, outcomeText, type Report, shorten, table } from '../output/output.ts';

export function reportTransactions(codexHome: string, transactions: ListedTransaction[]): Report {
  const rows = transactions.map(
    ({ transaction_id, created_at, status, command, written_by, threads, skills, bytes, age_days, problem }) => [
      transaction_id,
      created_at.slice(0, 19).replace('T', ' '),
      status,
      problem ?? (written_by === 'codex-session-transfer' ? `${command} (codex-session-transfer)` : command),
      `${threads.length} session(s)${skills.length > 0 ? `, ${skills.length} skill(s)` : ''}`,
      bytesText(bytes),
      `${age_days} d`,
    ],
  );
  return {
    document: { kind: 'transactions', schema_version: 1, codex_home: codexHome, transactions },
    lines:
      rows.length === 0
        ? ['No transactions.']
        : table([['TRANSACTION', 'CREATED (UTC)', 'STATUS', 'COMMAND', 'SESSIONS', 'SIZE', 'AGE'], ...rows]),
    warnings: [],
  };
}

export function reportRollback(codexHome: string, result: RollbackResult): Report {
  const { mode, target, threads, skills, transactionId, warnings } = result;
  const executed = mode === 'executed' ? { transaction_id: transactionId } : {};
  return {
    document: {
      kind: 'rollback',
      schema_version: 1,
      codex_home: codexHome,
      mode,
      rolls_back: target.transaction_id,
      ...executed,
      sessions: threads,
      skills,
      warnings,
    },
    lines: [
      ...table([
        ['SESSION', 'TITLE', 'OUTCOME', 'REASON'],
        ...threads.map((thread) => [
          thread.thread_id,
          shorten(thread.title, 32),
          outcomeText(mode, thread.outcome),
          thread.reason,
        ]),
        ...skills.map(({ name, outcome, reason }) => [`skill ${name}`, '', outcomeText(mode, outcome), shorten(reason, 200)]),
      ]),
      '',
      mode === 'dry-run'
        ? 'Dry run: nothing was written. Add --execute to roll back.'
        : transactionId
          ? `Done: transaction ${transactionId}.`
          : 'Nothing was written.',
    ],
    warnings,
  };
}

export function reportRecovery(codexHome: string, recovered: ReturnType<typeof recoverHome>): Report {
  const warnings = [...new Set(recovered.flatMap((transaction) => transaction.warnings))];
  const transactions = recovered.map(({ transaction_id, outcome }) => ({ transaction_id, outcome }));
  return {
    document: { kind: 'recovery', schema_version: 1, codex_home: codexHome, transactions, warnings },
    lines:
      recovered.length === 0
        ? ['Nothing to recover.']
        : [
            ...recovered.map(({ transaction_id, outcome }) => `${transaction_id}: ${outcome}`),
            ...(recovered.some(({ outcome }) => outcome === 'interrupted')
              ? ['', 'Dry run: nothing was written. Add --execute to undo what was interrupted.']
              : []),
          ],
    warnings,
  };
}

export function reportPrunedJournal(codexHome: string, { mode, pruned, kept, warnings }: PrunedJournal): Report {
  const bytes = pruned.reduce((sum, transaction) => sum + transaction.bytes, 0);
  const rows = pruned.map((one) => [
    one.transaction_id,
    one.created_at.slice(0, 19).replace('T', ' '),
    one.command,
    bytesText(one.bytes),
  ]);
  const ending =
    mode === 'dry-run' ? 'Dry run: nothing was dropped. Add --execute.' : 'Dropped: they can no longer be rolled back.';
  return {
    document: { kind: 'journal_prune', schema_version: 1, codex_home: codexHome, mode, pruned, kept, bytes, warnings },
    lines: [
      ...(rows.length > 0 ? [...table([['TRANSACTION', 'CREATED (UTC)', 'COMMAND', 'SIZE'], ...rows]), ''] : []),
      `${pruned.length} transaction(s), ${bytesText(bytes)}; ${kept} stay.`,
      ...(rows.length > 0 ? [ending] : []),
    ],
    warnings,
  };
}
