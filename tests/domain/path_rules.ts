import type { LocalPath } from '../../scripts/lib/domain/foreign_path.ts';
import type { PathRule, PathRules } from '../../scripts/lib/domain/localization.ts';

/** Rules as `FROM=TO` arguments; the user home is that of `jw`. */
export const rulesFrom = (...mappings: [from: string, to: string][]): PathRules => ({
  explicit: mappings.map(([from, to]): PathRule => ({ from, to })),
  userHome: '/home/jw' as LocalPath,
});
