import type { ByteRange } from '../../domain/json/byte_range.ts';
import type { RightsLines } from '../../domain/rights/recorded_rights.ts';
import { payloadOf, textsIn } from '../../domain/rights/settings_spelling.ts';
import { movedOn, NO_RIGHTS, type RightsPlaces } from '../../domain/rollout/rights_places.ts';
import { headOf } from '../../domain/rollout/rollout_line.ts';
import { linesOf } from '../lines/line_reader.ts';

/** The lines that decide about the rights of a thread, from logical offset `from` on. `places`: where they are in the whole transcript. */
export function readRightsLines(ranges: readonly ByteRange[], places: RightsPlaces, threadId: string, from: number): RightsLines {
  // A turn in front of `from` may ask less than those behind it, which it hides then.
  const isHidden = places.context !== null && places.context < from;
  const at = isHidden ? findPlaces(ranges, threadId, from) : places;
  const line = (offset: number | null): Buffer | null => (offset === null || offset < from ? null : lineAt(ranges, offset));
  const others = at.others && Object.values(at.others).flatMap((offset) => line(offset) ?? []);
  const lines = { settings: line(at.settings), others, context: line(at.context) };
  // Workspace roots of the first line count where no settings say others (0.155 to 0.160).
  const isAsked = from === 0 && lines.settings === null;
  const roots = isAsked ? payloadOf(lineAt(ranges, 0)).runtime_workspace_roots : [];
  return { ...lines, metaRoots: textsIn(roots ?? []) ?? ['/'] };
}

function lineAt(ranges: readonly ByteRange[], offset: number): Buffer | null {
  for (const { bytes } of linesOf(ranges, { offset })) return Buffer.from(bytes);
  return null;
}

/** Of a transcript that nobody has read yet. */
export const findRightsLines = (ranges: readonly ByteRange[], threadId: string): RightsLines =>
  readRightsLines(ranges, findPlaces(ranges, threadId, 0), threadId, 0);

function findPlaces(ranges: readonly ByteRange[], threadId: string, from: number): RightsPlaces {
  let places = NO_RIGHTS;
  for (const line of linesOf(ranges, { offset: from })) places = movedOn(places, line, headOf(line), threadId);
  return places;
}
