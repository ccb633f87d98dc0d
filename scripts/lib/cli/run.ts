// The operator's commands. What a command needs is loaded when it runs: a small command starts as fast as tsx does.

import yargs, { type Argv } from 'yargs';
import { SyncError } from '../domain/errors.ts';
import { EXIT, exitCodeOf } from './exit_codes.ts';
import {
  codexHomeOf,
  type Flags,
  outputOf,
  syncOptionsOf,
  threadIdsOf,
  withCommonFlags,
  withExecuteFlag,
  withSyncFlags,
  withThreadFlag,
} from './flags.ts';
import { type Output, print, printable, type Report } from './output.ts';

type Outcome = { report: Report; exitCode: number };
type Command = (flags: Flags, environment: NodeJS.ProcessEnv) => Promise<Outcome>;

const inspectPackage: Command = async (flags, environment) => {
  const [{ planSync }, { reportInspection }, { exitCodeOfSessions }] = await Promise.all([
    import('../commands/plan_sync.ts'),
    import('./report_sync.ts'),
    import('./exit_codes.ts'),
  ]);
  const planned = planSync(codexHomeOf(flags, environment), syncOptionsOf(flags), environment);
  return { report: reportInspection(planned), exitCode: exitCodeOfSessions(planned.plan.sessions) };
};

const sync: Command = async (flags, environment) => {
  const [commands, { reportSync }, { exitCodeOfSessions }] = await Promise.all([
    import('../commands/sync.ts'),
    import('./report_sync.ts'),
    import('./exit_codes.ts'),
  ]);
  const request = {
    ...syncOptionsOf(flags),
    execute: flags.execute === true,
    expectPlan: (flags.expectPlan as string | undefined) ?? null,
  };
  const result = commands.sync(codexHomeOf(flags, environment), request, environment, new Date());
  return { report: reportSync(result), exitCode: exitCodeOfSessions(result.plan.sessions) };
};

const packup: Command = async (flags, environment) => {
  const [commands, { reportPackup }] = await Promise.all([import('../commands/packup.ts'), import('./report_packup.ts')]);
  const selection = {
    cwdFilter: (flags.cwdFilter as string | undefined) ?? null,
    threadIds: threadIdsOf(flags),
    all: flags.all === true,
  };
  const result = commands.packup(codexHomeOf(flags, environment), selection, String(flags.output), new Date());
  return { report: reportPackup(result), exitCode: EXIT.done };
};

const listTransactions: Command = async (flags, environment) => {
  const [commands, { reportTransactions }] = await Promise.all([
    import('../commands/list_transactions.ts'),
    import('./report_transactions.ts'),
  ]);
  const home = codexHomeOf(flags, environment);
  return { report: reportTransactions(home.path, commands.listTransactions(home)), exitCode: EXIT.done };
};

const rollback: Command = async (flags, environment) => {
  const [commands, { reportRollback }] = await Promise.all([
    import('../commands/rollback.ts'),
    import('./report_transactions.ts'),
  ]);
  const home = codexHomeOf(flags, environment);
  const request = {
    transactionId: (flags.transactionId as string | undefined) ?? null,
    latest: flags.latest === true,
    threadIds: threadIdsOf(flags),
    execute: flags.execute === true,
  };
  const result = commands.rollback(home, request, environment, new Date());
  const refused = result.threads.some(({ outcome }) => outcome === 'refused');
  const busy = result.threads.some(({ outcome }) => outcome === 'busy');
  return { report: reportRollback(home.path, result), exitCode: refused ? EXIT.stopped : busy ? EXIT.busy : EXIT.done };
};

const recover: Command = async (flags, environment) => {
  const [commands, { reportRecovery }] = await Promise.all([
    import('../commands/recover.ts'),
    import('./report_transactions.ts'),
  ]);
  const home = codexHomeOf(flags, environment);
  return { report: reportRecovery(home.path, commands.recoverHome(home, flags.execute === true)), exitCode: EXIT.done };
};

