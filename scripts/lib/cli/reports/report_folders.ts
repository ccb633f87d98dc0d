import type { PlannedFolders } from '../../domain/plan/plan.ts';
import { shorten } from '../output/output.ts';

/** Every folder that is made is shown, so that nobody has to agree to what was not. */
export function folderLines({ make, not_made, not_made_count }: PlannedFolders): string[] {
  const rest = not_made_count - not_made.length;
  return [
    ...make.map((folder) => `create folder ${shorten(folder, 1000)}`),
    ...not_made.map(({ path, reason }) => `folder ${shorten(path, 200)} is not created: ${shorten(reason, 200)}`),
    ...(rest > 0 ? [`and ${rest} more folder(s) are not created`] : []),
  ];
}
