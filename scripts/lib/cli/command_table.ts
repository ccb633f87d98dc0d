// The operator's commands. What a command needs is loaded when it runs, so that a small one starts fast.

import { createRequire } from 'node:module';
import type { Command } from './command_line/command.ts';
import type { Described } from './command_line/command_line.ts';
import { ADOPT, COMMON, EXECUTE, PACKUP, PLAN, PRUNE, ROLLBACK, SYNC, VERIFY } from './command_line/flag_table.ts';

export type TableCommand = Described & { find(): Command };

const load = createRequire(import.meta.url);

const syncing = () => load('./verbs/sync_commands.ts') as typeof import('./verbs/sync_commands.ts');
const transactions = () => load('./verbs/transaction_commands.ts') as typeof import('./verbs/transaction_commands.ts');
const packing = () => load('./verbs/packup_command.ts') as typeof import('./verbs/packup_command.ts');
const adopting = () => load('./verbs/adopt_command.ts') as typeof import('./verbs/adopt_command.ts');
const verifying = () => load('./verbs/verify_command.ts') as typeof import('./verbs/verify_command.ts');
const healing = () => load('./verbs/health_commands.ts') as typeof import('./verbs/health_commands.ts');
const examining = () => load('./verbs/doctor_command.ts') as typeof import('./verbs/doctor_command.ts');
const explaining = () => load('./verbs/explain_command.ts') as typeof import('./verbs/explain_command.ts');
const moving = () => load('./verbs/relocate_command.ts') as typeof import('./verbs/relocate_command.ts');
const rebuilding = () => load('./verbs/rebuild_commands.ts') as typeof import('./verbs/rebuild_commands.ts');

type Row = Omit<TableCommand, 'flags' | 'positionals'> & Partial<Pick<TableCommand, 'flags' | 'positionals'>>;

const PACKAGE = { name: 'package', describe: 'a folder, or a .zip, .tar or .tar.gz of it' };

const ROWS: Row[] = [
  {
    name: 'inspect-package',
    positionals: [PACKAGE],
    describe: 'read, check and classify a package; writes nothing',
    flags: PLAN,
    find: () => syncing().inspectPackage,
  },
  {
    name: 'sync',
    positionals: [PACKAGE],
    describe: 'plan and (with --execute) apply',
    flags: SYNC,
    find: () => syncing().sync,
  },
  {
    name: 'adopt',
    describe: 'take local sessions that no lineage knows into the sidecar [default: those of codex-session-transfer]',
    flags: ADOPT,
    find: () => adopting().adopt,
  },
  {
    name: 'relocate',
    positionals: [
      { name: 'id', describe: 'of a session here; an unambiguous beginning is enough' },
      { name: 'folder', describe: 'where it is to work; it must exist' },
    ],
    describe: 'move a session to another working folder',
    flags: EXECUTE,
    find: () => moving().relocate,
  },
  { name: 'packup', describe: 'write a package of local sessions', flags: PACKUP, find: () => packing().packup },
  { name: 'list-transactions', describe: 'what was done, newest first', find: () => transactions().listTransactions },
  {
    name: 'prune-journal',
    describe: 'drop old transactions, which cannot be rolled back then',
    flags: PRUNE,
    find: () => transactions().pruneJournal,
  },
  {
    name: 'rollback',
    describe: 'undo one transaction, or only some of its sessions',
    flags: ROLLBACK,
    find: () => transactions().rollback,
  },
  {
    name: 'recover',
    describe: 'undo a transaction that was interrupted',
    flags: EXECUTE,
    find: () => transactions().recover,
  },
  {
    name: 'rebuild-sidecar',
    describe: 'derive the sidecar again from what is on the disk',
    flags: EXECUTE,
    find: () => rebuilding().rebuildSidecar,
  },
  {
    name: 'replay-transactions-sidecar',
    describe: 'apply what the transactions told the sidecar again, in order',
    flags: EXECUTE,
    find: () => rebuilding().replaySidecar,
  },
  {
    name: 'verify',
    describe: 'is every synced session coherent on disk, and readable by a real Codex',
    flags: VERIFY,
    find: () => verifying().verify,
  },
  {
    name: 'sidecar-health',
    describe: 'does what the tool remembers still fit what is here; each finding names the command that mends it',
    find: () => healing().sidecarHealth,
  },
  {
    name: 'prune-invalid-mappings',
    describe: 'drop what the sidecar says of sessions that are gone',
    flags: EXECUTE,
    find: () => healing().pruneInvalidMappings,
  },
  {
    name: 'doctor',
    describe: 'is this machine ready: Node, native modules, home, databases, running Codex, room',
    find: () => examining().doctor,
  },
  {
    name: 'explain',
    positionals: [{ name: 'code', isOptional: true, describe: 'the code; without it all are listed' }],
    describe: 'what a code means that any command prints, and what to do',
    find: () => explaining().explain,
  },
];

export const COMMANDS: TableCommand[] = ROWS.map(({ flags = [], positionals = [], ...row }) => ({
  ...row,
  positionals,
  flags: [...flags, ...COMMON],
}));
