// Images that a model made: `<codex home>/generated_images/<thread id>/<call id>.png`, named by absolute path in `saved_path` (0.117).

import { isObject, members } from '../json/json_bytes.ts';
import type { PathRule } from '../localize/localization.ts';
import type { Cell } from '../operation/operation.ts';
import { componentsBelow, joinComponents, parsePath } from '../paths/foreign_path.ts';
import { isDeviceName } from '../paths/valid_name.ts';
import { type LineHead, stringMember } from '../rollout/rollout_line.ts';

export const IMAGES = 'generated_images';

/** A name that is one file in one folder on every system, hidden or special nowhere. */
export const isImageName = (name: string): boolean =>
  /^[A-Za-z0-9_][A-Za-z0-9._-]{0,199}$/.test(name) && !name.endsWith('.') && !isDeviceName(name);

const SAVED_PATH = Buffer.from('"saved_path"');

/** The path under which a line says that an image was saved; null where it says none. */
export function savedPathOf(bytes: Buffer, { kind, payloadStart }: LineHead): string | null {
  if (kind !== 'event_msg/image_generation_end' && kind !== 'event_msg/item_completed') return null;
  if (!bytes.includes(SAVED_PATH)) return null;
  if (kind === 'event_msg/image_generation_end') return stringMember(bytes, payloadStart, 'saved_path') || null;
  for (const { key, valueStart } of members(bytes, payloadStart))
    if (key === 'item' && isObject(bytes, valueStart)) return stringMember(bytes, valueStart, 'saved_path') || null;
  return null;
}

/** The Codex home of the machine whose row names this rollout; null where the path is none of a rollout in a home. */
export function homeOfRollout(rolloutPath: Cell | undefined): string | null {
  if (typeof rolloutPath !== 'string') return null;
  const match = /^(.+?)[\\/](?:archived_sessions|sessions[\\/]\d{4}[\\/]\d{2}[\\/]\d{2})[\\/][^\\/]+$/.exec(rolloutPath);
  return match ? (match[1] as string) : null;
}

/** Where a thread's images lie in a home. */
export const imageFolder = (home: string, threadId: string): string => joinComponents(home, [IMAGES, threadId]);

/** The name of an image of this very thread; null for a path that leads elsewhere. */
export function imageNameIn(savedPath: string, home: string, threadId: string): string | null {
  const [path, folder] = [parsePath(savedPath), parsePath(imageFolder(home, threadId))];
  const below = path && folder && componentsBelow(path, folder);
  return below?.length === 1 && isImageName(below[0] as string) ? (below[0] as string) : null;
}

/** The rule by which what a transcript says of its images leads to the local ones. */
export function imageRule(source: { home: string; threadId: string }, local: { home: string; threadId: string }): PathRule {
  return { from: imageFolder(source.home, source.threadId), to: imageFolder(local.home, local.threadId) };
}
