// A backup is a session package with a description of its own, under a name that says when it was made.

/** `none`: a folder. `zip`: one file. */
export type BackupForm = 'none' | 'zip';

export type Why = 'by_hand' | 'before_first_sync';

/**
 * metadata/backup.json. `sessions` are in it, `left_out` could not be read when it was made. `files` and `bytes` are of all else in the package,
 * uncompressed: by them it shows where something is missing.
 */
export type BackupDescription = {
  schema_version: 1;
  created_at: string;
  why: Why;
  tool_version: string;
  machine: string;
  codex_home: string;
  sessions: number;
  left_out: number;
  files: number;
  bytes: number;
};

export const DESCRIPTION = 'metadata/backup.json';

const NAME = /^backup-((\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(\d{3})Z)(\.zip)?$/;

/** What is called so; null where it is no backup of ours. */
export function parseBackupName(name: string): { id: string; form: BackupForm } | null {
  const [, id, , , , , , , , ending] = NAME.exec(name) ?? [];
  return id === undefined ? null : { id, form: ending === undefined ? 'none' : 'zip' };
}

export const backupName = (id: string, form: BackupForm): string => `backup-${id}${form === 'zip' ? '.zip' : ''}`;

/** Ids sort in the order in which backups were made, also of two in one millisecond and after a clock was set back. */
export function nextBackupId(ids: readonly string[], now: number): string {
  const newest = ids.toSorted().at(-1);
  const time = newest === undefined ? now : Math.max(now, timeOfId(newest) + 1);
  return new Date(time).toISOString().replace(/[-:.]/g, '');
}

function timeOfId(id: string): number {
  const [, , year, month, day, hour, minute, second, rest] = NAME.exec(backupName(id, 'none')) ?? [];
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}.${rest}Z`);
}
