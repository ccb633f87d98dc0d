// The buffers that files are read into.

/** Bytes that are read at once. */
export const CHUNK = 1 << 20;

const spare: Buffer[] = [];
const MOST_SPARE = 2;

/** A buffer of one chunk; a used one where there is one, since its pages are there already: half the time of reading a small file. */
export const takeChunk = (): Buffer => spare.pop() ?? Buffer.allocUnsafe(CHUNK);

/** Whoever gives a chunk back looks at it no more. */
export function giveChunk(chunk: Buffer): void {
  if (chunk.length === CHUNK && spare.length < MOST_SPARE) spare.push(chunk);
}

export function withChunk<Result>(work: (chunk: Buffer) => Result): Result {
  const chunk = takeChunk();
  try {
    return work(chunk);
  } finally {
    giveChunk(chunk);
  }
}
