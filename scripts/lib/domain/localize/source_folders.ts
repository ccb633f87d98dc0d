import { readHead } from '../rollout/rollout_line.ts';
import { type Localization, localizePath } from './localization.ts';
import { localizeLine } from './localize_line.ts';

/**
 * True where a thread's settings still name folders of the source machine and its first line does not; where neither is localized it simply
 * lives there. The sibling localizes `session_meta` and `turn_context` only, so a thread with settings that it installed resumes in the source
 * machine's folder (0.153+, in both forms of a history), and Codex 0.169 refuses a Windows one on another system altogether (`cannot restore workspace root`).
 */
export function namesSourceFolders(
  { metaCwd, lastSettings }: { metaCwd: string; lastSettings: Buffer | null },
  localization: Localization,
): boolean {
  if (!lastSettings || localizePath(metaCwd, localization.rules).rule !== 'none') return false;
  return localizeLine(lastSettings, readHead(lastSettings), localization, null) !== lastSettings;
}
