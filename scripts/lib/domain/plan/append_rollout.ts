// An append to a local rollout, by what is known of its end.

import type { LocalPath } from '../ids/foreign_path.ts';
import type { Localization } from '../localize/localization.ts';
import type { Change, SourceLines } from './plan.ts';

export type AppendRollout = Extract<Change, { kind: 'append_rollout' }>;

/** `lastOrdinal`: null where its lines have none. */
type RolloutEnd = { size: number; mtime: number; digest: string; endsWithNewline: boolean; lastOrdinal: number | null };

/** Every line as it is. */
export const UNLOCALIZED: Localization = { rules: { explicit: [], userHome: '' as LocalPath }, ids: new Map(), windowId: null };

/** For an append that adds nothing but lines of its own. */
export const noLines = (localization: Localization): SourceLines => ({
  source: { ranges: [], digest: '' },
  from: 0,
  localization,
  form: 'as_it_is',
});

type Appended = Partial<Pick<AppendRollout, 'lines' | 'mend' | 'added' | 'mtime'>> & { nextOrdinal?: number | null };

/** Lines are numbered on from the last one, and the file keeps its time, unless that is said otherwise. */
export function appendTo(path: string, end: RolloutEnd, appended: Appended): AppendRollout {
  const { size, mtime, digest, endsWithNewline, lastOrdinal } = end;
  const { nextOrdinal = lastOrdinal === null ? null : lastOrdinal + 1, ...said } = appended;
  return {
    kind: 'append_rollout',
    path,
    end: { size, mtime, digest, nextOrdinal, isTorn: !endsWithNewline },
    lines: noLines(UNLOCALIZED),
    mend: null,
    added: null,
    mtime: Math.trunc(mtime),
    ...said,
  };
}
