import { type ByteRange, lengthOf } from '../../domain/rollout/byte_range.ts';
import { movedOn, NO_RIGHTS, type RightsPlaces } from '../../domain/rollout/rights_places.ts';
import { headOf } from '../../domain/rollout/rollout_line.ts';
import { linesOf } from '../lines/line_reader.ts';

/** Of a transcript that nobody has read yet. */
export function findRightsPlaces(ranges: readonly ByteRange[]): RightsPlaces {
  let places = NO_RIGHTS;
  for (const line of linesOf(ranges)) places = movedOn(places, line.offset, headOf(line));
  return places;
}

/** The line that begins at a logical offset, without its newline. */
export function lineAt(ranges: readonly ByteRange[], offset: number): Buffer | null {
  for (const { bytes } of linesOf(ranges, { offset })) return Buffer.from(bytes);
  return null;
}

/** Few turns are longer, and what stands behind settings that are said again is less. */
const LOOKED_AT = 256 << 10;

/** All lines from a logical offset on; null where they are too long to be looked at one by one. */
export function linesFrom(ranges: readonly ByteRange[], offset: number): Buffer[] | null {
  if (lengthOf(ranges) - offset > LOOKED_AT) return null;
  const lines: Buffer[] = [];
  for (const { bytes } of linesOf(ranges, { offset })) lines.push(Buffer.from(bytes));
  return lines;
}
