// What a sync writes beside sessions: all of it is shown, so that nobody has to agree to what was not.

import type { PlannedFolders, PlannedSkill } from '../../domain/plan/plan.ts';
import { bytesText, shorten } from '../output/text.ts';

/** More are counted, not named. */
const MOST_NAMED = 20;

/** What the package has, and each file of what is installed. */
export function skillLines(names: string[], skills: PlannedSkill[]): string[] {
  const rest = names.length > MOST_NAMED ? ` and ${names.length - MOST_NAMED} more` : '';
  const named = names
    .slice(0, MOST_NAMED)
    .map((name) => shorten(name, 70))
    .join(', ');
  const others =
    names.length > 0 ? [`Skills in the package: ${named}${rest}. Only those named with --include-skills are installed.`] : [];
  return [...others, ...skills.flatMap(linesOf)];
}

function linesOf({ name, action, reason, path, files, bytes, warnings }: PlannedSkill): string[] {
  const listed = action === 'create' ? files.map((file) => `  ${shorten(file.path, 200)}  ${bytesText(file.bytes)}`) : [];
  return [
    `skill ${shorten(name, 70)}: ${action}, ${shorten(reason, 200)}`,
    ...(action === 'create' ? [`  in ${shorten(path, 200)}: ${files.length} file(s), ${bytesText(bytes)}`] : []),
    ...listed,
    ...warnings.map((warning) => `  ! ${shorten(warning, 200)}`),
  ];
}

export function folderLines({ make, not_made, not_made_count }: PlannedFolders): string[] {
  const rest = not_made_count - not_made.length;
  return [
    ...make.map((folder) => `create folder ${shorten(folder, 1000)}`),
    ...not_made.map(({ path, reason }) => `folder ${shorten(path, 200)} is not created: ${shorten(reason, 200)}`),
    ...(rest > 0 ? [`and ${rest} more folder(s) are not created`] : []),
  ];
}
