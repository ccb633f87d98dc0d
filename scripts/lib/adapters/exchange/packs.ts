// Packs: zstd frames, one behind the other. Each frame is a stretch of a rollout or of an image.

import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import type { Piece } from '../../domain/exchange/commit.ts';
import { packPlace } from '../../domain/exchange/place_layout.ts';
import { hashOf, type PlaceFiles } from '../place/place_files.ts';

/** Decoded bytes of a frame, and stored bytes of a pack, at most; but a pack holds at least one frame. */
export const PIECE_BYTES = 4 << 20;
const PACK_BYTES = 16 << 20;

const LEVEL = { params: { [constants.ZSTD_c_compressionLevel]: 3 } };

/** Gathers frames of this machine and stores them. */
export class PackWriter {
  readonly #machine: string;
  readonly #files: PlaceFiles;
  #frames: Buffer[] = [];
  #pieces: Piece[] = [];
  #size = 0;
  readonly written: string[] = [];
  bytes = 0;

  constructor(machine: string, files: PlaceFiles) {
    this.#machine = machine;
    this.#files = files;
  }

  /** The piece learns its pack when that is stored: at `flush`, or before. */
  async add(bytes: Buffer, from: number): Promise<Piece> {
    const frame = zstdCompressSync(bytes, LEVEL);
    if (this.#size > 0 && this.#size + frame.length > PACK_BYTES) await this.flush();
    const place = { machine: this.#machine, pack: '', offset: this.#size, length: frame.length };
    const piece = { ...place, from, to: from + bytes.length, digest: hashOf(bytes) };
    this.#frames.push(frame);
    this.#pieces.push(piece);
    this.#size += frame.length;
    return piece;
  }

  async flush(): Promise<void> {
    if (this.#size === 0) return;
    const { name, hash } = await this.#files.write((pack) => packPlace(this.#machine, pack), Buffer.concat(this.#frames));
    for (const piece of this.#pieces) piece.pack = hash;
    this.written.push(name);
    this.bytes += this.#size;
    this.#frames = [];
    this.#pieces = [];
    this.#size = 0;
  }
}

/** Gives the bytes of pieces back. The pack that was read last is kept. */
export class PackReader {
  readonly #files: PlaceFiles;
  #last: { place: string; bytes: Buffer | null } | null = null;

  constructor(files: PlaceFiles) {
    this.#files = files;
  }

  /** Null where they are not there, or not whole. */
  async read(piece: Piece): Promise<Buffer | null> {
    const place = packPlace(piece.machine, piece.pack);
    if (this.#last?.place !== place) this.#last = { place, bytes: await this.#files.read(place) };
    return this.#last.bytes && unpack(this.#last.bytes, piece);
  }
}

function unpack(pack: Buffer, { offset, length, from, to, digest }: Piece): Buffer | null {
  try {
    const bytes = zstdDecompressSync(pack.subarray(offset, offset + length), { maxOutputLength: to - from });
    return bytes.length === to - from && hashOf(bytes) === digest ? bytes : null;
  } catch {
    return null;
  }
}
