// What becomes of each key of codexSync's configuration (0.1 and 0.2): the key here that takes its value, or why none is needed.

import type { Value } from './config_values.ts';

/**
 * `to`: the key here. `take`: its value there as a value here; a text says why it is not taken. `spell`: of a path, what is put behind it.
 * `why`: why nothing is taken.
 */
export type Rule =
  | { to: string; take(value: unknown): Value | Reason }
  | { to: string; path: true; below?: string }
  | { why: string };

/** Why a value is not taken. */
export type Reason = { why: string };

const same = (value: unknown): Value => value as Value;
const why = (reason: string): Rule => ({ why: reason });

const CONTENT = 'sessions are compared by their content, so neither times nor a tolerance decide anything';
const LAW = 'this is always so here';
const LOCKS = "Codex's own locks say which sessions are open, so no names of processes are needed; Codex is never ended";
const SNAPSHOTS = 'every change is a transaction that `rollback` undoes; Codex keeps its global state itself';
const SIDES = 'both sides of a divergence stay, as sessions that Codex opens';
const TASK =
  'a task of the system that runs `exchange sync --execute` does this; it leaves sessions that are open for the next time';
const REMOTE = 'a place is a folder; what carries it, such as rclone, is set up there';

/** Nothing is lost in any of them: a policy only decides which side stays in front. */
const POLICIES = new Map<string, Value | Reason>(
  Object.entries({
    keep_both: 'branch',
    manual_abort: 'abort',
    prefer_local: 'prefer-local',
    prefer_cloud: 'prefer-incoming',
    // By the last line of the content: times of files are those of whoever copied them.
    prefer_newer_mtime: 'prefer-newer',
  }),
);

/** `0` there is no limit, which is no key here. */
const limit = (value: unknown): Value | Reason => (value === 0 ? { why: 'no limit is the default here' } : same(value));

const lower = (value: unknown): Value => String(value).toLowerCase();

/** Where a key here is only planned. */
export const NO_KEY = 'this version has no key for it';

/** By `section.key`; `section.*` stands for its other keys. */
export const CODEXSYNC_KEYS: Record<string, Rule> = {
  'identity.machine_id': { to: 'exchange.name', take: same },
  'sync.mode': why('sessions that Codex has open are left for the next time, so Codex need not be closed'),
  'sync.direction': why('a command decides it: `exchange sync`, `exchange push` or `exchange pull`'),
  'sync.compare': why(CONTENT),
  'sync.time_tolerance_seconds': why(CONTENT),
  'sync.equal_mtime_action': why(CONTENT),
  'sync.delete_policy': why('nothing is ever deleted on another machine'),
  'sync.dry_run_default': why('nothing is written without `--execute`'),
  'sync.session_mode': why('all sessions are synced; one that has not changed costs nothing'),
  'sync.scope': why('conversations with what belongs to them are synced, never settings'),
  'sync.close_codex': why('Codex is never closed; sessions that are open are left for the next time'),
  'paths.workspace_root_dir': why('it only stands in other paths, which are spelled out here'),
  'paths.local_state_dir': { to: 'codex_home', path: true },
  // A folder of its own: theirs holds files of codexSync.
  'paths.cloud_root_dir': { to: 'exchange.place', path: true, below: 'codex-session-exchange' },
  'paths.backup_dir': { to: 'backup.folder', path: true },
  'paths.temp_dir': why(
    'new bytes are staged in the Codex home, and archives are unpacked in the temporary folder of the system',
  ),
  'guardian.*': why(SNAPSHOTS),
  'semantic.*': why(SIDES),
  'targets.include_roots': why('conversations with what belongs to them are synced; skills only where they are named'),
  'filters.exclude_globs': why('no files are copied by name, so none need to be excluded'),
  'conflict.policy': {
    to: 'sync.on_divergence',
    take: (value) => POLICIES.get(String(value)) ?? { why: 'codexSync has no such policy' },
  },
  'conflict.report_conflicts': why(LAW),
  'backup.backup_before_overwrite': { to: 'backup.automatic', take: same },
  'backup.retention_days': { to: 'backup.keep_days', take: limit },
  'backup.max_backups': { to: 'backup.keep_count', take: limit },
  'backup.compression': { to: 'backup.compression', take: lower },
  'safety.*': why(LAW),
  'process_detection.*': why(LOCKS),
  'path_mappings.*': why('a mapping that is for another machine than this one'),
  'state.*': why('the exchange keeps what a machine has seen in its own folder, without leases'),
  'scheduler.enabled': why('a task of the system that runs `exchange sync --execute` does this'),
  'scheduler.interval_seconds': {
    to: 'schedule.every',
    take: (value) => `${Math.min(1440, Math.max(1, Math.round(Number(value) / 60)))}m`,
  },
  'scheduler.*': why(TASK),
  'logging.level': { to: 'logging.level', take: lower },
  'logging.format': { to: 'logging.format', take: lower },
  'logging.file': { to: 'logging.folder', path: true, below: '..' },
  'logging.retention_days': { to: 'logging.keep_days', take: limit },
  'logging.archive_mode': { to: 'logging.old', take: (value) => (lower(value) === 'text' ? 'plain' : lower(value)) },
  'logging.max_file_size_mb': { to: 'logging.max_size_mb', take: same },
  'assumptions.*': why('what has not arrived yet is shown as pending, so nothing needs to be assumed'),
  'state_backup.root_dir': why('`backup.folder` is the one place for backups'),
  'state_backup.*': why('`backup create` makes one, and `backup prune` keeps the newest'),
  'handoff.*': why('`exchange watch` passes sessions on, and what has not arrived yet is shown as pending'),
  'storage.*': why(REMOTE),
  's3.*': why(REMOTE),
};
