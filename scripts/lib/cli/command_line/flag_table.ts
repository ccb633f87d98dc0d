// Every flag of every command, as data. A command line is read by it; help and the tables of references/ and SKILL.md are made of it.

import { LOCAL_NAMES, plain } from '../../adapters/paths/local_paths.ts';
import type { PathRule } from '../../domain/localize/localization.ts';
import { parsePath } from '../../domain/paths/foreign_path.ts';
import { isAbsoluteOn } from '../../domain/paths/local_path.ts';
import { problemWithWindowsPath } from '../../domain/paths/valid_name.ts';
import { problemWithEvery } from '../../domain/schedule/scheduled_job.ts';
import { LOG_FORMATS, LOG_LEVELS } from '../output/log_line.ts';
import type { Flag } from './command.ts';
import { problemWithWhen } from './when.ts';

/** On Windows a name may lead elsewhere than it seems to. */
export const problemWithPath = (value: string): string | null =>
  LOCAL_NAMES.platform === 'win32' ? problemWithWindowsPath(value) : null;

const CODEX_HOME: Flag = {
  name: 'codex-home',
  takes: 'DIR',
  check: problemWithPath,
  describe: 'the Codex home; default `$CODEX_HOME`, else `~/.codex`',
};

const CONFIG: Flag = {
  name: 'config',
  aliases: ['c'],
  takes: 'FILE',
  describe: 'the [configuration file](configuration.md); default `$CODEX_SYNC_CONFIG`, else that of this user',
};

const LOG: Flag[] = [
  {
    name: 'log-folder',
    takes: 'DIR',
    check: problemWithPath,
    describe: 'keep [a log](logs.md) in this folder; without it there is none, unless the configuration names one',
  },
  { name: 'log-level', takes: 'LEVEL', oneOf: LOG_LEVELS, describe: 'what is logged: this and what is graver; default `info`' },
  { name: 'log-format', takes: 'FORM', oneOf: LOG_FORMATS, describe: 'how each line is written; default `text`' },
];

const OUTPUT: Flag[] = [
  { name: 'json', describe: 'exactly one JSON object on stdout' },
  { name: 'quiet', describe: 'no warnings on stderr' },
  { name: 'color', describe: 'accepted, like `--no-color`; output has no colours' },
  { name: 'help', aliases: ['h'], describe: 'what the command does and takes' },
  { name: 'version', describe: 'the version of this tool' },
];

export const COMMON: Flag[] = [
  CODEX_HOME,
  { name: 'new-home', describe: 'accept a Codex home that no Codex has used yet' },
  {
    name: 'user-home',
    aliases: ['remote-home'],
    takes: 'DIR',
    check: problemWithPath,
    describe: 'the user home that paths are mapped to; default yours',
  },
  CONFIG,
  ...LOG,
  ...OUTPUT,
];

/** A whole id, or its beginning. */
const isIdOrPrefix = (value: string): string | null =>
  /^[0-9a-f-]{1,36}$/i.test(value) ? null : `\`${value}\` is not an id or the beginning of one.`;

export const THREADS: Flag = {
  name: 'thread-id',
  takes: 'ID',
  times: 'again',
  check: isIdOrPrefix,
  describe: 'only this session; an unambiguous beginning of the id is enough',
};

const EXECUTES: Flag = { name: 'execute', aliases: ['apply'], describe: 'write; without it nothing is written' };

export const EXECUTE: Flag[] = [
  EXECUTES,
  {
    name: 'wait',
    takes: 'SECONDS',
    needs: 'execute',
    check: (value) => (/^\d+(\.\d+)?$/.test(value) ? null : `\`${value}\` is not a number of seconds.`),
    describe: 'with `--execute`: how long to wait for another sync of this home to end (not for Codex); default 0',
  },
];

/** What decides how paths are spelled locally. */
export const PATHS: Flag[] = [
  {
    name: 'map-path',
    takes: 'FROM=TO',
    times: 'again',
    check: problemWithRule,
    describe:
      'map paths below `FROM` on the other machine to paths below `TO` on this one: [path rules](compatibility-contract.md#path-rules)',
  },
  {
    name: 'extension',
    takes: 'NAME|FILE',
    times: 'again',
    describe:
      '`wsl`, `home-prefix` or your own file, to spell paths or classify more carefully: [extension points](extension-points.md)',
  },
];

export function parseRule(text: string): PathRule | null {
  const at = text.indexOf('=');
  const rule = { from: text.slice(0, at), to: plain(text.slice(at + 1)) };
  return at > 0 && parsePath(rule.from) && isAbsoluteOn(LOCAL_NAMES.platform, rule.to) ? rule : null;
}

function problemWithRule(value: string): string | null {
  const rule = parseRule(value);
  return rule ? problemWithPath(rule.to) : `\`${value}\` is not FROM=TO with two absolute paths.`;
}

