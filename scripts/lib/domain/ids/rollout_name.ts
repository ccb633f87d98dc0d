// Where a rollout lies: sessions/YYYY/MM/DD/rollout-YYYY-MM-DDThh-mm-ss-<id>.jsonl, in local time (Codex, all versions).

import { type ThreadId, timeOfThreadId } from './thread_id.ts';

const ROLLOUT_NAME =
  /^rollout-(\d{4})-(\d{2})-(\d{2})T\d{2}-\d{2}-\d{2}-([0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12})(?:_([0-9a-fA-F-]{36}))?\.jsonl(?:\.zst)?$/;

/**
 * `segmentId` is set on the second and later files of a thread, which reverts make (0.148+). `rolloutId` is what a `history_base` and the
 * projection call the file. `plainName` is the name of a file that holds the whole thread, uncompressed.
 */
export type RolloutName = {
  threadId: ThreadId;
  segmentId: string | null;
  rolloutId: string;
  folder: string;
  plainName: string;
};

/** Ids are in lower case, whatever the name spells (Codex, all versions). Null where Codex would not take the file for a rollout. `folder` is relative to `sessions/`, with forward slashes. */
export function parseRolloutName(name: string): RolloutName | null {
  const match = ROLLOUT_NAME.exec(name);
  if (!match) return null;
  const [, year, month, day, thread = '', segment] = match;
  const [threadId, segmentId] = [thread.toLowerCase(), segment?.toLowerCase()];
  return {
    threadId: threadId as ThreadId,
    segmentId: segmentId ?? null,
    rolloutId: segmentId ?? threadId,
    folder: `${year}/${month}/${day}`,
    plainName: uncompressed(segment === undefined ? name : name.replace(`_${segment}`, '')),
  };
}

const COMPRESSED = '.zst';

/** Codex may keep a rollout as one file `<name>.jsonl.zst` (written by 0.137+ where a feature is on, read by 0.137+ everywhere). */
export const isCompressed = (file: string): boolean => file.endsWith(`.jsonl${COMPRESSED}`);
export const compressed = (plain: string): string => `${plain}${COMPRESSED}`;

/** The name or path that Codex knows the rollout by, whichever form it lies there in. */
export const uncompressed = (file: string): string => (isCompressed(file) ? file.slice(0, -COMPRESSED.length) : file);

/** Where both forms lie side by side Codex takes the plain one and never looks at the other. */
export function withoutShadowed<Named extends { name: string }>(entries: Named[]): Named[] {
  const names = new Set(entries.map(({ name }) => name));
  return entries.filter(({ name }) => !isCompressed(name) || !names.has(uncompressed(name)));
}

/** Shared Interface 6: the path of a new session follows from its id's timestamp; relative to the Codex home, forward slashes. */
export function rolloutPathFor(id: ThreadId): string {
  const time = new Date(timeOfThreadId(id));
  const two = (value: number): string => String(value).padStart(2, '0');
  const [year, month, day] = [String(time.getFullYear()).padStart(4, '0'), two(time.getMonth() + 1), two(time.getDate())];
  const clock = `${two(time.getHours())}-${two(time.getMinutes())}-${two(time.getSeconds())}`;
  return `sessions/${year}/${month}/${day}/rollout-${year}-${month}-${day}T${clock}-${id}.jsonl`;
}

/** The last component of a path of any machine. */
export const baseName = (path: string): string => path.split(/[\\/]/).at(-1) ?? '';
