// SHA-256 of a stream, computed beside the work that reads or writes it. Hashing is a third of what an import costs; on a second
// core it costs nothing. Small streams are hashed at once: a thread takes longer to start than they take.

import { createHash, type Hash } from 'node:crypto';
import { Worker } from 'node:worker_threads';
import { SyncError } from '../../domain/codes/errors.ts';
import { asDigest } from '../../domain/operation/operation.ts';

const SLOT = 1 << 20;
const SLOTS = 8;
/** Below this many bytes no thread is worth its start. */
const WORTH_A_THREAD = 16 << 20;
/** What stands for the bytes of a slot where there are none: the last digest is asked for, or that of all before. */
const THE_END = -1;
const SO_FAR = -2;

/** Counters: slots filled, slots hashed (-1 after the last), who hashes, bytes of each slot. */
const FILLED = 0;
const HASHED = 1;
const OWNER = 2;
const LENGTHS = 3;
/** Values of OWNER. A thread that starts after it was given up finds that out and ends. */
const NOBODY = 0;
const THE_THREAD = 1;
const THIS_THREAD = 2;

/** The thread's half, in plain JavaScript so that it starts without a loader. */
const THREAD = `
const { workerData: { counters, slots, digest } } = require('node:worker_threads');
const hash = require('node:crypto').createHash('sha256');
const count = new Int32Array(counters), bytes = new Uint8Array(slots);
for (let done = 0; Atomics.compareExchange(count, ${OWNER}, ${NOBODY}, ${THE_THREAD}) !== ${THIS_THREAD}; done++) {
  while (Atomics.load(count, ${FILLED}) === done) Atomics.wait(count, ${FILLED}, done);
  const length = count[${LENGTHS} + (done % ${SLOTS})];
  if (length === ${THE_END}) {
    new Uint8Array(digest).set(hash.digest());
    Atomics.store(count, ${HASHED}, -1);
    Atomics.notify(count, ${HASHED});
    break;
  }
  const start = (done % ${SLOTS}) * ${SLOT};
  if (length === ${SO_FAR}) new Uint8Array(digest).set(hash.copy().digest());
  else hash.update(bytes.subarray(start, start + length));
  Atomics.store(count, ${HASHED}, done + 1);
  Atomics.notify(count, ${HASHED});
}
`;

/** How long a thread may take to start before this one does its work, and to go on before it counts as ended. */
const PATIENCE = { start: 2000, goOn: 60_000 };
const STEP_MILLISECONDS = 50;

/** Takes bytes as fast as they come and hashes them elsewhere; waits only when all slots are full. */
class HashThread {
  readonly #counters = new Int32Array(new SharedArrayBuffer(4 * (LENGTHS + SLOTS)));
  readonly #slots = Buffer.from(new SharedArrayBuffer(SLOT * SLOTS));
  readonly #digest = Buffer.from(new SharedArrayBuffer(32));
  /** Where the thread did not start. */
  #own: Hash | null = null;
  #filled = 0;

  /** Throws where the system gives no thread. */
  constructor() {
    const workerData = { counters: this.#counters.buffer, slots: this.#slots.buffer, digest: this.#digest.buffer };
    // Neither a loader nor anything else that this process was started with has anything to do there.
    const worker = new Worker(THREAD, { eval: true, execArgv: [], env: {}, workerData });
    // No event comes while this thread works; what one would tell is seen by the waiting.
    worker.on('error', () => {});
    worker.unref();
  }

  update(bytes: Buffer): void {
    for (let at = 0; at < bytes.length; at += SLOT) {
      const part = bytes.subarray(at, at + SLOT);
      const slot = this.#nextSlot();
      if (this.#own) this.#own.update(part);
      else {
        part.copy(this.#slots, slot * SLOT);
        this.#pass(part.length);
      }
    }
  }

  digest(): string {
    return this.#ask(THE_END, -1) ?? (this.#own as Hash).digest('hex');
  }

  digestSoFar(): string {
    return this.#ask(SO_FAR, this.#filled + 1) ?? (this.#own as Hash).copy().digest('hex');
  }

  /** Null where this thread hashes. */
  #ask(what: number, answered: number): string | null {
    this.#nextSlot();
    if (!this.#own) this.#pass(what);
    this.#waitUntil((hashed) => hashed === answered);
    return this.#own ? null : this.#digest.toString('hex');
  }

  /** The slot to fill next, once it is free. */
  #nextSlot(): number {
    this.#waitUntil((hashed) => this.#filled - hashed < SLOTS);
    return this.#filled % SLOTS;
  }

  #pass(length: number): void {
    this.#counters[LENGTHS + (this.#filled % SLOTS)] = length;
    Atomics.store(this.#counters, FILLED, ++this.#filled);
    Atomics.notify(this.#counters, FILLED);
  }

  /** In many steps: a machine that slept, or a process that was stopped, has used up one. */
  #waitUntil(isDone: (hashed: number) => boolean): void {
    let seen = this.#hashed();
    for (let steps = 0; !this.#own && !isDone(seen); steps++) {
      Atomics.wait(this.#counters, HASHED, seen, STEP_MILLISECONDS);
      const hashed = this.#hashed();
      if (hashed !== seen) steps = 0;
      else if (steps * STEP_MILLISECONDS >= PATIENCE.start) this.#takeOver(steps * STEP_MILLISECONDS);
      seen = hashed;
    }
  }

  #takeOver(waited: number): void {
    const owner = Atomics.compareExchange(this.#counters, OWNER, NOBODY, THIS_THREAD);
    if (owner === NOBODY) {
      this.#own = this.#hashPassed();
      givesThreads = false;
    } else if (waited >= PATIENCE.goOn) throw hasEnded();
  }

  /** None of them was hashed, so all lie in their slots. */
  #hashPassed(): Hash {
    const hash = createHash('sha256');
    for (let slot = 0; slot < this.#filled; slot++) {
      const length = this.#counters[LENGTHS + slot] as number;
      if (length > 0) hash.update(this.#slots.subarray(slot * SLOT, slot * SLOT + length));
    }
    return hash;
  }

  #hashed(): number {
    return Atomics.load(this.#counters, HASHED);
  }
}

const hasEnded = (): SyncError =>
  new SyncError('no_memory', 'The thread that computes checksums has stopped.', {
    where: `Node ${process.version}`,
    hint: 'run the same command again; if it happens again, the limits of this process (memory, threads) are too low',
  });

/** Once the system has given no thread, or none that starts, it is not asked again. */
let givesThreads = true;

function threadOrHash(): HashThread | Hash {
  if (givesThreads) {
    try {
      return new HashThread();
    } catch {
      givesThreads = false;
    }
  }
  return createHash('sha256');
}

/** Knows only at the end how long the stream was, so it is told at the start how long it may be; infinity where nobody knows. */
export class StreamHash {
  readonly #hash: Hash | HashThread;

  constructor(expectedBytes: number) {
    const isWorthIt = expectedBytes >= WORTH_A_THREAD && expectedBytes !== Number.POSITIVE_INFINITY;
    this.#hash = isWorthIt ? threadOrHash() : createHash('sha256');
  }

  update(bytes: Buffer): void {
    this.#hash.update(bytes);
  }

  /** Of what came until now; more may come. */
  digestSoFar(): string {
    return asDigest(this.#hash instanceof HashThread ? this.#hash.digestSoFar() : this.#hash.copy().digest('hex'));
  }

  digest(): string {
    return asDigest(this.#hash instanceof HashThread ? this.#hash.digest() : this.#hash.digest('hex'));
  }
}
