import { test } from 'vitest';

/**
 * Tests that tell one story in order: each goes on from the state that the one before left. After a failure the rest
 * is skipped, because it would only repeat the same failure in other words.
 */
export function chapters(): (outcome: string, tell: () => Promise<void>) => void {
  let broken = false;
  return (outcome, tell) =>
    test(outcome, async ({ skip }) => {
      skip(broken, 'an earlier chapter failed');
      broken = true;
      await tell();
      broken = false;
    });
}
