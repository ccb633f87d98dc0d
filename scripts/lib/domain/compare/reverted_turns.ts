// Turns that the user took back in a legacy history. The lines stay where they are and a marker follows (`thread_rolled_back`); a
// migrated copy has neither. A paginated history knows reverts instead, which make another file.

import { headOf, type LineSource, type RolloutLine, startsTurn } from '../rollout/rollout_line.ts';

/** Bytes of a transcript, from the first line of a turn to past the marker that took it back. */
export type RevertedSpan = { from: number; to: number };

type Turn = { from: number; hasUser: boolean };

/** The spans of a whole transcript, in its order; none contains another. */
export function findRevertedTurns(source: LineSource): RevertedSpan[] {
  const turns: Turn[] = [];
  let spans: RevertedSpan[] = [];
  let message: number | null = null;
  for (let line = source.next(); line; line = source.next()) {
    const { kind } = headOf(line);
    if (startsTurn(headOf(line))) turns.push({ from: line.offset, hasUser: false });
    else if (kind === 'response_item/message') message = line.offset;
    else if (kind === 'event_msg/user_message') addUser(turns, message ?? line.offset);
    else if (kind === 'event_msg/thread_rolled_back') spans = takeBack(turns, line, spans);
  }
  return spans;
}

/** Very old Codex wrote no line where a turn starts: there it starts with the user's message. */
function addUser(turns: Turn[], messageAt: number): void {
  const turn = turns.at(-1);
  if (turn && !turn.hasUser) turn.hasUser = true;
  else turns.push({ from: messageAt, hasUser: true });
}

/** Counts turns with words of the user only; a compaction between them goes with them. */
function takeBack(turns: Turn[], marker: RolloutLine, spans: RevertedSpan[]): RevertedSpan[] {
  let from: number | null = null;
  for (let left = turnsOf(marker); left > 0 && turns.length > 0; ) {
    const turn = turns.pop() as Turn;
    from = turn.from;
    if (turn.hasUser) left--;
  }
  if (from === null) return spans;
  const start = from;
  return [...spans.filter((span) => span.from < start), { from: start, to: marker.end }];
}

function turnsOf({ bytes }: RolloutLine): number {
  const count = /"num_turns"\s*:\s*(\d+)/.exec(bytes.toString('latin1'))?.[1];
  return Number(count ?? 0);
}
