// Names that this tool gives, by which a person tells a branch or a copy from the session beside it. Such a name is nobody's wish: it
// travels as what it is, and never becomes the name of a session that a user has.

import type { Transcript } from '../compare/transcript.ts';
import type { Row } from '../operation/operation.ts';
import type { Sidecar } from '../sidecar/sidecar_store.ts';
import { nameOf } from '../thread/thread_name.ts';

const LONGEST = 60;

/** The time is that of the incoming side's last line. A mark that `name` has already is not made longer. */
export function nameOfCopy(kind: 'branch' | 'copy', name: string, { lastTimestamp, meta }: Transcript): string {
  const characters = [...withoutMark(name)];
  const short = characters.length > LONGEST ? `${characters.slice(0, LONGEST - 1).join('')}…` : characters.join('');
  return `${short} (${kind === 'branch' ? 'incoming branch' : 'imported copy'}, ${minuteOf(lastTimestamp ?? meta?.timestamp)})`;
}

/** A rollout holds what somebody wrote there; only a time becomes a part of a name. */
const minuteOf = (timestamp = ''): string =>
  /^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(timestamp) ? `${timestamp.slice(0, 16).replace('T', ' ')} UTC` : 'time unknown';

/** As every version has made it, also where another tool has cut the end off. */
const MARK = / \((?:incoming branch|imported copy), (?:[\d :-]{0,16} UTC\)|time unknown\)|[\d :-]{0,16}(?: UTC)?(?:…|\.{3}))$/;

export const isMadeName = (name: string): boolean => MARK.test(name);

/** What the name was made from. */
export const withoutMark = (name: string): string => (isMadeName(name) ? withoutMark(name.replace(MARK, '')) : name);

type Named = { threadId: string; row: Row | null; name: string | null };

/** What a user calls a session of this home; null where nobody does, or a tool does. */
export function userNameOf(session: Named, sidecar: Sidecar): string | null {
  const name = nameOf(session.row ?? {}, session.name);
  return name !== null && isMadeLocally(name, session.threadId, sidecar) ? null : name;
}

/** The made name that a session of this home has, in whichever place; null where it has none. */
export const madeNameOf = ({ threadId, row, name }: Named, sidecar: Sidecar): string | null =>
  [row?.name, name, row?.title].find(
    (text): text is string => typeof text === 'string' && isMadeLocally(text, threadId, sidecar),
  ) ?? null;

/**
 * The pattern says it, unless the sidecar knows better: it remembers which name a branch was given, and a user may have made another one
 * out of that.
 */
function isMadeLocally(name: string, threadId: string, sidecar: Sidecar): boolean {
  if (!isMadeName(name)) return false;
  const points = sidecar.pointsOfHead(threadId);
  const remembered = points.flatMap((point) => (point.name !== null && isMadeName(point.name) ? [point.name] : []));
  if (remembered.length > 0) return remembered.includes(name);
  const origin = sidecar.originOf(threadId);
  return points.length === 0 || origin === 'branch' || origin === 'copy';
}
