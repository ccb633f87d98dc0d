import type { LocalPath } from '../../scripts/lib/domain/foreign_path.ts';
import type { Localization, PathRule, PathRules } from '../../scripts/lib/domain/localization.ts';

/** Rules as `FROM=TO` arguments; the user home is that of `jw`. */
export const rulesFrom = (...mappings: [from: string, to: string][]): PathRules => ({
  explicit: mappings.map(([from, to]): PathRule => ({ from, to })),
  userHome: '/home/jw' as LocalPath,
});

/** What a thread keeps where it keeps its id. */
export const ownIds: Pick<Localization, 'ids' | 'windowId'> = { ids: new Map(), windowId: null };

/** A thread that is another session here: the id there, the id here, the context window here. */
export const asSession = (from: string, to: string, windowId: string | null): Pick<Localization, 'ids' | 'windowId'> => ({
  ids: new Map([[from, to]]),
  windowId,
});
