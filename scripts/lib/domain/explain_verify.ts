import type { Explanation } from './explain_errors.ts';

const MENDED_BY_SYNC = 'Sync the same package again: it mends rows. `adopt --repair --execute` does it without a package.';

/** What `verify` finds. */
export const VERIFY = {
  rollout_missing: {
    means: 'A session that the sidecar knows has no rollout here.',
    matters: 'It was deleted here, or the home is an older copy.',
    remedy: 'Run `sidecar-health`, which tells the two apart.',
  },
  wrong_identity: {
    means: 'The first line of the rollout belongs to another session than its file name.',
    matters: 'Codex refuses it or opens the wrong one.',
    remedy: 'Roll back the transaction that wrote it, and report it.',
  },
  row_missing: {
    means: 'The state database has no row for the session.',
    matters: 'Lists of Codex do not show it.',
    remedy: 'Sync the same package again: it makes the row.',
  },
  row_path: {
    means: 'The row names another file than the rollout that is here.',
    matters: 'Codex opens the wrong file, or none.',
    remedy: MENDED_BY_SYNC,
  },
  row_history_mode: {
    means: 'Row and rollout disagree about the form of the history.',
    matters: 'Codex from 0.147 on refuses the session.',
    remedy: MENDED_BY_SYNC,
  },
  row_preview: {
    means: 'The row has an empty preview.',
    matters: 'Lists of Codex hide the session.',
    remedy: MENDED_BY_SYNC,
  },
  name_missing: {
    means: 'The name that the session came with is not in the database.',
    matters: 'Lists show its first message instead.',
    remedy: 'Sync the same package again, or run `verify --with-codex`.',
  },
  chain_broken: {
    means: 'The session continues a part of another rollout, and that is gone or too short.',
    matters: 'Codex cannot open it.',
    remedy: 'Bring the missing rollout back; a rollback or a backup has it.',
  },
  projection_past_end: {
    means: 'Codex has projected more of the rollout than there is of it now.',
    matters: 'It hides every turn that is added later.',
    remedy: 'Roll back the last transaction of the session and sync again: that removes the rows, and Codex makes them anew.',
  },
  codex_refuses: {
    means: 'The Codex that was asked cannot open the session; the message is its own.',
    matters: 'It is on the disk, and cannot be gone on with.',
    remedy: 'Look at its model provider, then at the other findings of `verify`.',
  },
  codex_hides: {
    means: 'The Codex that was asked opens the session and does not list it.',
    matters: 'People do not find it.',
    remedy: 'Look at its model provider and its row; syncing the same package again mends the row.',
  },
} satisfies Record<string, Explanation>;

export type VerifyCode = keyof typeof VERIFY;
