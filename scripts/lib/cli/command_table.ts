// The operator's commands.

import type { RunnableCommand } from './command_line/command.ts';
import {
  ADOPT,
  BACKUP_CREATE,
  BACKUP_PRUNE,
  BACKUP_RESTORE,
  BACKUPS,
  COMMON,
  CONFIG_INIT,
  EXCHANGE_INIT,
  EXCHANGE_MACHINES,
  EXCHANGE_SYNC,
  EXCHANGE_WATCH,
  EXECUTE,
  EXPORT,
  PACKUP,
  PLAN,
  PRUNE,
  problemWithPath,
  ROLLBACK,
  SCHEDULE_INSTALL,
  SCHEDULE_REMOVE,
  SYNC,
  VERIFY,
} from './command_line/flag_table.ts';

const syncing = () => import('./verbs/sync_commands.ts');
const transactions = () => import('./verbs/transaction_commands.ts');
const packing = () => import('./verbs/packup_command.ts');
const backingUp = () => import('./verbs/backup_commands.ts');
const restoring = () => import('./verbs/restore_command.ts');
const adopting = () => import('./verbs/adopt_command.ts');
const verifying = () => import('./checks/verify_command.ts');
const healing = () => import('./checks/health_commands.ts');
const examining = () => import('./checks/doctor_command.ts');
const explaining = () => import('./checks/explain_command.ts');
const moving = () => import('./verbs/relocate_command.ts');
const upkeep = () => import('./verbs/exchange_upkeep_commands.ts');
const exchanging = () => import('./verbs/exchange_commands.ts');
const watching = () => import('./unattended/watch_command.ts');
const scheduling = () => import('./unattended/schedule_commands.ts');
const rebuilding = () => import('./verbs/rebuild_commands.ts');
const configuring = () => import('./verbs/config_commands.ts');

type Row = Omit<RunnableCommand, 'flags' | 'positionals'> & Partial<Pick<RunnableCommand, 'flags' | 'positionals'>>;

const PACKAGE = {
  name: 'package',
  check: problemWithPath,
  describe: 'a folder, or [an archive](compatibility-contract.md#archives) of it: `.zip`, `.tar`, `.tar.gz`',
};

