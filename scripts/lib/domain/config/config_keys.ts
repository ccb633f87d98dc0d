// Every key of the configuration file, as data: the file that `config init` writes, the reading, its errors and the tables of
// references/configuration.md are made of it.
//
// A key whose command has a flag for it needs only its line here: it fills that flag wherever a command has it. A key without a flag is read
// by `settingOf` (cli/command_line/settings.ts). What would widen what a run may do (`--execute`, `--keep-permissions`, `--resurrect`,
// `--include-skills`) is asked for run by run and has no key.

import { problemWithEvery } from '../schedule/scheduled_job.ts';
import { problemWithVersion, type Value, type ValueType } from './config_values.ts';

/**
 * `name`: `section.key`, or the key alone at the top of the file. `flag` or `positional`: what it is the same as. `variable`: the environment variable
 * that wins over it. `only`: the commands that it is for, where others have a flag of that name. `default`: what holds without it, where that can be written down; `example` is shown instead where not.
 */
export type ConfigKey = {
  name: string;
  type: ValueType;
  default?: Value;
  example?: Value;
  flag?: string;
  positional?: string;
  variable?: string;
  only?: readonly string[];
  describe: string;
};

const choice = (...values: string[]): ValueType => ({ kind: 'choice', values });
const whole = (least: number, most: number) => ({ kind: 'number' as const, least, most });

