// Loaded before a process of its own: threads do not start, end at once, or end in the middle. Prints the digest of 24 MB of zeros, in pieces.

import { createRequire, syncBuiltinESMExports } from 'node:module';
import type { Worker, WorkerOptions } from 'node:worker_threads';

// Before threads fail: what loads TypeScript may need one.
const { StreamHash } = await import('../../../scripts/lib/adapters/run/background_hash.ts');

const threads = createRequire(import.meta.url)('node:worker_threads') as { Worker: typeof Worker };
const Real = threads.Worker;

const FAULTS: Record<string, unknown> = {
  'is refused': class {
    constructor() {
      throw Object.assign(new Error('EAGAIN'), { code: 'ERR_WORKER_INIT_FAILED' });
    }
  },
  'never starts': class {
    on(): void {}
    unref(): void {}
  },
  'ends at once': class extends Real {
    constructor(_code: string, options: WorkerOptions) {
      super('process.exit(0)', options);
    }
  },
  'fails at once': class extends Real {
    constructor(_code: string, options: WorkerOptions) {
      super('throw new Error("no memory")', options);
    }
  },
};

const fault = FAULTS[String(process.argv[2])];
if (fault) threads.Worker = fault as never;
syncBuiltinESMExports();

const one = new StreamHash(24e6);
for (let piece = 0; piece < 24; piece++) one.update(Buffer.alloc(1e6));
const soFar = one.digestSoFar();
one.update(Buffer.alloc(0));
process.stdout.write(`${soFar} ${one.digest()}`);
