import { type RollbackResult, rollback as runRollback } from '../../commands/rollback/rollback.ts';
import { listTransactions as listAll } from '../../commands/transactions/list_transactions.ts';
import { pruneJournal as dropOld } from '../../commands/transactions/prune_journal.ts';
import { recoverHome } from '../../commands/transactions/recover.ts';
import type { Verb } from '../command_line/command.ts';
import { EXIT } from '../command_line/exit_codes.ts';
import { codexHomeOf, daysFlag, executionOf, listFlag, numberFlag, textFlag, threadIdsOf } from '../command_line/flags.ts';
import { documentOf, endingOf, modeFields, outcomeText, type Report } from '../output/report.ts';
import { bytesText, shorten, table, timeText } from '../output/text.ts';

export const listTransactions: Verb = (flags, environment) => {
  const home = codexHomeOf(flags, environment);
  const transactions = listAll(home, new Date());
  const rows = transactions.map((one) => [
    one.transaction_id,
    timeText(one.created_at),
    one.status,
    one.problem ?? (one.written_by === 'codex-session-transfer' ? `${one.command} (codex-session-transfer)` : one.command),
    `${one.threads.length} session(s)${one.skills.length > 0 ? `, ${one.skills.length} skill(s)` : ''}`,
    bytesText(one.bytes),
    `${one.age_days} d`,
  ]);
  return {
    document: documentOf('transactions', home.path, { transactions }),
    lines:
      rows.length === 0
        ? ['No transactions.']
        : table([['TRANSACTION', 'CREATED (UTC)', 'STATUS', 'COMMAND', 'SESSIONS', 'SIZE', 'AGE'], ...rows]),
  };
};

export const rollback: Verb = (flags, environment) => {
  const home = codexHomeOf(flags, environment);
  const request = {
    transactionId: textFlag(flags, 'transactionId'),
    latest: flags.latest === true,
    threadIds: threadIdsOf(flags),
    skills: listFlag(flags, 'skill'),
    ...executionOf(flags),
  };
  return reportRollback(home.path, runRollback(home, request, new Date()));
};

function reportRollback(codexHome: string, result: RollbackResult): Report {
  const { mode, target, threads, skills, warnings } = result;
  const outcomes = new Set([...threads, ...skills].map(({ outcome }) => outcome));
  const fields = { ...modeFields(result), rolls_back: target.transaction_id, sessions: threads, skills, warnings };
  return {
    document: documentOf('rollback', codexHome, fields),
    lines: [
      ...table([
        ['SESSION', 'TITLE', 'OUTCOME', 'REASON'],
        ...threads.map((one) => [one.thread_id, shorten(one.title, 32), outcomeText(mode, one.outcome), one.reason]),
        ...skills.map(({ name, outcome, reason }) => [`skill ${name}`, '', outcomeText(mode, outcome), shorten(reason, 200)]),
      ]),
      '',
      endingOf(result, 'Add --execute to roll back.', { nothing: 'Nothing was written.', isUndone: false }),
    ],
    warnings,
    exitCode: outcomes.has('refused') ? EXIT.stopped : outcomes.has('busy') ? EXIT.busy : EXIT.done,
  };
}

export const recover: Verb = (flags, environment) => {
  const home = codexHomeOf(flags, environment);
  const { execute, waitSeconds } = executionOf(flags);
  const recovered = recoverHome(home, execute, waitSeconds);
  const warnings = [...new Set(recovered.flatMap((transaction) => transaction.warnings))];
  const transactions = recovered.map(({ transaction_id, outcome }) => ({ transaction_id, outcome }));
  const isLeft = recovered.some(({ outcome }) => outcome === 'interrupted');
  return {
    document: documentOf('recovery', home.path, { transactions, warnings }),
    lines: [
      ...(recovered.length === 0 ? ['Nothing to recover.'] : []),
      ...recovered.map(({ transaction_id, outcome }) => `${transaction_id}: ${outcome}`),
      ...(isLeft ? ['', 'Dry run: nothing was written. Add --execute to undo what was interrupted.'] : []),
    ],
    warnings,
  };
};

export const pruneJournal: Verb = (flags, environment) => {
  const home = codexHomeOf(flags, environment);
  const request = { keep: numberFlag(flags, 'keep'), olderThan: daysFlag(flags, 'olderThan'), ...executionOf(flags) };
  const { mode, pruned, kept, warnings } = dropOld(home, request, new Date());
  const bytes = pruned.reduce((sum, transaction) => sum + transaction.bytes, 0);
  const rows = pruned.map((one) => [one.transaction_id, timeText(one.created_at), one.command, bytesText(one.bytes)]);
  const ending =
    mode === 'dry-run' ? 'Dry run: nothing was dropped. Add --execute.' : 'Dropped: they can no longer be rolled back.';
  return {
    document: documentOf('journal_prune', home.path, { mode, pruned, kept, bytes, warnings }),
    lines: [
      ...(rows.length > 0 ? [...table([['TRANSACTION', 'CREATED (UTC)', 'COMMAND', 'SIZE'], ...rows]), ''] : []),
      `${pruned.length} transaction(s), ${bytesText(bytes)}; ${kept} stay.`,
      ...(rows.length > 0 ? [ending] : []),
    ],
    warnings,
  };
};
