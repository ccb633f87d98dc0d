// The operator's commands. What a command needs is loaded when it runs, so that a small one starts as fast as tsx does.

import { createRequire } from 'node:module';
import type { Argv } from 'yargs';
import { SyncError } from '../domain/errors.ts';
import type { Command } from './command.ts';
import { EXIT, exitCodeOf } from './exit_codes.ts';
import {
  type Flags,
  outputOf,
  withAdoptFlags,
  withCodePositional,
  withCodexFlag,
  withCommonFlags,
  withExecuteFlag,
  withPackupFlags,
  withPlanFlags,
  withPruneFlags,
  withRollbackFlags,
  withSyncFlags,
} from './flags.ts';
import { type Output, print, printable } from './output.ts';

const load = createRequire(import.meta.url);
const yargs = load('yargs') as typeof import('yargs')['default'];

const syncing = () => load('./sync_commands.ts') as typeof import('./sync_commands.ts');
const transactions = () => load('./transaction_commands.ts') as typeof import('./transaction_commands.ts');
const packing = () => load('./packup_command.ts') as typeof import('./packup_command.ts');
const adopting = () => load('./adopt_command.ts') as typeof import('./adopt_command.ts');
const verifying = () => load('./verify_command.ts') as typeof import('./verify_command.ts');
const healing = () => load('./health_commands.ts') as typeof import('./health_commands.ts');
const examining = () => load('./doctor_command.ts') as typeof import('./doctor_command.ts');
const explaining = () => load('./explain_command.ts') as typeof import('./explain_command.ts');
const rebuilding = () => load('./rebuild_commands.ts') as typeof import('./rebuild_commands.ts');

/** Runs one command line; answers with the exit code. */
export async function run(words: string[], environment: NodeJS.ProcessEnv): Promise<number> {
  let exitCode: number = EXIT.done;
  const handle = (find: () => Command) => async (flags: Flags) => {
    const outcome = await find()(flags, environment);
    print(outcome.report, outputOf(flags));
    exitCode = outcome.exitCode;
  };
  const parser = withCommonFlags(yargs(words) as Argv)
    .scriptName('codex-session-sync')
    .command(
      'inspect-package <package>',
      'read, check and classify a package; writes nothing',
      withSyncFlags,
      handle(() => syncing().inspectPackage),
    )
    .command(
      'sync <package>',
      'plan and (with --execute) apply',
      withPlanFlags,
      handle(() => syncing().sync),
    )
    .command(
      'adopt',
      'take local sessions that no lineage knows into the sidecar',
      withAdoptFlags,
      handle(() => adopting().adopt),
    )
    .command(
      'packup',
      'write a package of local sessions',
      withPackupFlags,
      handle(() => packing().packup),
    )
    .command(
      'list-transactions',
      'what was done, newest first',
      (own) => own,
      handle(() => transactions().listTransactions),
    )
    .command(
      'prune-journal',
      'drop old transactions, which cannot be rolled back then',
      withPruneFlags,
      handle(() => transactions().pruneJournal),
    )
    .command(
      'rollback',
      'undo one transaction, or only some of its sessions',
      withRollbackFlags,
      handle(() => transactions().rollback),
    )
    .command(
      'recover',
      'undo a transaction that was interrupted',
      withExecuteFlag,
      handle(() => transactions().recover),
    )
    .command(
      'rebuild-sidecar',
      'derive the sidecar again from what is on the disk',
      withExecuteFlag,
      handle(() => rebuilding().rebuildSidecar),
    )
    .command(
      'replay-transactions-sidecar',
      'apply what the transactions told the sidecar again, in order',
      withExecuteFlag,
      handle(() => rebuilding().replaySidecar),
    )
    .command(
      'verify',
      'is every synced session coherent on disk, and readable by a real Codex',
      withCodexFlag,
      handle(() => verifying().verify),
    )
    .command(
      'sidecar-health',
      'does what the tool remembers still fit what is here; each finding names the command that mends it',
      (own) => own,
      handle(() => healing().sidecarHealth),
    )
    .command(
      'prune-invalid-mappings',
      'drop what the sidecar says of sessions that are gone',
      withExecuteFlag,
      handle(() => healing().pruneInvalidMappings),
    )
    .command(
      'doctor',
      'is this machine ready: Node, native modules, home, databases, running Codex, room',
      (own) => own,
      handle(() => examining().doctor),
    )
    .command(
      'explain [code]',
      'what a code means that any command prints, and what to do',
      withCodePositional,
      handle(() => explaining().explain),
    )
    .demandCommand(1, 'Say what to do, for example: inspect-package PACKAGE.')
    .strict()
    .exitProcess(false)
    .fail((message, error) => {
      // What yargs itself throws, for a flag without its value, is about the command line too.
      if (error && error.name !== 'YError') throw error;
      throw new SyncError('usage', message ?? error.message, { hint: 'codex-session-sync --help' });
    });
  try {
    await parser.parseAsync();
  } catch (error) {
    return fail(error, { json: words.includes('--json'), quiet: words.includes('--quiet') });
  }
  return exitCode;
}

/** Says what went wrong; answers with the exit code. */
export function fail(error: unknown, { json }: Output): number {
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
