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
  commit_refused: {
    severity: 'warning',
    mend: null,
    means: 'A machine has published something that cannot be understood.',
    matters: 'It is not taken in, nor is what that machine has published since.',
    remedy: 'Update codex-session-sync on the older of the two machines.',
  },
} as const satisfies Record<string, FindingEntry>;
