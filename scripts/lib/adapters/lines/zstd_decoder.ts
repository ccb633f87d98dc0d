// Zstandard, by the reference decoder as WebAssembly. The package `zstddec` starts it asynchronously and takes an error code for a
// byte count; everything here is synchronous and must refuse damage. So of the package only the compiled decoder itself is used, and
// it is started (some 5 ms) when the first compressed rollout is opened, never before.

import fs from 'node:fs';
import { createRequire } from 'node:module';

/** The part of the standard that is used here; the types of Node 22 name it without saying what it is. */
declare const WebAssembly: {
  Module: new (compiled: Uint8Array) => object;
  Instance: new (module: object, imports: Record<string, Record<string, () => void>>) => { exports: unknown };
};

type Address = number;
type Decoder = {
  memory: { buffer: ArrayBuffer };
  malloc(bytes: number): Address;
  free(address: Address): void;
  ZSTD_createDCtx(): Address;
  ZSTD_freeDCtx(context: Address): void;
  ZSTD_decompressStream(context: Address, output: Address, input: Address): number;
};

/** What the reference calls DStreamInSize and DStreamOutSize: a whole block and its header, so every call gets on. */
const INPUT_BYTES = (128 << 10) + 3;
const OUTPUT_BYTES = 128 << 10;
/** Two structs of three 32-bit words: address, size, position. */
const STRUCT_BYTES = 12;

let started: Decoder | null = null;

/** One for all streams: memory of WebAssembly is reserved by the gigabyte and given back late. */
function theDecoder(): Decoder {
  started ??= start();
  return started;
}

function start(): Decoder {
  const module = new WebAssembly.Module(compiledDecoder());
  const imports = { env: { emscripten_notify_memory_growth: () => {} } };
  return new WebAssembly.Instance(module, imports).exports as Decoder;
}

function compiledDecoder(): Buffer {
  const require = createRequire(import.meta.url);
  const source = fs.readFileSync(require.resolve('zstddec/stream'), 'latin1');
  const [, base64] = /const wasm = "([A-Za-z0-9+/=]+)"/.exec(source) ?? [];
  if (!base64) throw new Error('zstddec holds its decoder in another form than version 0.3.4 does');
  return Buffer.from(base64, 'base64');
}

/** Thrown by `decode`; the message completes "it cannot be decompressed: …". */
export class ZstdFault extends Error {}

/**
 * One stream of frames. Put compressed bytes into `room()`, say how many with `accept`, then `decode` and `take` until `needsInput`.
 * Memory is bounded by the decoder's own limit for a window, 128 MiB: what `zstd -d` and Codex take without being asked to.
 */
export class ZstdStream {
  readonly #decoder = theDecoder();
  readonly #context = this.#decoder.ZSTD_createDCtx();
  readonly #memory = this.#decoder.malloc(2 * STRUCT_BYTES + INPUT_BYTES + OUTPUT_BYTES);
  readonly #inputStruct = this.#memory;
  readonly #outputStruct = this.#memory + STRUCT_BYTES;
  readonly #input = this.#memory + 2 * STRUCT_BYTES;
  readonly #output = this.#input + INPUT_BYTES;
  /** What of the output is decoded, and what of that was taken. */
  #decoded = 0;
  #taken = 0;
  #isOpen = true;
  /** True before the first frame as well: only a frame that was begun can be cut short. */
  isBetweenFrames = true;

  constructor() {
    if (this.#context === 0 || this.#memory === 0) throw new Error('there is no memory for a Zstandard decoder');
    this.accept(0);
  }

  /** A place for compressed bytes, valid until the next call of any stream. */
  room(): Buffer {
    return this.#bytes(this.#input, INPUT_BYTES);
  }

  accept(count: number): void {
    this.#point(this.#inputStruct, this.#input, count);
  }

  /** True where `decode` would find nothing to do: all is read, and a full output does not hide more of the frame. */
  get needsInput(): boolean {
    const hidesMore = this.#decoded === OUTPUT_BYTES && !this.isBetweenFrames;
    return this.#isRead() && !hidesMore;
  }

  /** Decodes what there is room for, perhaps nothing. Only when all was taken. */
  decode(): void {
    this.#point(this.#outputStruct, this.#output, OUTPUT_BYTES);
    const result = this.#decoder.ZSTD_decompressStream(this.#context, this.#outputStruct, this.#inputStruct);
    // An unsigned size whose last 120 values are error codes; WebAssembly shows it signed.
    if (result < 0) throw new ZstdFault(FAULTS[-result] ?? `the decoder reports error ${-result}`);
    this.isBetweenFrames = result === 0;
    this.#decoded = this.#words(this.#outputStruct)[2] as number;
    this.#taken = 0;
  }

  /** Copies up to `length` decoded bytes to `target[at]`; 0 when all was taken. */
  take(target: Buffer, at: number, length: number): number {
    const count = this.#bytes(this.#output + this.#taken, this.#decoded - this.#taken).copy(target, at, 0, length);
    this.#taken += count;
    return count;
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#decoder.free(this.#memory);
    this.#decoder.ZSTD_freeDCtx(this.#context);
  }

  #isRead(): boolean {
    const [, size, position] = this.#words(this.#inputStruct);
    return position === size;
  }

  #point(struct: Address, address: Address, size: number): void {
    this.#words(struct).set([address, size, 0]);
  }

  /** Views are made anew each time: when any stream makes the memory grow, older views are empty. */
  #words(struct: Address): Uint32Array {
    return new Uint32Array(this.#decoder.memory.buffer, struct, STRUCT_BYTES / 4);
  }

  #bytes(address: Address, length: number): Buffer {
    return Buffer.from(this.#decoder.memory.buffer, address, length);
  }
}

/** ZSTD_ErrorCode of zstd_errors.h, stable since 1.3.1. */
const FAULTS: Record<number, string> = {
  10: 'it is not in Zstandard format',
  14: 'it uses a feature of the format that this decoder does not know',
  16: 'it needs a window of more than 128 MiB',
  20: 'it is damaged',
  22: 'its content does not match its checksum',
  32: 'it needs a dictionary',
};