const isProviderRule = (value: string): string | null =>
  /^[^=]+=[^=]+$/.test(value) ? null : `\`${value}\` is not FROM=TO with two model providers.`;

/** Of `inspect-package` and `sync`. */
export const PLAN: Flag[] = [
  THREADS,
  ...PATHS,
  {
    name: 'map-provider',
    takes: 'FROM=TO',
    times: 'again',
    check: isProviderRule,
    describe: 'new sessions of model provider `FROM` run with `TO`',
  },
  {
    name: 'convert-history',
    takes: 'FORM',
    oneOf: ['keep', 'legacy'],
    describe:
      '`legacy` writes new sessions in the [form](whole-threads.md#forms-legacy-and-paginated) that a Codex before 0.147 reads; default `keep`',
  },
  {
    name: 'keep-permissions',
    describe:
      'sessions keep the sandbox and approvals of their sender; without it [no more than a new local thread](compatibility-contract.md#rights)',
  },
  { name: 'include-pins', describe: 'new sessions are pinned if their sender had pinned them' },
  {
    name: 'include-skills',
    takes: 'NAME',
    times: 'several',
    describe: 'also install these [packaged skills](packaged-skills.md); without it none. Comes after `PACKAGE`',
  },
  { name: 'resurrect', describe: 'bring back sessions that were [deleted locally](sync-sidecar-schema.md#deleted-sessions)' },
  {
    name: 'target-codex',
    takes: 'VERSION',
    check: (value) => (/^\d+\.\d+(\.\d+)?/.test(value) ? null : `\`${value}\` is not a Codex version such as 0.145.0.`),
    describe: 'the Codex that will open the sessions; default: detected from the home',
  },
  {
    name: 'on-divergence',
    takes: 'WHAT',
    oneOf: ['branch', 'skip', 'abort', 'prefer-local', 'prefer-incoming', 'prefer-newer'],
    describe:
      'what to do if [both sides have new lines](conflict-decision-matrix.md#flags-that-change-the-action); default `branch`',
  },
  {
    name: 'on-collision',
    takes: 'WHAT',
    oneOf: ['skip', 'import-as-new'],
    describe: 'what to do if an unrelated session has the same id; default `skip`',
  },
];

export const SYNC: Flag[] = [
  ...PLAN,
  ...EXECUTE,
  {
    name: 'expect-plan',
    takes: 'DIGEST',
    describe:
      'apply exactly the plan of this digest, or nothing; without `--execute`, only check that it still is the plan (exit 5 where not)',
  },
];

export const EXCHANGE_INIT: Flag[] = [
  { name: 'name', takes: 'LABEL', describe: 'what this machine is called in the exchange; default its host name' },
  { name: 'encrypt', describe: 'close all files of a new exchange with [age](exchange.md#encryption); needs a passphrase' },
  {
    name: 'passphrase-file',
    takes: 'FILE',
    describe: 'a file whose first line is the passphrase of the exchange; without it `$CODEX_SYNC_PASSPHRASE`',
  },
];

export const EXCHANGE_MACHINES: Flag[] = [
  ...EXECUTE,
  { name: 'rename', takes: 'LABEL', describe: 'what this machine is called from now on' },
  { name: 'retire', takes: 'MACHINE', describe: 'nobody waits for this machine any more; its label, or the beginning of its id' },
];

export const VERIFY: Flag[] = [
  THREADS,
  {
    name: 'with-codex',
    takes: 'BIN',
    describe: 'a Codex binary that lists, opens and reads each session, which also makes turns of new sessions visible',
  },
];

const ALL: Flag = { name: 'all', describe: 'every session' };

const OUTPUT_FOLDER: Flag = {
  name: 'output',
  aliases: ['output-dir'],
  takes: 'DIR',
  isRequired: true,
  check: problemWithPath,
  describe: 'the package folder to create',
};

/** They narrow what is chosen otherwise. */
const SELECTION: Flag[] = [
  {
    name: 'project',
    takes: 'DIR',
    check: problemWithPath,
    describe: 'only sessions that work in this folder or below it',
  },
  {
    name: 'since',
    takes: 'WHEN',
    check: problemWithWhen,
    describe: 'only sessions used since a day (`2026-11-03`), a time, or so many days ago (`30d`)',
  },
  {
    name: 'until',
    takes: 'WHEN',
    check: problemWithWhen,
    describe: 'only sessions last used until then; a day is meant with all its hours',
  },
  {
    name: 'archived',
    takes: 'WHICH',
    oneOf: ['yes', 'no', 'only'],
    describe: 'with archived sessions, without them, or only them; default `yes`',
  },
];

export const PACKUP: Flag[] = [
  THREADS,
  { name: 'cwd-filter', takes: 'DIR', describe: 'sessions of this working folder' },
  ALL,
  ...SELECTION,
  OUTPUT_FOLDER,
];

export const EXPORT: Flag[] = [OUTPUT_FOLDER];

