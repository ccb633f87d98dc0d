import type { Explanation } from '../codes/error_table.ts';
import type { DoctorCode } from './doctor_code.ts';
import type { HealthCode } from './health_code.ts';
import type { SessionCode } from './session_finding.ts';

const DERIVED = 'No conversation depends on the sidecar: it is derived from journals and rollouts.';

/** What `sidecar-health` finds beyond what `verify` does. */
export const HEALTH: Record<Exclude<HealthCode, SessionCode | DoctorCode> | 'journal_unreadable', Explanation> = {
  sidecar_missing: {
    means: 'Transactions were carried out here, and the sidecar that remembers them is gone.',
    matters: `A sync works without it, more slowly, and asks again what it knew. ${DERIVED}`,
    remedy: '`rebuild-sidecar --execute`.',
  },
  sidecar_unreadable: {
    means: 'The file of the sidecar is no database, or lacks its tables.',
    matters: `A sync stops. ${DERIVED}`,
    remedy: '`rebuild-sidecar --execute` moves it into the journal and makes a new one.',
  },
  sidecar_newer: {
    means: 'A later version of this tool has written the sidecar.',
    matters: 'An older one could misread it, so every command leaves it alone.',
    remedy: 'Update codex-session-sync.',
  },
  sidecar_damaged: {
    means: 'SQLite finds pages of the sidecar damaged.',
    matters: `What it says cannot be relied on. ${DERIVED}`,
    remedy: '`rebuild-sidecar --execute`.',
  },
  sidecar_behind: {
    means: 'The sidecar lacks what transactions that this home bears out wrote into it: it came out of an older backup.',
    matters: `A sync works all the same, and asks again what it knew. ${DERIVED}`,
    remedy: '`replay-transactions-sidecar --execute`.',
  },
  sidecar_interrupted: {
    means: 'A process died while it wrote to the sidecar, and left the journal that takes that back.',
    matters: `Every command reads what was before. ${DERIVED}`,
    remedy: '`recover --execute` rolls it back; so does the next command that writes.',
  },
  lineages_disagree: {
    means: 'A session and its source belong to different lineages, or a sync point belongs to no head.',
    matters: 'A package could be compared with the wrong sessions first; content still decides.',
    remedy: '`rebuild-sidecar --execute`.',
  },
  rollout_shrank: {
    means: 'The rollout is shorter than a sync left it.',
    matters: 'The home was restored from an older backup, or the file was cut; the sidecar says more than is here.',
    remedy:
      '`replay-transactions-sidecar --execute` brings the sidecar to what is here; the next package brings the lines again.',
  },
  rollout_changed: {
    means: 'Bytes that a sync wrote were changed by somebody since.',
    matters: 'The session may part from its source where it did not before, and its transaction cannot be rolled back.',
    remedy:
      'Where it was not you, bring the file back from a backup. `replay-transactions-sidecar --execute` takes it as it is: a sync compares the content anew.',
  },
  rollout_twice: {
    means: 'Two files are the same rollout, for example in `sessions/` and in `archived_sessions/`.',
    matters: 'Codex shows one of them, and turns may be added to either.',
    remedy: 'Compare them; move the shorter one out of the Codex home.',
  },
  transaction_interrupted: {
    means: 'A run was ended in the middle.',
    matters: 'The next command that writes undoes it first.',
    remedy: '`recover --execute`.',
  },
  journal_abandoned: {
    means: 'A journal has no manifest: it had changed nothing yet, or was being deleted.',
    matters: 'It takes room and is of no use.',
    remedy: '`recover --execute` removes it.',
  },
  journal_unreadable: {
    means: 'The manifest or the operations of a journal cannot be read.',
    matters:
      'That transaction cannot be rolled back. Commands that write stop at it where it may have been interrupted, and so does a rebuild of the sidecar.',
    remedy: 'Bring it back from a backup, or let `recover --execute` put it aside: the folder is kept under another name.',
  },
  effects_gone: {
    means:
      'What the last transaction of a session wrote is not here: the rollout is shorter, or the session is gone and the sidecar never knew it.',
    matters: 'The home was restored from a backup that is older than that transaction.',
    remedy: 'Sync the newest package again; where the sidecar believes in what is gone, that is a finding of its own.',
  },
  backups_gone: {
    means: 'Files that a transaction had put aside are not in its journal any more.',
    matters: 'That transaction cannot be rolled back. What is in the home is not affected.',
    remedy: 'Bring `sync-journal/` back from a backup, or leave it.',
  },
  files_left_over: {
    means: 'A file or a folder lies in the journal that no command needs.',
    matters: 'What this tool did not make it never touches, so it stays.',
    remedy: 'What a killed run left goes with `recover --execute`; look at anything else, then remove it or move it elsewhere.',
  },
  home_moved: {
    means: 'The last transaction was carried out while this home was at another path, and rows of Codex still name files there.',
    matters: 'Journals still fit; a row of a synced session that names a file elsewhere is a finding of its own.',
    remedy: '`adopt --all --repair --execute` mends them all, and takes sessions of this machine in that no lineage knows.',
  },
};
