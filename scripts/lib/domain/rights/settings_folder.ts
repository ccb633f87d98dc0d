// Where a thread works when it is resumed. From 0.153 on Codex goes by the last settings of the thread, in both forms of a history; before
// that by the first line, which nobody rewrites (references/codex-on-disk.md).

import { isOwn, settingsIn } from './settings_spelling.ts';

/** Null where there are none, or none that count: those of another thread, as a fork has them from its parent (0.152+). */
export function folderInSettings(line: Buffer | null, threadId: string): string | null {
  const { cwd } = isOwn(line, threadId) ? settingsIn(line) : {};
  return typeof cwd === 'string' && cwd !== '' ? cwd : null;
}
