import type { Explanation } from '../codes/error_table.ts';
import type { DoctorCode } from './doctor_code.ts';
import { HEALTH } from './health_table.ts';

/** What `doctor` finds. */
export const DOCTOR: Record<DoctorCode, Explanation> = {
  node_too_old: {
    means: 'This Node is older than the oldest one that the tool is tested with.',
    matters: 'Functions that it uses may be missing.',
    remedy: 'Install a newer Node; the current long-term release is right.',
  },
  dependencies_missing: {
    means: 'The dependencies of this tool are not installed, or one of them is not.',
    matters: 'No command works, or not all of them do.',
    remedy: 'Run `npm ci --omit=dev` in the skill folder with the Node that runs the tool.',
  },
  dependencies_unusable: {
    means: 'A dependency is there, but it cannot be read or does not load.',
    matters: 'No command works, or not all of them do.',
    remedy: 'Put right what the message says; if that is no help, `npm ci --omit=dev` in the skill folder installs them anew.',
  },
  native_module_missing: {
    means: 'The module better-sqlite3 is not installed, or was built for another Node.',
    matters: 'No database can be read, so no command works.',
    remedy: 'Run `npm ci --omit=dev` in the skill folder with the Node that runs the tool.',
  },
  locks_unavailable: {
    means:
      'The lock that Codex uses cannot be taken from here: the optional module koffi is missing, or the system is not Linux.',
    matters: 'Open sessions are still looked for, but one that is opened during a sync is not kept out.',
    remedy: 'Close Codex before a sync, or install koffi: `npm ci` does.',
  },
  home_missing: {
    means: 'There is no Codex home at that path.',
    matters: 'There is nothing to sync into.',
    remedy: 'Start Codex once, or name the home with `--codex-home`.',
  },
  home_unrecognised: {
    means: 'The folder is there, but nothing in it is what a Codex makes in its home.',
    matters: 'Every command refuses it, so that a slip in `--codex-home` makes no home of another folder.',
    remedy: 'Name the right folder, start Codex once with it, or add `--new-home`.',
  },
  home_not_writable: {
    means: 'This user may not write to the Codex home or to the folder of its databases.',
    matters: 'A sync would stop before its first change.',
    remedy: 'Give this user the right to write; often the folder belongs to root after a `sudo`.',
  },
  config_unreadable: {
    means: '`config.toml` is no valid TOML.',
    matters: 'Model providers are not checked, and databases that `sqlite_home` moved elsewhere are not found.',
    remedy: 'Mend the file; Codex itself does not start with it.',
  },
  no_database_yet: {
    means: 'Codex has made no state database in this home.',
    matters: 'A sync writes rollouts and names; Codex indexes them at its first start.',
    remedy: 'Nothing; sync the same package again after Codex has run once, which completes the names.',
  },
  database_damaged: {
    means: 'SQLite cannot read the state database, or finds its pages damaged.',
    matters: 'Nothing can be written into it. The conversations are in the rollouts, not in it.',
    remedy:
      'Close Codex, move `state_5.sqlite` and its `-wal` and `-shm` aside, start Codex: it makes a new one from the rollouts.',
  },
  database_locked: {
    means: 'Another program has the state database locked and did not let go of it for 4 seconds.',
    matters: 'Nothing can be said about sessions, and nothing be written, until it does. Nothing is damaged.',
    remedy: 'Close that program (a database browser, a backup, another tool) and run the same command again.',
  },
  database_hand_made: {
    means: 'The state database has a table of threads but not the table of migrations that every Codex makes.',
    matters: 'Codex from 0.145 on ends at its start: `table threads already exists`. Older installers left such databases.',
    remedy: '`adopt --repair --execute` moves it into the journal; Codex makes its own at the next start.',
  },
  unknown_columns: {
    means: 'The table of threads has columns that this tool does not know: a newer Codex has run here.',
    matters: 'They are carried through and never changed.',
    remedy: 'Nothing; a newer codex-session-sync may know what they mean.',
  },
  sidecar_unusable: {
    means: 'What this tool remembers cannot be read.',
    matters: 'A sync stops. No conversation depends on it.',
    remedy: 'Run `sidecar-health`; it names the command that mends it.',
  },
  interrupted_transaction: {
    means: 'A run was ended in the middle, by a kill, a power cut or an error.',
    matters: 'The next command that writes undoes it first.',
    remedy: 'Run `recover --execute`.',
  },
  journal_unreadable: HEALTH.journal_unreadable,
  codex_is_open: {
    means: 'A running Codex has the session open.',
    matters: 'A sync leaves it out as `busy`.',
    remedy: 'Close it in Codex before a sync.',
  },
  unpacked_left: {
    means:
      'A run that had unpacked an archive was ended with all that belonged to it, as by a power cut; what it had unpacked is still there.',
    matters: 'Only this user can read it. It has conversations in it, and takes room.',
    remedy: 'Remove the folder that the finding names; the next command that reads an archive does so too.',
  },
  open_to_others: {
    means: 'Other users of this machine can look into `sync-journal/` or `sync-sidecar/`, as an earlier version had made them.',
    matters: 'Both hold parts of conversations.',
    remedy: '`recover --execute`, like every command that writes, closes them to all but their owner.',
  },
  little_space: {
    means: 'The disk of the Codex home is nearly full.',
    matters: 'A sync looks before it writes and stops with `no_space`.',
    remedy: 'Make room.',
  },
};
