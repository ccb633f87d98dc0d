import type { Explanation } from './explanation.ts';

/** What a session of a package is (references/conflict-decision-matrix.md). */
export const CLASSES = {
  new_lineage: {
    means: 'No local session belongs to this conversation.',
    matters: 'It is created, under its own id if that is free.',
    remedy: 'Nothing; `rollback` removes it.',
  },
  unchanged: {
    means: 'The local session has all lines of the package, and perhaps more.',
    matters: 'No line is added or removed: an old package never reverts anything. A wrong row may be repaired, with a warning.',
    remedy: 'Nothing.',
  },
  fast_forward_import: {
    means: 'The package has all local lines, and more.',
    matters: 'The missing lines are appended to the local session.',
    remedy: 'Nothing; `rollback` cuts off exactly those lines.',
  },
  diverged_lineage: {
    means: 'Both sides share a beginning, and each has new lines.',
    matters:
      'Neither can be appended to the other. The local session stays unchanged, and the incoming side becomes a branch: a separate session.',
    remedy: 'Continue either. `--on-divergence skip` leaves the incoming side out, `abort` stops the run.',
  },
  id_collision_unrelated: {
    means: 'A local session has the same id but shares no history with the incoming one.',
    matters: 'Nothing is written for it, and the exit code is 2.',
    remedy: '`--on-collision import-as-new` imports it as a copy under a new id.',
  },
  invalid: {
    means: 'The session in the package cannot be read safely; the reason says where.',
    matters: 'It is skipped, the others are handled.',
    remedy: 'Ask for a new package; `verify` on the sending machine shows a damaged rollout.',
  },
  busy: {
    means: 'A running Codex has the session open, so it cannot be written now.',
    matters: 'It is skipped, the others are handled, and the exit code is 3.',
    remedy: 'Close the session in Codex and sync again.',
  },
} satisfies Record<string, Explanation>;

/** What the plan does with a session. */
export const ACTIONS = {
  create: { means: 'A new session is created.', matters: 'File, row and name are new.', remedy: '`rollback` removes them.' },
  append: {
    means: 'Lines are appended to the local session.',
    matters: 'Existing bytes do not change.',
    remedy: '`rollback` removes the added lines, unless the session was continued.',
  },
  branch: {
    means: 'The incoming side becomes a separate session.',
    matters: 'Both sides can be continued, and later packages extend the branch.',
    remedy: '`rollback` removes the branch.',
  },
  none: { means: 'No line is written.', matters: 'The session is unchanged.', remedy: 'Nothing.' },
  refuse: {
    means: 'The session is left alone because it needs a decision or is busy.',
    matters: 'The exit code says so: 2 or 3.',
    remedy: '`explain` its classification to see the choices.',
  },
} satisfies Record<string, Explanation>;

/** What `list-transactions` says of a thread beside the classes and actions of a sync. */
export const LISTED = {
  adopted: {
    means: 'No lineage knew the local session before.',
    matters: 'It has a lineage now, and packages of it are compared with it.',
    remedy: 'Nothing; `rollback` takes it out of the sidecar again.',
  },
  known: {
    means: 'A lineage knew the local session already.',
    matters: 'Only its row, or the end of its rollout, was repaired.',
    remedy: 'Nothing; `rollback` takes the repair back.',
  },
  adopt: {
    means: '`adopt` took the session into the sidecar, or repaired it.',
    matters: 'No existing line changed.',
    remedy: 'Nothing; `rollback` takes that back.',
  },
  relocated: {
    means: 'The session has another working folder than before.',
    matters: 'Codex resumes it there.',
    remedy: 'Nothing; `rollback` takes that back.',
  },
  relocate: {
    means: '`relocate` gave the session another working folder.',
    matters: 'Codex resumes it there.',
    remedy: 'Nothing; `rollback` takes that back.',
  },
  rollback: {
    means: 'A rollback took the session back to the state before a transaction.',
    matters: '`rolls_back` names that transaction.',
    remedy: 'Nothing; the rollback can itself be rolled back.',
  },
  sidecar: {
    means: 'What the sidecar knows of the session changed.',
    matters: 'The session itself did not.',
    remedy: 'Nothing.',
  },
  rebuild: {
    means: '`rebuild-sidecar` derived what is known of the session from the disk.',
    matters: 'The session itself did not change.',
    remedy: 'Nothing.',
  },
  replay: {
    means: '`replay-transactions-sidecar` applied what the transactions say of the session again.',
    matters: 'The session itself did not change.',
    remedy: 'Nothing.',
  },
  prune: {
    means: '`prune-invalid-mappings` dropped the mapping of a session that is gone.',
    matters: 'The next package brings a session again that lost its rollout.',
    remedy: 'Nothing; `rollback` gives the mapping back.',
  },
} satisfies Record<string, Explanation>;

/** What the decision table can say of a session; `invalid` and `busy` are known before it is asked. */
export type Classification = Exclude<keyof typeof CLASSES, 'invalid' | 'busy'>;

export type Action = keyof typeof ACTIONS;
