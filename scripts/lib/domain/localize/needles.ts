// What to look for in a rollout so that only lines that localization may change are looked at.

import { parsePath } from '../paths/foreign_path.ts';
import { DOCUMENTS, type Localization } from './localization.ts';

/**
 * Byte strings one of which every line holds that localization changes; null where such a line can be spelled in too many ways to tell.
 * A path below a rule's `from` holds its last component, an id holds itself.
 */
export function needlesOf({ rules, ids, windowId }: Localization): Buffer[] | null {
  const starts = startsOf([...ids.keys()]);
  // An extension can change any path.
  if (starts === null || (rules.extensions ?? []).length > 0) return null;
  const needles = [...DOCUMENTS_IN_JSON, ...starts, ...(windowId ? ['window_id'] : []), ...SPELLED_OTHERWISE];
  for (const { from } of rules.explicit) {
    const parsed = parsePath(from);
    const last = parsed?.components.at(-1) ?? '';
    if (parsed?.style !== 'posix' || !SPELLED_ONE_WAY.test(last)) return null;
    needles.push(last);
  }
  return needles.map((needle) => Buffer.from(needle.slice(0, FAST_NEEDLE)));
}

/**
 * The beginnings of these ids, few enough to look for each. Ids begin with their time, so those of one tree share much of it (seven
 * digits are about a quarter of an hour, four are years); null where no beginning is worth looking for.
 */
function startsOf(ids: string[]): string[] | null {
  for (let length = FAST_NEEDLE; length >= 4; length--) {
    const starts = new Set(ids.map((id) => id.slice(0, length)));
    if (starts.size <= MOST_STARTS) return [...starts];
  }
  return null;
}

const MOST_STARTS = 3;

/** Bytes up to which V8 looks for a needle with memchr; a longer one takes three times as long, a shorter one only finds a few lines more. */
const FAST_NEEDLE = 7;

const DOCUMENTS_IN_JSON = [DOCUMENTS, DOCUMENTS.toUpperCase(), '\\documents'];

/** ASCII that is spelled as an escape, and URIs, in which any letter can be percent-encoded. */
const SPELLED_OTHERWISE = ['\\u00', 'file://'];
const SPELLED_ONE_WAY = /^[A-Za-z0-9._-]+$/;
