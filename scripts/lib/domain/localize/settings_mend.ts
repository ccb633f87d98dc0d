import { readHead } from '../rollout/rollout_line.ts';
import { type Localization, localizeLine, localizePath } from './localization.ts';

/**
 * The line whose localized copy gives a thread its folder back; null where the settings are right, or where the thread's first line
 * is not localized either: then it simply lives there. The sibling localizes `session_meta` and `turn_context` only, so a thread with
 * settings that it installed resumes in the source machine's folder (0.153+, in both forms of a history), and Codex 0.169 refuses a Windows one here altogether (`cannot
 * restore workspace root`). Appending settings is what Codex itself does on a change of folder.
 */
export function settingsToMend(
  { metaCwd, lastSettings }: { metaCwd: string; lastSettings: Buffer | null },
  localization: Localization,
): string | null {
  if (!lastSettings || localizePath(metaCwd, localization.rules).rule !== 'none') return null;
  const isRight = localizeLine(lastSettings, readHead(lastSettings), localization, null) === lastSettings;
  return isRight ? null : lastSettings.toString('utf8');
}
