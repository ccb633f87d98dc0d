import { expect, test } from 'vitest';
import { decoded, encoded } from '../../../scripts/lib/adapters/exchange/commit_file.ts';
import type { Commit, ContinuedEntry } from '../../../scripts/lib/domain/exchange/commit.ts';

const commit = (titles: string[]): Commit =>
  ({
    seq: 1,
    sessions: titles.map((title) => ({ thread_id: 'x', row: { title } }) as unknown as ContinuedEntry),
  }) as unknown as Commit;

test('what could not be read back is not written', () => {
  const fine = commit(['a'.repeat(300), 'b'.repeat(300)]);
  expect(decoded(encoded(fine, 1024)).toString().split('\n').length).toBe(3);
  expect(() => encoded(commit(['a'.repeat(600), 'b'.repeat(600)]), 1024)).toThrow(
    expect.objectContaining({ code: 'package_too_large' }),
  );
});