const verify: Command = async (flags, environment) => {
  const [commands, { reportVerification }] = await Promise.all([
    import('../commands/verify.ts'),
    import('./report_verification.ts'),
  ]);
  const home = codexHomeOf(flags, environment);
  const result = await commands.verify(home, {
    threadIds: threadIdsOf(flags),
    codexBinary: (flags.withCodex as string | undefined) ?? null,
  });
  return { report: reportVerification(home.path, result), exitCode: result.findings.length > 0 ? EXIT.findings : EXIT.done };
};

const withCodexFlag = (parser: Argv): Argv =>
  withThreadFlag(parser).option('with-codex', {
    type: 'string',
    describe: 'a Codex binary to ask; it also materialises imported histories',
  });

const withPackupFlags = (parser: Argv): Argv =>
  withThreadFlag(parser)
    .option('cwd-filter', { type: 'string', describe: 'sessions of this working folder' })
    .option('all', { type: 'boolean', default: false, describe: 'every session' })
    .option('output', { alias: 'output-dir', type: 'string', demandOption: true, describe: 'the package folder to make' });

const withRollbackFlags = (parser: Argv): Argv =>
  withExecuteFlag(withThreadFlag(parser))
    .option('transaction-id', { type: 'string' })
    .option('latest', { type: 'boolean', default: false, describe: 'the newest completed transaction' });

const withPlanFlags = (parser: Argv): Argv =>
  withExecuteFlag(withSyncFlags(parser)).option('expect-plan', {
    type: 'string',
    describe: 'with --execute: apply exactly the plan of this digest, or nothing',
  });

/** Runs one command line; answers with the exit code. */
export async function run(words: string[], environment: NodeJS.ProcessEnv): Promise<number> {
  let exitCode: number = EXIT.done;
  const output: Output = { json: words.includes('--json'), quiet: words.includes('--quiet') };
  const handle = (command: Command) => async (flags: Flags) => {
    const outcome = await command(flags, environment);
    print(outcome.report, outputOf(flags));
    exitCode = outcome.exitCode;
  };
  const parser = withCommonFlags(yargs(words) as Argv)
    .scriptName('codex-session-sync')
    .command(
      'inspect-package <package>',
      'read, check and classify a package; writes nothing',
      withSyncFlags,
      handle(inspectPackage),
    )
    .command('sync <package>', 'plan and (with --execute) apply', withPlanFlags, handle(sync))
    .command('packup', 'write a package of local sessions', withPackupFlags, handle(packup))
    .command('list-transactions', 'what was done, newest first', (own) => own, handle(listTransactions))
    .command('rollback', 'undo one transaction, or only some of its sessions', withRollbackFlags, handle(rollback))
    .command('recover', 'undo a transaction that was interrupted', withExecuteFlag, handle(recover))
    .command('verify', 'is every synced session coherent on disk, and readable by a real Codex', withCodexFlag, handle(verify))
    .demandCommand(1, 'Say what to do, for example: inspect-package PACKAGE.')
    .strict()
    .parserConfiguration({ 'duplicate-arguments-array': true })
    .exitProcess(false)
    .fail((message, error) => {
      throw error ?? new SyncError('usage', message, { hint: 'codex-session-sync --help' });
    });
  try {
    await parser.parseAsync();
  } catch (error) {
    return fail(error, output);
  }
  return exitCode;
}

function fail(error: unknown, { json }: Output): number {
  if (!(error instanceof SyncError)) {
    const message = error instanceof Error ? error.message : String(error);
    if (json)
      process.stdout.write(
        `${JSON.stringify({ kind: 'error', schema_version: 1, code: 'internal', message, where: null, hint: null })}\n`,
      );
    process.stderr.write(`${error instanceof Error ? error.stack : message}\n`);
    return EXIT.bug;
  }
  const { code, message, where = null, hint = null } = error;
  if (json) process.stdout.write(`${JSON.stringify({ kind: 'error', schema_version: 1, code, message, where, hint })}\n`);
  else
    process.stderr.write(
      [
        `Error: ${printable(message)}`,
        ...(where ? [`  at: ${printable(where)}`] : []),
        ...(hint ? [`Hint: ${hint}`] : []),
        '',
      ].join('\n'),
    );
  return exitCodeOf(code);
}
