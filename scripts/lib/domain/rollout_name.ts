// Where a rollout lies: sessions/YYYY/MM/DD/rollout-YYYY-MM-DDThh-mm-ss-<id>.jsonl, in local time (Codex, all versions).

import { type ThreadId, timeOfThreadId } from './thread_id.ts';

const ROLLOUT_NAME =
  /^rollout-(\d{4})-(\d{2})-(\d{2})T\d{2}-\d{2}-\d{2}-([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})(?:_([0-9a-f-]{36}))?\.jsonl$/;

/**
 * `segmentId` is set on the second and later files of a thread, which reverts make (0.148+). `rolloutId` is what a `history_base` and the
 * projection call the file. `plainName` is the name of a file that holds the whole thread.
 */
export type RolloutName = {
  threadId: ThreadId;
  segmentId: string | null;
  rolloutId: string;
  folder: string;
  plainName: string;
};

/** Null where Codex would not take the file for a rollout. `folder` is relative to `sessions/`, with forward slashes. */
export function parseRolloutName(name: string): RolloutName | null {
  const match = ROLLOUT_NAME.exec(name);
  if (!match) return null;
  const [, year, month, day, threadId, segmentId] = match;
  return {
    threadId: threadId as ThreadId,
    segmentId: segmentId ?? null,
    rolloutId: segmentId ?? (threadId as string),
    folder: `${year}/${month}/${day}`,
    plainName: segmentId === undefined ? name : name.replace(`_${segmentId}`, ''),
  };
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