export const ADOPT: Flag[] = [
  ...EXECUTE,
  THREADS,
  ALL,
  { name: 'repair', describe: 'repair rows, ordinals and a database that current Codex versions refuse' },
];

export const ROLLBACK: Flag[] = [
  ...EXECUTE,
  THREADS,
  { name: 'skill', takes: 'NAME', times: 'again', describe: 'only this skill' },
  {
    name: 'transaction-id',
    takes: 'ID',
    check: isIdOrPrefix,
    describe: 'as `list-transactions` shows it; an unambiguous beginning is enough',
  },
  { name: 'latest', describe: 'the newest completed transaction that is not a rollback' },
];

const isWholeNumber = (value: string): string | null => (/^\d{1,15}$/.test(value) ? null : `\`${value}\` is not a whole number.`);

const isDays = (value: string): string | null =>
  /^\d{1,5}d$/.test(value) ? null : `\`${value}\` is not a number of days such as 30d.`;

export const PRUNE: Flag[] = [
  ...EXECUTE,
  { name: 'keep', takes: 'N', check: isWholeNumber, describe: 'keep this many of the newest transactions, drop the rest' },
  {
    name: 'older-than',
    takes: 'DAYS',
    check: isDays,
    describe: 'drop transactions older than this, for example `30d`',
  },
];

export const CONFIG_INIT: Flag[] = [
  {
    name: 'output',
    takes: 'FILE',
    check: problemWithPath,
    describe: 'where to write it; default: where it is looked for',
  },
  { name: 'force', describe: 'replace a file that is there' },
  {
    name: 'from',
    takes: 'FILE',
    check: problemWithPath,
    describe:
      "codexSync's `config.toml`: what applies is [taken over](configuration.md#from-codexsync), the rest is listed with the reason",
  },
];

/** Of every command about backups. */
export const BACKUPS: Flag[] = [
  {
    name: 'backup-dir',
    takes: 'DIR',
    check: problemWithPath,
    describe: 'the folder of the backups; default: [in the data folder of this user](backup.md#where-they-are)',
  },
];

const RETENTION: Flag[] = [
  { name: 'keep', takes: 'N', check: isWholeNumber, describe: 'keep the newest N backups, drop the rest' },
  {
    name: 'older-than',
    takes: 'DAYS',
    check: isDays,
    describe: 'drop backups older than this, for example `30d`; with `--keep` only those that neither keeps',
  },
];

export const BACKUP_CREATE: Flag[] = [
  ...BACKUPS,
  ...RETENTION,
  {
    name: 'compression',
    takes: 'FORM',
    oneOf: ['none', 'zip'],
    describe: '`zip` writes one file of about a tenth of the size, `none` a folder; default `zip`',
  },
];

export const BACKUP_RESTORE: Flag[] = [
  ...BACKUPS,
  {
    name: 'from',
    takes: 'BACKUP',
    describe: 'an id of `backup list` or its beginning, a name, or a path; default: the newest whole backup of this home',
  },
  {
    name: 'target',
    takes: 'WHERE',
    oneOf: ['local', 'cloud'],
    describe: '`local` is the only one: [why](backup.md#other-tools)',
  },
  { name: 'dry-run', describe: 'only show the plan, which is the default' },
  // Sessions come back as they were pinned, and no skills are saved.
  ...SYNC.filter(({ name }) => name !== 'include-pins' && name !== 'include-skills'),
];

export const BACKUP_PRUNE: Flag[] = [...BACKUPS, EXECUTES, ...RETENTION];

export const EXCHANGE_SYNC: Flag[] = [
  ...SYNC,
  ...BACKUPS,
  { name: 'no-backup', describe: 'make no backup before the first sync of this machine' },
];

const isSeconds = (value: string): string | null =>
  /^\d{1,6}(\.\d+)?$/.test(value) ? null : `\`${value}\` is not a number of seconds.`;

export const EXCHANGE_WATCH: Flag[] = [
  // Each run has its own plan.
  ...EXCHANGE_SYNC.filter(({ name }) => name !== 'expect-plan'),
  {
    name: 'interval',
    takes: 'SECONDS',
    check: (value) => isSeconds(value) ?? (Number(value) >= 1 ? null : 'At least one second lies between two runs.'),
    describe: 'at the latest so long after the last run comes the next, whether a change was reported or not; default 120',
  },
  {
    name: 'settle',
    takes: 'SECONDS',
    check: isSeconds,
    describe: 'after a change, wait until there was none for so long; default 5',
  },
];

export const SCHEDULE_REMOVE: Flag[] = [EXECUTES];

export const SCHEDULE_INSTALL: Flag[] = [
  EXECUTES,
  {
    name: 'every',
    takes: 'TIME',
    check: (value) => (problemWithEvery(value) === null ? null : `\`${value}\` is not a time such as 15m or 2h, at most 24h.`),
    describe: 'how often, such as `15m` or `2h`; default `15m`',
  },
];