export const CONFIG_KEYS: ConfigKey[] = [
  {
    name: 'codex_home',
    type: { kind: 'path' },
    default: '~/.codex',
    flag: 'codex-home',
    variable: 'CODEX_HOME',
    describe: 'the Codex home',
  },
  {
    name: 'user_home',
    type: { kind: 'path' },
    example: '~',
    flag: 'user-home',
    describe: 'the user home that paths are mapped to; default yours',
  },
  {
    name: 'sync.on_divergence',
    type: choice('branch', 'skip', 'abort', 'prefer-local', 'prefer-incoming', 'prefer-newer'),
    default: 'branch',
    flag: 'on-divergence',
    describe: 'what to do if both sides have new lines',
  },
  {
    name: 'sync.on_collision',
    type: choice('skip', 'import-as-new'),
    default: 'skip',
    flag: 'on-collision',
    describe: 'what to do if an unrelated session has the same id',
  },
  {
    name: 'sync.convert_history',
    type: choice('keep', 'legacy'),
    default: 'keep',
    flag: 'convert-history',
    describe: '`legacy` writes new sessions in the form that a Codex before 0.147 reads',
  },
  {
    name: 'sync.target_codex',
    type: { kind: 'text', check: problemWithVersion },
    example: '0.171.0',
    flag: 'target-codex',
    describe: 'the Codex that will open the sessions; default: detected from the home',
  },
  {
    name: 'sync.include_pins',
    type: { kind: 'switch' },
    default: false,
    flag: 'include-pins',
    describe: 'new sessions are pinned if their sender had pinned them',
  },
  {
    name: 'sync.extensions',
    type: { kind: 'names_or_paths', names: ['wsl', 'home-prefix'] },
    default: [],
    flag: 'extension',
    describe: '`wsl`, `home-prefix` or your own files, to spell paths or classify more carefully',
  },
  {
    name: 'sync.wait_seconds',
    type: whole(0, 86_400),
    default: 0,
    flag: 'wait',
    describe: 'how long a command that writes waits for another sync of this home to end',
  },
  {
    name: 'exchange.place',
    type: { kind: 'place' },
    example: '~/Dropbox/codex',
    positional: 'place',
    only: ['exchange init'],
    describe: 'the place that `exchange init` takes if none is named there; which exchange a home is in, the home itself says',
  },
  {
    name: 'exchange.encrypt',
    type: { kind: 'switch' },
    default: false,
    flag: 'encrypt',
    describe: 'a new exchange is encrypted, and one that is not is not joined',
  },
  {
    name: 'exchange.passphrase_file',
    type: { kind: 'path' },
    example: '~/.config/codex-session-sync/passphrase',
    flag: 'passphrase-file',
    describe: 'a file whose first line is the passphrase of the exchange; the passphrase itself never stands here',
  },
  {
    name: 'exchange.name',
    type: { kind: 'text' },
    example: 'desk',
    flag: 'name',
    describe: 'what this machine is called in an exchange that it joins; default its host name',
  },
  {
    name: 'watch.interval_seconds',
    type: whole(1, 86_400),
    default: 120,
    flag: 'interval',
    describe: '`exchange watch` syncs at the latest so long after its last run, whether a change was reported or not',
  },
  {
    name: 'watch.settle_seconds',
    type: whole(0, 3600),
    default: 5,
    flag: 'settle',
    describe: 'after a change `exchange watch` waits until there was none for so long',
  },
  {
    name: 'schedule.every',
    type: { kind: 'text', check: problemWithEvery },
    default: '15m',
    flag: 'every',
    describe: 'how often what `schedule install` makes runs, such as `15m` or `2h`; it is made again to change it',
  },
  {
    name: 'backup.automatic',
    type: { kind: 'switch' },
    default: true,
    describe: 'a backup is made before the first sync of an exchange; `--no-backup` makes none',
  },
  {
    name: 'backup.folder',
    type: { kind: 'path' },
    example: '~/backups',
    flag: 'backup-dir',
    describe: 'where backups are; default: in the data folder of this user',
  },
  {
    name: 'backup.compression',
    type: choice('none', 'zip'),
    default: 'zip',
    flag: 'compression',
    describe: '`zip` writes one file, `none` a folder',
  },
  {
    name: 'backup.keep_count',
    type: whole(0, 100_000),
    example: 10,
    flag: 'keep',
    only: ['backup create', 'backup prune'],
    describe: '`backup create` and `backup prune` keep so many of the newest; no default',
  },
  {
    name: 'backup.keep_days',
    type: { ...whole(0, 36_500), unit: 'd' },
    example: 90,
    flag: 'older-than',
    only: ['backup create', 'backup prune'],
    describe: '`backup create` and `backup prune` keep those that are not older as well; no default',
  },
  {
    name: 'logging.folder',
    type: { kind: 'path' },
    example: '~/logs',
    flag: 'log-folder',
    describe: 'where the log is kept; without it there is none',
  },
  {
    name: 'logging.level',
    type: choice('debug', 'info', 'warning', 'error'),
    default: 'info',
    flag: 'log-level',
    describe: 'what is logged: this and what is graver',
  },
  {
    name: 'logging.format',
    type: choice('text', 'json', 'logfmt'),
    default: 'text',
    flag: 'log-format',
    describe: 'how each line is written',
  },
  {
    name: 'logging.max_size_mb',
    type: whole(1, 1000),
    default: 10,
    describe: 'a file of this size is followed by another one of the same day',
  },
  { name: 'logging.keep_days', type: whole(1, 36_500), default: 7, describe: 'files of more days ago are removed' },
  { name: 'logging.old', type: choice('zip', 'plain'), default: 'zip', describe: 'whether files of earlier days are zipped' },
  {
    name: 'path_mappings',
    type: { kind: 'pairs', of: 'paths' },
    example: [{ from: 'C:\\Users\\ana\\work', to: '~/work' }],
    flag: 'map-path',
    describe:
      'paths below the left folder, on another machine, become paths below the right one, on this machine; a flag with the same left folder wins',
  },
  {
    name: 'provider_mappings',
    type: { kind: 'pairs', of: 'texts' },
    example: [{ from: 'azure', to: 'openai' }],
    flag: 'map-provider',
    describe: 'new sessions of the left model provider run with the right one',
  },
];

export const sectionOf = (name: string): string => (name.includes('.') ? (name.split('.')[0] as string) : '');
