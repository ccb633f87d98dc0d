import type { Explanation } from './explanation.ts';

/** What a session of a package is (references/conflict-decision-matrix.md). */
export const CLASSES = {
  new_lineage: {
    means: 'No session here belongs to this conversation.',
    matters: 'It is created, with its own id where that is free.',
    remedy: 'Nothing; `rollback` takes it away again.',
  },
  unchanged: {
    means: 'The session here holds all that the package has, and perhaps more.',
    matters:
      'No line is added or taken away: an old package never takes anything back. A wrong row may be mended, which is said.',
    remedy: 'Nothing.',
  },
  fast_forward_import: {
    means: 'The package holds all that is here, and more.',
    matters: 'The lines that are missing are appended to the session here.',
    remedy: 'Nothing; `rollback` cuts off exactly those lines.',
  },
  diverged_lineage: {
    means: 'Both sides share a beginning, and each has gone on.',
    matters:
      'Neither can be appended to the other. The session here stays as it is, and what came becomes a branch: a session of its own.',
    remedy: 'Go on in either. `--on-divergence skip` leaves the incoming side out, `abort` stops the run.',
  },
  id_collision_unrelated: {
    means: 'A session here has the same id and shares no history with the incoming one.',
    matters: 'Nothing is written for it, and the exit code is 2.',
    remedy: '`--on-collision import-as-new` takes it as a copy under a new id.',
  },
  invalid: {
    means: 'The session in the package cannot be read safely; the reason says where.',
    matters: 'It is left out, the others are handled.',
    remedy: 'Have it packed again; a damaged rollout shows with `verify` on the machine that it came from.',
  },
  busy: {
    means: 'A running Codex has the session open, so it cannot be written now.',
    matters: 'It is left out, the others are handled, and the exit code is 3.',
    remedy: 'Close the session in Codex and sync again.',
  },
} satisfies Record<string, Explanation>;

/** What the plan does with a session. */
export const ACTIONS = {
  create: { means: 'A new session is made.', matters: 'File, row and name are new.', remedy: '`rollback` removes them.' },
  append: {
    means: 'Lines are added at the end of the session here.',
    matters: 'What is there stays byte for byte.',
    remedy: '`rollback` cuts off what was added, unless somebody has gone on.',
  },
  branch: {
    means: 'The incoming side becomes a session of its own.',
    matters: 'Both sides can be gone on with, and later packages find the branch.',
    remedy: '`rollback` removes the branch.',
  },
  none: { means: 'No line is written.', matters: 'The session is as it was.', remedy: 'Nothing.' },
  refuse: {
    means: 'The session is left alone because it needs a decision or is busy.',
    matters: 'The exit code says so: 2 or 3.',
    remedy: 'Its classification, with `explain`, says which decisions there are.',
  },
} satisfies Record<string, Explanation>;

/** What the decision table can say of a session; `invalid` and `busy` are known before it is asked. */
export type Classification = Exclude<keyof typeof CLASSES, 'invalid' | 'busy'>;

export type Action = keyof typeof ACTIONS;
