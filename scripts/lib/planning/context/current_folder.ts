// Where a session of this home works: what Codex itself goes by, not what a package or a rule says.

import type { LocalSession } from '../../adapters/codex_home/local_home.ts';
import { lastSettingsNearEnd } from '../../adapters/rollout/last_settings.ts';
import { readFirstLine } from '../../adapters/rollout/rollout_chain.ts';
import type { RolloutEnd } from '../../adapters/rollout/rollout_end.ts';
import { localizePath, type PathRules, plainPath } from '../../domain/localize/localization.ts';
import { folderInSettings } from '../../domain/rights/settings_folder.ts';
import { followsSettings, type TargetCodex } from '../../domain/thread/target_codex.ts';

/**
 * `end`: null where the rollout was not read. Then its end is looked at, and the row, which Codex keeps up to date. `source`: the folder
 * where a package comes from; settings that name it beside a first line that does not are what another tool has left, and are mended.
 */
export function folderHere(
  { threadId, file, row }: LocalSession,
  end: RolloutEnd | null,
  target: TargetCodex,
  source: string | null = null,
): string {
  const settings = followsSettings(target) && file ? (end ? end.lastSettings : lastSettingsNearEnd(file)) : null;
  const inSettings = folderInSettings(settings, threadId);
  const rowCwd = typeof row?.cwd === 'string' ? row.cwd : '';
  const beside = (): string => end?.metaCwd || rowCwd || (file ? (readFirstLine(file)?.meta.cwd ?? '') : '');
  const isLeft = inSettings !== null && inSettings === source && beside() !== '';
  return plainPath(inSettings === null || isLeft ? beside() : inSettings);
}

/** A session that is here stays where it is, whatever a rule or a flag says of its source's folder. */
export function withFolderHere(rules: PathRules, source: string, folder: string): PathRules {
  const here = plainPath(localizePath(folder, { ...rules, explicit: [] }).path);
  if (here === '' || plainPath(localizePath(source, rules).path) === here) return rules;
  return { ...rules, explicit: [{ from: source, to: here }, ...rules.explicit.filter(({ from }) => from !== source)] };
}
