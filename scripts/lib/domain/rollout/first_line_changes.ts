import { members } from '../json/json_bytes.ts';
import { COMMA } from '../json/json_syntax.ts';
import { type Edit, splice } from '../json/splice.ts';
import { readHead } from './rollout_line.ts';
import { PLUGIN_FOLDERS } from './session_meta.ts';

/**
 * What becomes other in the first line of a new rollout. `ownFrom`: all lines are numbered anew, since the file continues another one there
 * or is misnumbered, and from this ordinal on they are not its parent's; null where they keep their numbers. `modelProvider`: null where it stays.
 * `withoutPlugins`: the folders go that Codex would take plugins from, and start programs of.
 */
export type FirstLineChanges = { ownFrom: number | null; modelProvider: string | null; withoutPlugins: boolean };

/** What a fork calls it, and a sub-agent that began with its parent's history. */
const OWN_FROM = new Set(['forked_from_ordinal_exclusive', 'subagent_history_start_ordinal']);

export function respellFirstLine(bytes: Buffer, { ownFrom, modelProvider, withoutPlugins }: FirstLineChanges): Buffer {
  const edits: Edit[] = [];
  const { payloadStart } = readHead(bytes);
  let before = payloadStart + 1;
  for (const { key, keyStart, valueStart, valueEnd } of members(bytes, payloadStart)) {
    const replaceBy = (after: string): number => edits.push({ start: valueStart, end: valueEnd, after });
    // The comma goes with the member: the one in front of it, or behind it where it is the first.
    const isFirst = before === payloadStart + 1;
    if (key === 'model_provider' && modelProvider !== null) replaceBy(JSON.stringify(modelProvider));
    if (key === PLUGIN_FOLDERS && withoutPlugins) replaceBy('[]');
    if (OWN_FROM.has(key) && ownFrom) replaceBy(String(ownFrom));
    if (key === 'history_base' && ownFrom !== null)
      edits.push({
        start: isFirst ? keyStart : before,
        end: isFirst ? bytes.indexOf(COMMA, valueEnd) + 1 : valueEnd,
        after: '',
      });
    before = valueEnd;
  }
  return splice(bytes, edits);
}