const ROWS: Row[] = [
  {
    name: 'inspect-package',
    positionals: [PACKAGE],
    describe: 'reads, checks and classifies a package, and prints the digest of its plan',
    flags: PLAN,
    find: async () => (await syncing()).inspectPackage,
  },
  {
    name: 'sync',
    positionals: [PACKAGE],
    describe: 'shows the plan of a package; with `--execute` applies it',
    writes: 'the Codex home and working folders',
    flags: SYNC,
    find: async () => (await syncing()).sync,
  },
  {
    name: 'adopt',
    describe:
      'adds [local sessions without a lineage](adoption.md) to the sidecar: those that codex-session-transfer installed, or those that `--thread-id` or `--all` select',
    writes: 'the sidecar; with `--repair` also rows, rollouts and the database',
    flags: ADOPT,
    find: async () => (await adopting()).adopt,
  },
  {
    name: 'relocate',
    positionals: [
      { name: 'id', describe: 'a local session; an unambiguous beginning is enough' },
      { name: 'folder', check: problemWithPath, describe: 'its new working folder, which must exist' },
    ],
    describe: 'moves a session to [another working folder](compatibility-contract.md#another-working-folder)',
    writes: "the session's rollout and row",
    flags: EXECUTE,
    find: async () => (await moving()).relocate,
  },
  {
    name: 'packup',
    describe:
      'writes a package of the local sessions that `--cwd-filter`, `--thread-id` or `--all` select; `--project`, `--since`, `--until` and `--archived` leave fewer of them, or select alone',
    writes: 'only the folder of `--output`',
    flags: PACKUP,
    find: async () => (await packing()).packup,
  },
  {
    name: 'backup create',
    describe:
      'saves all sessions of this home, archived ones too, as a [backup](backup.md); with `--keep` or `--older-than` also drops old ones',
    writes: 'only the folder of the backups',
    flags: BACKUP_CREATE,
    find: async () => (await backingUp()).create,
  },
  {
    name: 'backup list',
    describe: 'lists the backups, newest first, and says which are damaged',
    flags: BACKUPS,
    find: async () => (await backingUp()).list,
  },
  {
    name: 'backup restore',
    aliases: ['restore'],
    describe:
      'brings back sessions from a backup, [also deleted ones](backup.md#what-a-restore-does); nothing that went on since goes back',
    writes: 'the Codex home and working folders',
    flags: BACKUP_RESTORE,
    find: async () => (await restoring()).restore,
  },
  {
    name: 'backup prune',
    describe: 'drops old backups of this home, selected by `--keep`, `--older-than` or both; the newest whole one always stays',
    writes: 'only the folder of the backups',
    flags: BACKUP_PRUNE,
    find: async () => (await backingUp()).prune,
  },
  {
    name: 'list-transactions',
    describe: 'lists what was done, newest first, also by codex-session-transfer',
    find: async () => (await transactions()).listTransactions,
  },
  {
    name: 'prune-journal',
    describe:
      'drops old transactions, selected by `--keep` or `--older-than`, which can then no longer be rolled back; one that a kept rollback reverses stays',
    writes: '`sync-journal/`',
    flags: PRUNE,
    find: async () => (await transactions()).pruneJournal,
  },
  {
    name: 'rollback',
    describe: 'reverses the transaction of `--latest` or `--transaction-id`, or only some of its sessions',
    writes: 'the Codex home',
    flags: ROLLBACK,
    find: async () => (await transactions()).rollback,
  },
  {
    name: 'recover',
    describe: 'undoes interrupted transactions, and [sets aside](transaction.md#recovery) journals that cannot be read',
    writes: 'the Codex home',
    flags: EXECUTE,
    find: async () => (await transactions()).recover,
  },
  {
    name: 'rebuild-sidecar',
    describe: 'derives [the sidecar](sync-sidecar-schema.md#derived-again) again from the journals and rollouts on disk',
    writes: 'the sidecar',
    flags: EXECUTE,
    find: async () => (await rebuilding()).rebuildSidecar,
  },
  {
    name: 'replay-transactions-sidecar',
    describe: 'applies the sidecar changes of all transactions again, in order',
    writes: 'the sidecar',
    flags: EXECUTE,
    find: async () => (await rebuilding()).replaySidecar,
  },
  {
    name: 'verify',
    describe: 'checks rollout, row, name and projection of every synced session; with `--with-codex` also asks that Codex',
    writes: 'nothing; with `--with-codex` Codex writes projections, names that its rows lack, and perhaps its own settings',
    flags: VERIFY,
    find: async () => (await verifying()).verify,
  },
  {
    name: 'sidecar-health',
    describe: 'checks that sidecar and journals match the home; each finding names the command that repairs it',
    find: async () => (await healing()).sidecarHealth,
  },
  {
    name: 'prune-invalid-mappings',
    describe: 'drops sidecar entries of sessions that no longer exist; a deleted session leaves a tombstone',
    writes: 'the sidecar',
    flags: EXECUTE,
    find: async () => (await healing()).pruneInvalidMappings,
  },
  {
    name: 'exchange init',
    positionals: [
      {
        name: 'place',
        isOptional: true,
        check: problemWithPath,
        describe:
          'a folder that the machines share, whatever carries it: an empty one, or one with their exchange; default `exchange.place` of the configuration',
      },
    ],
    describe: 'makes [an exchange](exchange.md) in a place that several machines share, or joins the one that is there',
    writes: 'the place, and `sync-exchange/` in the Codex home',
    flags: EXCHANGE_INIT,
    find: async () => (await exchanging()).exchangeInit,
  },
  {
    name: 'exchange sync',
    describe: 'shows what has arrived and what would be published; with `--execute` takes it in and publishes',
    writes: 'the Codex home, working folders, and the place',
    flags: EXCHANGE_SYNC,
    find: async () => (await exchanging()).exchangeSyncVerb,
  },
  {
    name: 'exchange pull',
    describe: 'the half of `exchange sync` that takes in',
    writes: 'the Codex home and working folders',
    flags: EXCHANGE_SYNC,
    find: async () => (await exchanging()).exchangePull,
  },
  {
    name: 'exchange push',
    describe: 'the half of `exchange sync` that publishes',
    writes: 'the place',
    flags: EXECUTE,
    find: async () => (await exchanging()).exchangePush,
  },
  {
    name: 'exchange watch',
    describe:
      'does `exchange sync` [again and again](exchange.md#unattended): soon after a turn has ended here or something has arrived, until it is interrupted; without `--execute` shows the first run and ends',
    writes: 'the Codex home, working folders, and the place',
    flags: EXCHANGE_WATCH,
    find: async () => (await watching()).exchangeWatch,
  },
  {
    name: 'exchange status',
    describe: 'shows the machines of the exchange, when each was last heard, and what would come and go',
    find: async () => (await exchanging()).status,
  },
  {
    name: 'exchange check',
    describe: 'reads all that the machines of the exchange have published, and names what is missing or damaged',
    find: async () => (await upkeep()).exchangeCheck,
  },
  {
    name: 'exchange machines',
    describe: 'lists the machines of the exchange; renames this one, or retires one that never comes back',
    writes: 'the place',
    flags: EXCHANGE_MACHINES,
    find: async () => (await upkeep()).exchangeMachineList,
  },
  {
    name: 'exchange gc',
    describe: 'removes files of this machine from the place that [nobody needs](exchange.md#what-can-go) any more',
    writes: 'the place',
    flags: EXECUTE,
    find: async () => (await upkeep()).exchangeGc,
  },
  {
    name: 'exchange export',
    positionals: [{ name: 'machine', describe: 'a machine of the exchange: its label, or the beginning of its id' }],
    describe: 'writes a package of what a machine has published',
    writes: 'only the folder of `--output`',
    flags: EXPORT,
    find: async () => (await upkeep()).exchangeExport,
  },
  {
    name: 'exchange leave',
    describe: 'takes this Codex home out of the exchange; sessions stay, here and there',
    writes: '`sync-exchange/` in the Codex home',
    flags: EXECUTE,
    find: async () => (await upkeep()).exchangeLeave,
  },
  {
    name: 'schedule install',
    describe:
      'has the system run `exchange sync --execute` [from time to time](exchange.md#unattended): a systemd timer, a LaunchAgent, or a task of Windows',
    writes: 'files of the scheduler of this user',
    flags: SCHEDULE_INSTALL,
    find: async () => (await scheduling()).scheduleInstall,
  },
  {
    name: 'schedule status',
    describe: 'says what is scheduled, when it last ran, and whether Node and this skill are still where it expects them',
    find: async () => (await scheduling()).status,
  },
  {
    name: 'schedule remove',
    describe: 'takes away what `schedule install` has made',
    writes: 'files of the scheduler of this user',
    flags: SCHEDULE_REMOVE,
    find: async () => (await scheduling()).scheduleRemove,
  },
  {
    name: 'doctor',
    aliases: ['preflight'],
    describe: 'checks whether this machine is ready: Node, native modules, home, databases, running Codex, disk space, leftovers',
    find: async () => (await examining()).doctor,
  },
  {
    name: 'config init',
    aliases: ['init-config'],
    describe: 'writes a [configuration file](configuration.md) with every key and its comment',
    writes: 'only that file',
    ignoresConfig: true,
    flags: CONFIG_INIT,
    find: async () => (await configuring()).configInit,
  },
  {
    name: 'config validate',
    aliases: ['validate'],
    describe: 'checks the configuration file, and says all that is wrong with it',
    ignoresConfig: true,
    find: async () => (await configuring()).configValidate,
  },
  {
    name: 'config show',
    describe: 'shows every key of the configuration, the value that holds, and where it comes from',
    ignoresConfig: true,
    find: async () => (await configuring()).configShow,
  },
  {
    name: 'explain',
    ignoresConfig: true,
    positionals: [{ name: 'code', isOptional: true, describe: 'the code; without it all are listed' }],
    describe: 'explains a code that any command prints, and what to do; without `CODE` lists all',
    find: async () => (await explaining()).explain,
  },
];

export const COMMANDS: RunnableCommand[] = ROWS.map(({ flags = [], positionals = [], ...row }) => ({
  ...row,
  positionals,
  flags: [...flags, ...COMMON],
}));
