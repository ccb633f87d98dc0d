import { asThreadId } from '../ids/thread_id.ts';
import { members, textOf } from '../json/json_bytes.ts';
import { type LineHead, SETTINGS, stringMember } from './rollout_line.ts';

/**
 * Where in a transcript the lines begin that a resumed thread can have its rights from: its last settings, later ones of other threads
 * (a fork has those of its parents; they count up to 0.151, and one of those threads this may become here), by thread, and behind its
 * settings the context of a turn that asks least (`asks`): Codex may be unable to read a later one. Null where there is none; `others` is
 * null where they are of more threads than any fork has, or where a record could be settings that are spelled in another way.
 */
export type RightsPlaces = {
  settings: number | null;
  others: Record<string, number> | null;
  context: number | null;
  asks: number;
};

/** A record that is no plain settings line and says this word may be one to Codex (a member twice, a payload that is an array). */
const SETTINGS_WORD = Buffer.from('thread_settings_applied');

const MOST = 4;
const MOST_OTHERS = 16;
export const NO_RIGHTS: RightsPlaces = { settings: null, others: {}, context: null, asks: MOST };

/** The places after one more line. */
export function movedOn(
  places: RightsPlaces,
  { bytes, offset }: { bytes: Buffer; offset: number },
  head: LineHead,
  threadId: string,
): RightsPlaces {
  if (head.kind === 'turn_context') {
    const asks = asksIn(bytes, head);
    return asks <= places.asks ? { ...places, context: offset, asks } : places;
  }
  if (head.kind !== SETTINGS) return bytes.includes(SETTINGS_WORD) ? { ...places, others: null } : places;
  const named = stringMember(bytes, head.payloadStart, 'thread_id');
  // Codex reads ids in other spellings too, its own among them: what is not plainly another thread's is judged as the thread's.
  const isForeign = asThreadId(named) !== null && named !== threadId;
  if (!isForeign) return { ...NO_RIGHTS, settings: offset };
  const others = places.others && { ...places.others, [named]: offset };
  return { ...places, others: others && Object.keys(others).length > MOST_OTHERS ? null : others };
}

const ASKS = new Map([
  ['untrusted', 3],
  ['on-request', 2],
  ['on-failure', 1],
]);

/**
 * How much Codex asks in that turn, by the least of what its members say, in whatever order; nothing where they are no words that we
 * know. Below nothing is a named profile, which Codex takes over from a turn (0.150 to 0.171).
 */
function asksIn(bytes: Buffer, { payloadStart }: LineHead): number {
  let approval: number | null = null;
  let least = MOST;
  for (const { key, valueStart, valueEnd } of members(bytes, payloadStart)) {
    if (key === 'approval_policy') approval = Math.min(approval ?? MOST, ASKS.get(textOf(bytes, valueStart, valueEnd)) ?? 0);
    if (key === 'approvals_reviewer' && textOf(bytes, valueStart, valueEnd) !== 'user') least = Math.min(least, 0);
    if (key === 'active_permission_profile') least = Math.min(least, profileIn(bytes.toString('utf8', valueStart, valueEnd)));
  }
  return Math.min(approval ?? 0, least);
}

/** The wider, the lower; what is none of Codex's own narrow ones is the widest. */
function profileIn(text: string): number {
  if (text === 'null') return MOST;
  return text.includes('":read-only"') ? -1 : text.includes('":workspace"') ? -2 : -3;
}
