// How the lines of an incoming session are spelled locally.

import { homeOfRollout, imageRule } from '../../domain/attachments/generated_image.ts';
import type { ThreadId } from '../../domain/ids/thread_id.ts';
import type { Localization, PathRules } from '../../domain/localize/localization.ts';
import type { ValidSession } from '../../domain/package/package.ts';
import type { SyncContext } from './sync_context.ts';

/** `windowId` where the session gets a context window of its own. */
export function localizationFor(
  incoming: ValidSession,
  id: ThreadId,
  rules: PathRules,
  context: SyncContext,
  windowId: string | null,
): Localization {
  const others = context.family.idsFor(incoming);
  // One empty map for all of 20,000 sessions that keep their ids.
  const ids = id === incoming.threadId ? others : new Map(others).set(incoming.threadId, id);
  const images = context.family.illustrated(incoming).flatMap((relative) => imageRuleFor(relative, context) ?? []);
  return { rules: images.length > 0 ? { ...rules, explicit: [...rules.explicit, ...images] } : rules, ids, windowId };
}

function imageRuleFor(relative: ValidSession, { home, family }: SyncContext) {
  const source = homeOfRollout(relative.row.rollout_path);
  if (source === null) return null;
  return imageRule({ home: source, threadId: relative.threadId }, { home: home.path, threadId: family.localIdOf(relative) });
}
