// A Zstandard file taken apart (RFC 8878): a decoder that is given these pieces ends where a frame does, never gives more than one block at
// a time, and nothing of a file that is cut short is taken for its end.

/** Thrown for what no decoder reads; the message completes "it cannot be decompressed: …". */
export class ZstdFault extends Error {}

/** What comes next in the file: `see` gives up to `length` bytes of it, fewer only at its end, and `pass` goes on behind them. */
export type Source = { see(length: number): Buffer; pass(length: number): void };

const MAGIC = 0xfd2fb528;
const BLOCK_BYTES = 128 << 10;

/** The header of each frame, its blocks, its checksum. Skippable frames are passed over. */
export function* piecesOf(source: Source): Generator<Buffer> {
  while (source.see(1).length > 0) {
    const magic = whole(source, 4).readUInt32LE();
    if (magic >>> 4 === 0x184d2a5) skipFrame(source);
    else if (magic === MAGIC) yield* frameOf(source);
    else throw new ZstdFault('it is not in Zstandard format');
  }
}

function* frameOf(source: Source): Generator<Buffer> {
  const descriptor = whole(source, 5)[4] as number;
  yield* piece(source, headerBytes(descriptor));
  for (let isLast = false; !isLast; ) {
    const header = whole(source, 3).readUIntLE(0, 3);
    isLast = (header & 1) === 1;
    yield* piece(source, 3 + blockBytes((header >> 1) & 3, header >> 3));
  }
  if (descriptor & 4) yield* piece(source, 4);
}

/** Magic number, descriptor, and what the descriptor says there is: window, dictionary, size of the content. */
function headerBytes(descriptor: number): number {
  const isSingle = (descriptor >> 5) & 1;
  const size = descriptor >> 6;
  return 5 + (1 - isSingle) + [0, 1, 2, 4][descriptor & 3]! + (size === 0 ? isSingle : 1 << size);
}

const REPEATED = 1;
const COMPRESSED = 2;

/** A block of one byte that is repeated holds that byte; `size` says how often. */
function blockBytes(kind: number, size: number): number {
  const isEmpty = kind === COMPRESSED && size === 0;
  if (kind > COMPRESSED || isEmpty || size > BLOCK_BYTES) throw new ZstdFault('it is damaged');
  return kind === REPEATED ? 1 : size;
}

function skipFrame(source: Source): void {
  let left = 8 + whole(source, 8).readUInt32LE(4);
  for (; left > 0; left -= Math.min(left, BLOCK_BYTES)) {
    whole(source, Math.min(left, BLOCK_BYTES));
    source.pass(Math.min(left, BLOCK_BYTES));
  }
}

function* piece(source: Source, length: number): Generator<Buffer> {
  yield whole(source, length);
  source.pass(length);
}

function whole(source: Source, length: number): Buffer {
  const bytes = source.see(length);
  if (bytes.length < length) throw new ZstdFault('it is truncated');
  return bytes;
}
