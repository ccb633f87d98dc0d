// An append to a local rollout, by what is known of its end.

import type { Localization } from '../localize/localization.ts';
import type { LocalPath } from '../paths/foreign_path.ts';
import type { Change, SourceLines } from './plan.ts';

export type AppendRollout = Extract<Change, { kind: 'append_rollout' }>;

/** `lastOrdinal`: null where its lines have none. */
type RolloutEnd = { size: number; mtime: number; digest: string; endsWithNewline: boolean; lastOrdinal: number | null };

/** Every line as it is. */
export const UNLOCALIZED: Localization = { rules: { explicit: [], userHome: '' as LocalPath }, ids: new Map(), windowId: null };

/** Of an append that adds nothing but a record of its own. */
const NO_LINES: SourceLines = { source: { ranges: [], digest: '' }, from: 0, localization: UNLOCALIZED, form: 'as_it_is' };

type Appended = Partial<Pick<AppendRollout, 'lines' | 'added' | 'mtime'>> & { nextOrdinal?: number | null };

/** Lines are numbered on from the last one, and the file keeps its time, unless that is said otherwise. */
export function appendTo(path: string, end: RolloutEnd, appended: Appended): AppendRollout {
  const { size, mtime, digest, endsWithNewline, lastOrdinal } = end;
  const { nextOrdinal = lastOrdinal === null ? null : lastOrdinal + 1, ...said } = appended;
  return {
    kind: 'append_rollout',
    path,
    end: { size, mtime, digest, nextOrdinal, isTorn: !endsWithNewline },
    lines: NO_LINES,
    added: null,
    mtime: Math.trunc(mtime),
    ...said,
  };
}
