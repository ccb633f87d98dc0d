// The bytes of one session as pieces: those that the place has are named again, only what is new is packed.

import path from 'node:path';
import { statFile } from '../../adapters/disk/file_reading.ts';
import { packBytes, packLines } from '../../adapters/exchange/content_pieces.ts';
import type { InStep } from '../../adapters/exchange/exchange_state.ts';
import type { PackWriter } from '../../adapters/exchange/packs.ts';
import { digestRanges } from '../../adapters/lines/range_reader.ts';
import { knownEnd } from '../../adapters/lines/rollout_bytes.ts';
import { SyncError } from '../../domain/codes/errors.ts';
import type { Content, Piece, PublishedRollout } from '../../domain/exchange/commit.ts';
import { uncompressed } from '../../domain/ids/rollout_name.ts';
import type { Departure } from '../../planning/exchange/departures.ts';

/** `before`: what of the session the place had. `isThere`: whether a piece of it is still published by anybody. */
export type Known = { before: InStep | null; isThere(piece: Piece): boolean };

export async function publishContents(
  { files, images, local }: Departure,
  { before, isThere }: Known,
  packs: PackWriter,
): Promise<Pick<InStep, 'upto' | 'tail' | 'contents'>> {
  const [{ file }, ...bases] = files as [Departure['files'][0], ...Departure['files']];
  const areThere = ({ pieces }: Content): boolean => pieces.every(isThere);
  const [ownBefore, ...others] = before?.contents.rollouts ?? [];
  const grown = before && ownBefore && areThere(ownBefore) && hasOnlyGrown(file, before) ? ownBefore : null;
  const { upto, ...rollout } = await publishRollout(file, local.mtime, grown && startFrom(grown, before?.upto ?? 0), packs);
  const known = { rollouts: others.filter(areThere), images: before?.contents.images.filter(areThere) ?? [] };
  const rollouts = [rollout];
  for (const base of bases)
    rollouts.push({
      ...(await publishWhole(base.file, nameOf(base.file), base.to ?? 0, known.rollouts, packs)),
      mtime: statFile(base.file)?.mtime ?? 0,
    });
  const published: Content[] = [];
  for (const { name, file: image } of images)
    published.push(await publishWhole(image, name, statFile(image)?.size ?? 0, known.images, packs));
  return { upto, tail: tailOf(file, upto), contents: { rollouts, images: published } };
}

const nameOf = (file: string): string => uncompressed(path.basename(file));

/** `start`: null where all of it is packed. `upto`: what of the local file that is. */
async function publishRollout(
  file: string,
  mtime: number,
  start: Start | null,
  packs: PackWriter,
): Promise<PublishedRollout & { upto: number }> {
  const { name, at, bytes: before, pieces: kept } = start ?? { name: nameOf(file), at: 0, bytes: 0, pieces: [] };
  const { pieces, read } = await packLines({ file, from: at, to: knownEnd(file) }, before, packs);
  const bytes = pieces.at(-1)?.to ?? before;
  if (bytes === 0) throw new SyncError('malformed_rollout', 'it has no whole line yet', { where: file });
  return { name, bytes, mtime, pieces: [...kept, ...pieces], upto: at + read };
}

/** Every turn adds a piece. When there are many small ones at the end they are packed again, as one. */
const MOST_SMALL = 64;
const SMALL_BYTES = 256 << 10;

/** Where packing goes on: local byte `at`, which is byte `bytes` of the content, behind these pieces. */
type Start = { name: string; at: number; bytes: number; pieces: Piece[] };

function startFrom({ name, bytes, pieces }: PublishedRollout, upto: number): Start {
  const kept = pieces.findLastIndex(({ from, to }) => to - from >= SMALL_BYTES) + 1;
  const small = pieces[kept];
  // Only where the bytes here are those of the content: what came from elsewhere is spelled differently there.
  if (!small || pieces.length - kept < MOST_SMALL || upto !== bytes) return { name, at: upto, bytes, pieces };
  return { name, at: small.from, bytes: small.from, pieces: pieces.slice(0, kept) };
}

function hasOnlyGrown(file: string, { file: before, upto, tail }: InStep): boolean {
  return nameOf(before) === nameOf(file) && upto > 0 && knownEnd(file) >= upto && tailOf(file, upto) === tail;
}

/** Nobody changes what lies further back and leaves these bytes as they are. */
const TAIL_BYTES = 4096;

export const tailOf = (file: string, upto: number): string =>
  digestRanges([{ file, from: Math.max(0, upto - TAIL_BYTES), to: upto }]);

/** An image, or the beginning of a rollout that others continue: neither changes once it is there. */
async function publishWhole(
  file: string,
  name: string,
  bytes: number,
  known: readonly Content[],
  packs: PackWriter,
): Promise<Content> {
  const same = known.find((content) => content.name === name && content.bytes === bytes);
  if (same) return { name, bytes, pieces: same.pieces };
  const { pieces } = await packBytes({ file, from: 0, to: bytes }, 0, packs);
  return { name, bytes: pieces.at(-1)?.to ?? 0, pieces };
}
