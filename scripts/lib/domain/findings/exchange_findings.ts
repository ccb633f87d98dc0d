import type { FindingEntry } from '../codes/explanation.ts';

/** What is found in the place of an exchange. */
export const EXCHANGE = {
  delivery_pending: {
    severity: 'note',
    mend: null,
    means: 'A file of the exchange, or one that it builds on, is not there whole yet.',
    matters: 'What needs it is taken in when it has arrived; nothing is taken half.',
    remedy: 'Wait for whatever carries the place (cloud client, Syncthing, share), then run the same command again.',
  },
  unknown_file: {
    severity: 'note',
    mend: null,
    means:
      'A file in the place of the exchange has a name that nothing in an exchange has, such as the conflict copy of a cloud client.',
    matters: 'It is never read.',
    remedy: 'Remove it, if nobody else needs it.',
  },
  machine_forked: {
    severity: 'warning',
    mend: null,
    means: 'Two machines have published under one id, since one is a copy of the other.',
    matters: 'Both are read. Each takes an id of its own when it notices.',
    remedy: 'Run `exchange sync` on both, then it is over.',
  },
  machine_cloned: {
    severity: 'note',
    mend: null,
    means:
      'This machine found commits under its id that it has not made: its disk was cloned, or its Codex home came back from a backup.',
    matters: 'It has taken a new id and names under it what it has. Nothing is lost.',
    remedy:
      'Nothing needs to be done; `exchange machines` shows the id that it had, which can be retired if no machine uses it any more.',
  },
  commit_refused: {
    severity: 'warning',
    mend: null,
    means: 'A machine has published something that cannot be understood.',
    matters: 'It is not taken in, nor is what that machine has published since.',
    remedy: 'Update codex-session-sync on the older of the two machines.',
  },
} as const satisfies Record<string, FindingEntry>;
