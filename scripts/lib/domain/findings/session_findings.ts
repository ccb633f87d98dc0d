// What can be wrong with one local session.

import type { FindingEntry } from '../codes/explanation.ts';

const REPAIR = '`adopt --thread-id ID --repair --execute`';
const PRUNE = '`prune-invalid-mappings --execute`';
/** A new file is numbered anew. */
const ANEW = '`packup --thread-id ID`, delete the session in Codex, and `sync --resurrect` the package';
const BACKUP = '`backup restore --thread-id ID --execute`, or restore the file from another backup';
const LOOK = 'check its model provider and the other findings of `verify`';
const NO_PACKAGE = 'It needs no package; the next sync of the session repairs it too.';
const COLUMN = 'It repairs the column; a rollback restores the old value.';

/** What `verify` finds. */
export const VERIFY = {
  session_deleted: {
    severity: 'note',
    mend: PRUNE,
    means: 'A session that a sync had created was deleted on this machine.',
    matters: 'Nothing is wrong: packages do not restore it on their own.',
    remedy: 'That only tidies up. `sync --resurrect` restores the session.',
  },
  rollout_missing: {
    severity: 'error',
    mend: PRUNE,
    means: 'A session in the sidecar has a row but no rollout.',
    matters: 'Codex lists it but cannot open it: the file was removed, or the home is an older copy.',
    remedy: 'The next package then creates the session again. If you have a backup of the file, restore that instead.',
  },
  wrong_identity: {
    severity: 'error',
    mend: BACKUP,
    means: 'The first line of the rollout belongs to a different session than its file name.',
    matters: 'Codex refuses it or opens the wrong one.',
    remedy: 'If the last transaction wrote it, roll that back and report a bug.',
  },
  not_downloaded: {
    severity: 'warning',
    mend: 'make the folder available offline (`Always keep on this device`)',
    means: 'OneDrive, Dropbox or iCloud shows the rollout, but its content is not on this disk.',
    matters:
      'It is not read, because that would fetch it, so nothing else about the session is checked and no package is compared with it.',
  },
  rollout_unreadable: {
    severity: 'error',
    mend: LOOK,
    means: 'The system does not give the rollout back: this user has no right to it, or the disk fails there.',
    matters:
      'Nothing else about the session is checked, no package is compared with it, and it is not packed. Other sessions are not affected.',
    remedy: 'Give this user the right to read it (`chmod u+r`, `chown`), or restore it from a backup.',
  },
  first_line_unfit: {
    severity: 'error',
    mend: BACKUP,
    means:
      'Codex cannot read the first line of the rollout: it is not JSON, a field is missing or has the wrong type, its time is out of range, or its history mode is unknown.',
    matters:
      'Codex cannot open the session. Nothing is added to it, and no row is written from it, which could break the list of the whole home.',
    remedy: 'Or move it away and sync a sound package of the session.',
  },
  ordinal_missing: {
    severity: 'error',
    mend: REPAIR,
    means: 'The last record of a paginated rollout has no ordinal. A Codex before 0.147 that continues the session leaves it so.',
    matters: 'Codex from 0.151 on cannot open the session.',
    remedy: 'It adds a record with an ordinal. The records before it stay, and Codex sends them to the model.',
  },
  plugin_folders: {
    severity: 'error',
    mend: ANEW,
    means: "The first line of an imported session names plugin folders of its sender's machine.",
    matters:
      'If such a folder exists on this machine, Codex starts the programs of its plugins when the session is resumed, outside any sandbox.',
    remedy: 'The new file names none. If you chose the plugins yourself, do nothing.',
  },
  wider_rights: {
    severity: 'warning',
    mend: REPAIR,
    means:
      'A session that an earlier version of this tool or codex-session-transfer imported, or whose end is gone since a sync, may have the rights of its sender: it does not end with settings of this machine.',
    matters: 'Codex takes them over when the session is resumed: commands may run without a sandbox, or without being asked for.',
    remedy: 'It adds settings with the rights of a new thread. If you gave the session those rights yourself, do nothing.',
  },
  ordinals_broken: {
    severity: 'warning',
    mend: ANEW,
    means: 'The records of a paginated rollout are not numbered consecutively.',
    matters: 'Codex 0.153 shows no turns at all; later versions hide records with a repeated or lower number.',
    remedy: 'The new file is renumbered.',
  },
  row_missing: {
    severity: 'warning',
    mend: REPAIR,
    means: 'The state database has no row for the session.',
    matters: 'Lists of Codex do not show it.',
    remedy: NO_PACKAGE,
  },
  row_path: {
    severity: 'warning',
    mend: REPAIR,
    means: 'The row names another file than the rollout of the session.',
    matters: 'Codex opens the wrong file, or none.',
    remedy: NO_PACKAGE,
  },
  row_history_mode: {
    severity: 'error',
    mend: REPAIR,
    means: 'Row and rollout disagree about the form of the history.',
    matters: 'Codex from 0.147 on refuses the session.',
    remedy: NO_PACKAGE,
  },
  row_preview: {
    severity: 'warning',
    mend: REPAIR,
    means: 'The row has an empty preview.',
    matters: 'Lists of Codex hide the session.',
    remedy: NO_PACKAGE,
  },
  name_missing: {
    severity: 'warning',
    mend: REPAIR,
    means: 'The incoming name of the session is not in the database.',
    matters: 'Lists show its first message instead.',
    remedy: `${NO_PACKAGE} So does \`verify --with-codex\`.`,
  },
  chain_broken: {
    severity: 'error',
    mend: 'restore the missing rollout from a backup',
    means: 'The session continues part of another rollout, which is missing or too short.',
    matters: 'Codex cannot open it.',
    remedy: 'If a transaction removed it, a rollback restores it.',
  },
  projection_past_end: {
    severity: 'error',
    mend: REPAIR,
    means: 'Codex has projected more of the rollout than now exists.',
    matters: 'It hides every turn added later.',
    remedy: 'It removes the projection rows; Codex creates them again when it opens the session. Nothing else is lost.',
  },
  codex_refuses: {
    severity: 'error',
    mend: LOOK,
    means: 'The given Codex cannot open the session; the message is its own.',
    matters: 'The session is on disk, but cannot be continued.',
  },
  codex_lists_nothing: {
    severity: 'error',
    mend: LOOK,
    means: 'The given Codex cannot list its sessions at all; the message is its own.',
    matters: 'Whether each session is in its lists is not known. That it opens is still checked.',
    remedy: 'Update Codex, or look for a row that it cannot read: `adopt --all --repair` repairs those of known shapes.',
  },
  codex_hides: {
    severity: 'warning',
    mend: LOOK,
    means: 'The given Codex opens the session but does not list it.',
    matters: 'Users cannot find it.',
  },
} satisfies Record<string, FindingEntry>;

/** What `adopt` finds beyond what `verify` and `doctor` do. */
export const ADOPT = {
  row_model_provider: {
    severity: 'warning',
    mend: REPAIR,
    means: 'The row has no model provider.',
    matters: 'Lists of Codex hide the session.',
    remedy: COLUMN,
  },
  row_name: {
    severity: 'warning',
    mend: REPAIR,
    means: 'The row lacks the name that is in the index.',
    matters: 'Lists show the first message instead.',
    remedy: COLUMN,
  },
} satisfies Record<string, FindingEntry>;
