import type { Explanation } from '../codes/error_table.ts';

const REPAIR = '`adopt --thread-id ID --repair --execute` mends the column; a rollback gives the old value back.';

/** What `adopt` finds beyond what `verify` and `doctor` do. */
export const ADOPT = {
  row_model_provider: {
    means: 'The row has no model provider.',
    matters: 'Lists of Codex hide the session.',
    remedy: REPAIR,
  },
  row_name: {
    means: 'The name that the index knows is not in the row.',
    matters: 'Lists show the first message instead.',
    remedy: REPAIR,
  },
} satisfies Record<string, Explanation>;

export type AdoptCode = keyof typeof ADOPT;
