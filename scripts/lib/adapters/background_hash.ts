// SHA-256 of a stream, computed beside the work that reads or writes it. Hashing is a third of what an import costs; on a second
// core it costs nothing. Small streams are hashed at once: a thread takes longer to start than they take.

import { createHash, type Hash } from 'node:crypto';
import { Worker } from 'node:worker_threads';

const SLOT = 1 << 20;
const SLOTS = 8;
/** Below this many bytes no thread is worth its start. */
const WORTH_A_THREAD = 16 << 20;
/** What stands for the bytes of a slot where there are none: the last digest is asked for, or that of all before. */
const THE_END = -1;
const SO_FAR = -2;

/** The thread's half, in plain JavaScript so that it starts without a loader. Counters: slots filled, slots hashed, bytes of each slot. */
const THREAD = `
const { workerData: { counters, slots, digest } } = require('node:worker_threads');
const hash = require('node:crypto').createHash('sha256');
const count = new Int32Array(counters), bytes = new Uint8Array(slots);
for (let done = 0; ; done++) {
  while (Atomics.load(count, 0) === done) Atomics.wait(count, 0, done);
  const length = count[2 + (done % ${SLOTS})];
  if (length === ${THE_END}) break;
  const start = (done % ${SLOTS}) * ${SLOT};
  if (length === ${SO_FAR}) new Uint8Array(digest).set(hash.copy().digest());
  else hash.update(bytes.subarray(start, start + length));
  Atomics.store(count, 1, done + 1);
  Atomics.notify(count, 1);
}
new Uint8Array(digest).set(hash.digest());
Atomics.store(count, 1, -1);
Atomics.notify(count, 1);
`;

/** Takes bytes as fast as they come and hashes them elsewhere; waits only when all slots are full. */
class HashThread {
  readonly #counters = new Int32Array(new SharedArrayBuffer(4 * (2 + SLOTS)));
  readonly #slots = Buffer.from(new SharedArrayBuffer(SLOT * SLOTS));
  readonly #digest = Buffer.from(new SharedArrayBuffer(32));
  readonly #worker: Worker;
  #filled = 0;

  constructor() {
    const workerData = { counters: this.#counters.buffer, slots: this.#slots.buffer, digest: this.#digest.buffer };
    // No execArgv: a loader that this process was started with has nothing to do there.
    this.#worker = new Worker(THREAD, { eval: true, execArgv: [], workerData });
    this.#worker.unref();
  }

  update(bytes: Buffer): void {
    for (let at = 0; at < bytes.length; at += SLOT) {
      const part = bytes.subarray(at, at + SLOT);
      part.copy(this.#slots, this.#nextSlot() * SLOT);
      this.#pass(part.length);
    }
  }

  digest(): string {
    this.#nextSlot();
    this.#pass(THE_END);
    for (let hashed = this.#hashed(); hashed !== -1; hashed = this.#hashed()) Atomics.wait(this.#counters, 1, hashed);
    return this.#digest.toString('hex');
  }

  digestSoFar(): string {
    this.#nextSlot();
    this.#pass(SO_FAR);
    for (let hashed = this.#hashed(); hashed !== this.#filled; hashed = this.#hashed()) Atomics.wait(this.#counters, 1, hashed);
    return this.#digest.toString('hex');
  }

  /** The slot to fill next, once it is free. */
  #nextSlot(): number {
    for (let hashed = this.#hashed(); this.#filled - hashed >= SLOTS; hashed = this.#hashed())
      Atomics.wait(this.#counters, 1, hashed);
    return this.#filled % SLOTS;
  }

  #pass(length: number): void {
    this.#counters[2 + (this.#filled % SLOTS)] = length;
    Atomics.store(this.#counters, 0, ++this.#filled);
    Atomics.notify(this.#counters, 0);
  }

  #hashed(): number {
    return Atomics.load(this.#counters, 1);
  }
}

/** Knows only at the end how long the stream was, so it is told at the start how long it may be; infinity where nobody knows. */
export class StreamHash {
  readonly #hash: Hash | HashThread;

  constructor(expectedBytes: number) {
    this.#hash =
      expectedBytes < WORTH_A_THREAD || expectedBytes === Number.POSITIVE_INFINITY ? createHash('sha256') : new HashThread();
  }

  update(bytes: Buffer): void {
    this.#hash.update(bytes);
  }

  /** Of what came until now; more may come. */
  digestSoFar(): string {
    return spelled(this.#hash instanceof HashThread ? this.#hash.digestSoFar() : this.#hash.copy().digest('hex'));
  }

  digest(): string {
    return spelled(this.#hash instanceof HashThread ? this.#hash.digest() : this.#hash.digest('hex'));
  }
}

/** As this project spells digests. */
const spelled = (hex: string): string => `sha256:${hex}`;
