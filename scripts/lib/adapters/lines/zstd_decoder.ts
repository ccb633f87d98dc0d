// Node's own decoder, which Node offers for streams that wait and for content that is whole; `minizlib`, which `tar` and npm read archives
// with, makes it synchronous. It is loaded (some 5 ms) when the first compressed rollout is opened, never before.

import { createRequire } from 'node:module';
import type { ZstdDecompress } from 'minizlib';
import { ZstdFault } from './zstd_pieces.ts';

const load = createRequire(import.meta.url);

/** Memory is bounded by the limit for a window, 128 MiB: what `zstd -d` and Codex take without being asked to. */
export class ZstdDecoder {
  readonly #stream: ZstdDecompress;
  #decoded: Buffer[] = [];
  #fault: ZstdFault | null = null;

  constructor() {
    const { ZstdDecompress: Stream } = load('minizlib') as typeof import('minizlib');
    this.#stream = new Stream({});
    this.#stream.on('data', (bytes) => this.#decoded.push(bytes as Buffer));
    this.#stream.on('error', (error) => {
      const { code } = error as { code: string };
      this.#fault = new ZstdFault(FAULTS[code] ?? `the decoder reports ${code}`);
    });
  }

  /** What one more piece of the file gives. */
  decode(piece: Buffer): Buffer[] {
    this.#decoded = [];
    this.#stream.write(piece);
    if (this.#fault) throw this.#fault;
    return this.#decoded;
  }

  close(): void {
    this.#stream.close();
  }
}

const FAULTS: Record<string, string> = {
  ZSTD_error_prefix_unknown: 'it is not in Zstandard format',
  ZSTD_error_frameParameter_unsupported: 'it uses a feature of the format that this decoder does not know',
  ZSTD_error_frameParameter_windowTooLarge: 'it needs a window of more than 128 MiB',
  ZSTD_error_corruption_detected: 'it is damaged',
  ZSTD_error_checksum_wrong: 'its content does not match its checksum',
  ZSTD_error_dictionary_wrong: 'it needs a dictionary',
};
