// What a machine has is saved before it takes in anything of others for the first time. For the exchange: a sync of a package overwrites nothing and
// can be rolled back, so it needs none.

import type { CodexHome } from '../../adapters/codex_home/codex_home.ts';
import { statFile } from '../../adapters/disk/file_reading.ts';
import { readLocalHome } from '../../adapters/local_sessions/local_home.ts';
import { isPresent } from '../../adapters/local_sessions/local_session.ts';
import { type BackupRequest, type CreatedBackup, createBackup } from './create_backup.ts';

/** What there is to save; bytes as they lie there, so a zip is smaller. Null where there is nothing. */
export function toBeSaved(home: CodexHome): { sessions: number; bytes: number } | null {
  const sessions = [...readLocalHome(home).sessions.values()].filter(isPresent);
  if (sessions.length === 0) return null;
  return { sessions: sessions.length, bytes: sessions.reduce((sum, { file }) => sum + (statFile(file)?.size ?? 0), 0) };
}

/** Null where there is nothing to save. Whoever calls knows whether it is the first time. */
export const backupBeforeFirstSync = (home: CodexHome, request: Omit<BackupRequest, 'why'>, now: Date): CreatedBackup | null =>
  toBeSaved(home) === null ? null : createBackup(home, { ...request, why: 'before_first_sync' }, now);
