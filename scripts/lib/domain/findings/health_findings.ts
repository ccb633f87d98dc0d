import type { FindingEntry } from '../codes/explanation.ts';

const DERIVED = 'No conversation depends on the sidecar: it is derived from journals and rollouts.';
const REBUILD = '`rebuild-sidecar --execute`';
const REPLAY = '`replay-transactions-sidecar --execute`';
const RECOVER = '`recover --execute`';

/** What `sidecar-health` finds beyond what `verify` and `doctor` do. */
export const HEALTH = {
  sidecar_missing: {
    severity: 'warning',
    mend: REBUILD,
    means: 'This home has transactions, but the sidecar that remembers them is gone.',
    matters: `A sync works without it, but slower, and asks again for what it knew. ${DERIVED}`,
  },
  sidecar_unreadable: {
    severity: 'error',
    mend: REBUILD,
    means: 'The sidecar file is not a database, or lacks its tables.',
    matters: `A sync stops. ${DERIVED}`,
    remedy: 'It moves the file into the journal and creates a new one.',
  },
  sidecar_newer: {
    severity: 'error',
    mend: 'update codex-session-sync',
    means: 'A later version of this tool has written the sidecar.',
    matters: 'An older one could misread it, so every command leaves it alone.',
  },
  sidecar_damaged: {
    severity: 'error',
    mend: REBUILD,
    means: 'SQLite reports damaged pages in the sidecar.',
    matters: `Its content cannot be relied on. ${DERIVED}`,
  },
  sidecar_behind: {
    severity: 'warning',
    mend: REPLAY,
    means: 'The sidecar lacks rows of transactions whose effects are in this home: it comes from an older backup.',
    matters: `A sync still works, but asks again for what it knew. ${DERIVED}`,
  },
  sidecar_interrupted: {
    severity: 'note',
    mend: RECOVER,
    means: 'A process died while writing to the sidecar and left the journal that undoes its write.',
    matters: `Every command reads the previous state. ${DERIVED}`,
    remedy: 'The next command that writes does this too.',
  },
  lineages_disagree: {
    severity: 'error',
    mend: REBUILD,
    means: 'A session and its source belong to different lineages, or a sync point belongs to no head.',
    matters: 'A package could be compared with the wrong sessions first; content still decides.',
  },
  rollout_shrank: {
    severity: 'error',
    mend: REPLAY,
    means: 'The rollout is shorter than a sync left it.',
    matters:
      'The home was restored from an older backup, or the file was truncated; the sidecar describes more than the home has.',
    remedy: 'The sidecar then fits the home, and the next package brings the lines again.',
  },
  rollout_changed: {
    severity: 'error',
    mend: REPLAY,
    means: 'Someone has changed bytes that a sync wrote.',
    matters: 'The session may now diverge from its source, and its transaction cannot be rolled back.',
    remedy:
      'It accepts the file as it is: the next sync compares the content again. If you did not change it, restore it from a backup first.',
  },
  rollout_twice: {
    severity: 'warning',
    mend: 'compare the files, and move the shorter one out of the Codex home',
    means: 'Two files are the same rollout, for example in `sessions/` and in `archived_sessions/`.',
    matters: 'Codex shows one of them, and turns may be added to either.',
  },
  transaction_interrupted: {
    severity: 'error',
    mend: RECOVER,
    means: 'A run was interrupted.',
    matters: 'The next command that writes undoes it first.',
  },
  journal_abandoned: {
    severity: 'warning',
    mend: RECOVER,
    means: 'A journal has no manifest: it had not changed anything yet, or was being deleted.',
    matters: 'It takes space and has no use.',
  },
  journal_unreadable: {
    severity: 'error',
    mend: RECOVER,
    means: 'The manifest or the operations of a journal cannot be read.',
    matters:
      'That transaction cannot be rolled back. Commands that write stop if it may have been interrupted, and so does a rebuild of the sidecar.',
    remedy: 'It sets the journal aside under another name. If you have a backup of the journal, restore that instead.',
  },
  journal_closed: {
    severity: 'warning',
    mend: 'give this user the right to read and write it (`chmod`, `chown`)',
    means: 'This user may not read a journal, often because a command was run with `sudo`.',
    matters:
      'This user cannot roll that transaction back. Nothing else is affected, unless it may have been interrupted: then commands that write stop.',
  },
  effects_gone: {
    severity: 'note',
    mend: 'sync the newest package again',
    means:
      'The home lacks what the last transaction of a session wrote: the rollout is shorter, or the session is gone and the sidecar never knew it.',
    matters: 'The home was restored from a backup that is older than that transaction.',
    remedy: 'If the sidecar still lists what is missing, that is a separate finding.',
  },
  backups_gone: {
    severity: 'warning',
    mend: 'restore sync-journal from a backup',
    means: 'Files that a transaction had set aside are no longer in its journal.',
    matters: 'That transaction cannot be rolled back. The home itself is not affected.',
    remedy: 'Or ignore it.',
  },
  files_left_over: {
    severity: 'note',
    mend: 'look at it, then remove it or move it elsewhere',
    means: 'The journal, or the folder of the sidecar, has a file that no command needs.',
    matters: 'The tool never touches files that it did not create, so it stays.',
    remedy: '`recover --execute` removes leftovers of a killed run.',
  },
  home_moved: {
    severity: 'warning',
    mend: '`adopt --all --repair --execute`',
    means: 'This home was at another path at its last transaction, and rows of Codex still name files there.',
    matters: 'Journals still match; a row of a synced session with a wrong path is a separate finding.',
    remedy: 'It repairs all rows, and adopts local sessions without a lineage.',
  },
} satisfies Record<string, FindingEntry>;
