import { members } from './json_bytes.ts';
import { readHead } from './rollout_line.ts';
import { type Edit, splice } from './splice.ts';

/**
 * What becomes other in the first line of a new rollout. `ownFrom`: all lines are numbered anew, since the file continues another one there
 * or is misnumbered, and from this ordinal on they are not its parent's; null where they keep their numbers. `modelProvider`: null where it stays.
 */
export type FirstLine = { ownFrom: number | null; modelProvider: string | null };

/** What a fork calls it, and a sub-agent that began with its parent's history. */
const OWN_FROM = new Set(['forked_from_ordinal_exclusive', 'subagent_history_start_ordinal']);

export function respellFirstLine(bytes: Buffer, { ownFrom, modelProvider }: FirstLine): Buffer {
  const edits: Edit[] = [];
  const { payloadStart } = readHead(bytes);
  let before = payloadStart + 1;
  for (const { key, keyStart, valueStart, valueEnd } of members(bytes, payloadStart)) {
    const replaceBy = (after: string): number => edits.push({ start: valueStart, end: valueEnd, after });
    // The comma goes with the member: the one in front of it, or behind it where it is the first.
    const isFirst = before === payloadStart + 1;
    if (key === 'model_provider' && modelProvider !== null) replaceBy(JSON.stringify(modelProvider));
    if (OWN_FROM.has(key) && ownFrom) replaceBy(String(ownFrom));
    if (key === 'history_base' && ownFrom !== null)
      edits.push({
        start: isFirst ? keyStart : before,
        end: isFirst ? bytes.indexOf(0x2c, valueEnd) + 1 : valueEnd,
        after: '',
      });
    before = valueEnd;
  }
  return splice(bytes, edits);
}
