import * as commands from '../../commands/transactions/list_transactions.ts';
import { pruneJournal as dropOld } from '../../commands/transactions/prune_journal.ts';
import { recoverHome } from '../../commands/transactions/recover.ts';
import * as rollbacks from '../../commands/transactions/rollback.ts';
import type { Command } from '../command_line/command.ts';
import { EXIT } from '../command_line/exit_codes.ts';
import { codexHomeOf, daysFlag, numberFlag, textFlag, threadIdsOf, waitFlag } from '../command_line/flags.ts';
import { reportPrunedJournal, reportRecovery, reportRollback, reportTransactions } from '../reports/report_transactions.ts';

export const listTransactions: Command = (flags, environment) => {
  const home = codexHomeOf(flags, environment);
  return { report: reportTransactions(home.path, commands.listTransactions(home, new Date())), exitCode: EXIT.done };
};

export const rollback: Command = (flags, environment) => {
  const home = codexHomeOf(flags, environment);
  const request = {
    transactionId: textFlag(flags, 'transactionId'),
    latest: flags.latest === true,
    threadIds: threadIdsOf(flags),
    skills: (flags.skill ?? []) as string[],
    execute: flags.execute === true,
    waitSeconds: waitFlag(flags),
  };
  const result = rollbacks.rollback(home, request, new Date());
  const all = [...result.threads, ...result.skills];
  const some = (outcome: string): boolean => all.some((one) => one.outcome === outcome);
  return {
    report: reportRollback(home.path, result),
    exitCode: some('refused') ? EXIT.stopped : some('busy') ? EXIT.busy : EXIT.done,
  };
};

export const recover: Command = (flags, environment) => {
  const home = codexHomeOf(flags, environment);
  const recovered = recoverHome(home, flags.execute === true, waitFlag(flags));
  return { report: reportRecovery(home.path, recovered), exitCode: EXIT.done };
};

export const pruneJournal: Command = (flags, environment) => {
  const home = codexHomeOf(flags, environment);
  const request = {
    keep: numberFlag(flags, 'keep'),
    olderThan: daysFlag(flags, 'olderThan'),
    execute: flags.execute === true,
    waitSeconds: waitFlag(flags),
  };
  return { report: reportPrunedJournal(home.path, dropOld(home, request, new Date())), exitCode: EXIT.done };
};
