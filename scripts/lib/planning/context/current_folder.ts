// Where a session of this home works: what Codex itself goes by, not what a package or a rule says.

import type { LocalSession } from '../../adapters/local_sessions/local_session.ts';
import { isFolder } from '../../adapters/paths/entries.ts';
import { LOCAL_NAMES } from '../../adapters/paths/local_paths.ts';
import { readFirstLine } from '../../adapters/rollout/first_line.ts';
import { lastSettingsNearEnd } from '../../adapters/rollout/last_settings.ts';
import type { RolloutEnd } from '../../adapters/rollout/rollout_end.ts';
import { localizePath, plainPath } from '../../domain/localize/localization.ts';
import { isSamePath } from '../../domain/paths/foreign_path.ts';
import { isAbsoluteOn } from '../../domain/paths/local_path.ts';
import { type IncomingSession, type LocalizedFolder, localizeFolder } from '../../domain/plan/incoming_session.ts';
import { folderInSettings } from '../../domain/rights/settings_folder.ts';
import { followsSettings, type TargetCodex } from '../../domain/thread/target_codex.ts';

/**
 * `end`: null where the rollout was not read. Then its end is looked at, and the row, which Codex keeps up to date. `source`: the folder
 * where a package comes from; settings that name it beside a first line that does not are what another tool has left, and are repaired.
 */
export function currentFolder(
  { threadId, file, row }: LocalSession,
  end: RolloutEnd | null,
  target: TargetCodex,
  source: string | null = null,
): string {
  const settings = followsSettings(target) && file ? (end ? end.lastSettings : lastSettingsNearEnd(file)) : null;
  const inSettings = folderInSettings(settings, threadId);
  const rowCwd = typeof row?.cwd === 'string' ? row.cwd : '';
  const beside = (): string => end?.metaCwd || rowCwd || (file ? (readFirstLine(file)?.meta.cwd ?? '') : '');
  const isLeft = inSettings !== null && source !== null && isSamePath(inSettings, source) && beside() !== '';
  return plainPath(inSettings === null || isLeft ? beside() : inSettings);
}

/** The folder of an incoming session that has a local one. `current`: where that works. */
export type HeadFolder = LocalizedFolder & { current: string };

/** On Windows a folder of this machine looks like one of another: `Documents` may have been moved to OneDrive or to another disk. */
const isHere = (folder: string): boolean =>
  LOCAL_NAMES.platform === 'win32' && isAbsoluteOn(LOCAL_NAMES.platform, folder) && isFolder(folder);

/** A local session stays where it is, whatever a rule or a flag says of its source's folder. */
export function folderOfHead(
  { folder, transcript }: IncomingSession,
  head: LocalSession,
  end: RolloutEnd | null,
  target: TargetCodex,
): HeadFolder {
  const source = transcript.meta.cwd;
  const current = currentFolder(head, end, target, source);
  const { rules } = folder;
  const local = isHere(current) ? current : plainPath(localizePath(current, { ...rules, explicit: [] }).path);
  if (local === '' || local === folder.path) return { ...folder, current };
  const explicit = [{ from: source, to: local }, ...rules.explicit.filter(({ from }) => !isSamePath(from, source))];
  return { ...localizeFolder(source, { ...rules, explicit }), current };
}
