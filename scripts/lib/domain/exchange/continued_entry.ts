// What a commit says of a session that was published before: only what is new, and what the whole is called.

import type { Content, ContinuedEntry, Piece, SessionEntry } from './commit.ts';
import { sessionState } from './session_state.ts';

/** What is to be said of a session whose state before is known. */
export const continuedEntry = (entry: SessionEntry, before: SessionEntry | null): ContinuedEntry => ({
  ...entry,
  state: sessionState(entry),
  rollouts: entry.rollouts.map((rollout) => {
    const pieces = piecesOf(before, rollout.name);
    const kept = rollout.pieces.findIndex((piece, at) => JSON.stringify(piece) !== JSON.stringify(pieces[at]));
    const count = kept < 0 ? rollout.pieces.length : kept;
    return count === 0 ? rollout : { ...rollout, kept: count, pieces: rollout.pieces.slice(count) };
  }),
});

/** The whole entry; null where it goes on from another state than the one that is known. */
export function wholeEntry({ state, ...entry }: ContinuedEntry, before: SessionEntry | null): SessionEntry | null {
  const rollouts = entry.rollouts.map(({ kept = 0, ...rollout }) => ({
    ...rollout,
    pieces: [...piecesOf(before, rollout.name).slice(0, kept), ...rollout.pieces],
  }));
  const whole = { ...entry, rollouts };
  return rollouts.every(isWhole) && sessionState(whole) === state ? whole : null;
}

const piecesOf = (entry: SessionEntry | null, name: string): Piece[] =>
  entry?.rollouts.find((rollout) => rollout.name === name)?.pieces ?? [];

/** Whether the pieces follow each other from byte 0 to the end. */
function isWhole({ bytes, pieces }: Content): boolean {
  let at = 0;
  for (const { from, to } of pieces) {
    if (from !== at || to <= from) return false;
    at = to;
  }
  return at === bytes;
}
