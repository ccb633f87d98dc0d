import { spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { StreamHash } from '../../../scripts/lib/adapters/run/background_hash.ts';

const sha256 = (bytes: Buffer): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

/** Pieces of every awkward size: empty, tiny, around and far beyond one slot. */
function inPieces(bytes: Buffer): Buffer[] {
  const sizes = [0, 1, 7, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, 5 << 20];
  const pieces: Buffer[] = [];
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const size = sizes[turn % sizes.length] as number;
    pieces.push(bytes.subarray(at, at + size));
    at += size;
  }
  return pieces;
}

test.each([
  ['announced as small', 1000],
  ['announced as large', 40 << 20],
])('a stream that was %s has the digest of its bytes', (_what, announced) => {
  const bytes = randomBytes(24 << 20);
  const hash = new StreamHash(announced);
  for (const piece of inPieces(bytes)) hash.update(piece);
  expect(hash.digest()).toBe(sha256(bytes));
});

test('a large announcement for nothing is the digest of nothing', () => {
  expect(new StreamHash(1 << 30).digest()).toBe(sha256(Buffer.alloc(0)));
});

test('bytes may be reused as soon as they were taken', () => {
  const hash = new StreamHash(1 << 30);
  const piece = Buffer.alloc(3 << 20, 1);
  hash.update(piece);
  piece.fill(2);
  hash.update(piece);
  expect(hash.digest()).toBe(sha256(Buffer.concat([Buffer.alloc(3 << 20, 1), Buffer.alloc(3 << 20, 2)])));
});

test.each([
  ['small', 1000],
  ['large', 40 << 20],
])('a stream that was announced as %s tells its digest on the way', (_what, announced) => {
  const pieces = inPieces(randomBytes(24 << 20));
  const hash = new StreamHash(announced);
  pieces.forEach((piece, index) => {
    hash.update(piece);
    if (index % 9 === 0) expect(hash.digestSoFar()).toBe(sha256(Buffer.concat(pieces.slice(0, index + 1))));
  });
  expect(hash.digestSoFar()).toBe(sha256(Buffer.concat(pieces)));
  expect(hash.digest()).toBe(sha256(Buffer.concat(pieces)));
});

describe('a thread that', () => {
  const zeros = sha256(Buffer.alloc(24e6));
  const script = fileURLToPath(new URL('thread_faults.ts', import.meta.url));

  test.each(['is refused', 'never starts', 'ends at once', 'fails at once'])(
    '%s does not stop the run: this one hashes',
    (fault) => {
      const { stdout, stderr, status } = spawnSync(process.execPath, ['--import', 'tsx', script, fault], {
        encoding: 'utf8',
        timeout: 60_000,
      });
      expect([stdout, status], stderr).toEqual([`${zeros} ${zeros}`, 0]);
    },
  );
});
