import type { Explanation } from '../codes/error_table.ts';
import type { AdoptCode } from './adopt_table.ts';
import type { SessionCode } from './session_finding.ts';

const REPAIR = '`adopt --thread-id ID --repair --execute` mends it without a package; the next sync of the session does as well.';

/** What `verify` finds. */
export const VERIFY = {
  session_deleted: {
    means: 'A session that a sync had brought was deleted here.',
    matters: 'Nothing is wrong: packages do not bring it back by themselves.',
    remedy: 'Nothing; `prune-invalid-mappings --execute` tidies, and `sync --resurrect` brings it back.',
  },
  rollout_missing: {
    means: 'A session that the sidecar knows has a row here and no rollout.',
    matters: 'Codex lists it and cannot open it: the file was removed, or the home is an older copy.',
    remedy:
      'Bring the file back from a backup, or `prune-invalid-mappings --execute`: then the next package brings the session again.',
  },
  wrong_identity: {
    means: 'The first line of the rollout belongs to another session than its file name.',
    matters: 'Codex refuses it or opens the wrong one.',
    remedy: 'Bring the file back from a backup. Where the last transaction wrote it, roll that back, and report it.',
  },
  first_line_unfit: {
    means: 'The first line of the rollout is not what Codex reads: no JSON, or a field of it is missing or of another type.',
    matters: 'Codex cannot open the session. Nothing is added to it.',
    remedy: 'Bring the file back from a backup; or move it away and sync a package of it that is whole.',
  },
  ordinal_missing: {
    means: 'The last record of a paginated rollout has no ordinal; a Codex before 0.147 that went on in it leaves it like that.',
    matters: 'Codex from 0.151 on cannot open the session.',
    remedy:
      '`adopt --thread-id ID --repair --execute` adds a record that has one. What is between stays, and the model is sent it.',
  },
  plugin_folders: {
    means: 'The first line of a session that arrived names folders of its sender that Codex takes plugins from.',
    matters:
      'Where such a folder is here, Codex starts the programs of its plugins when the session is resumed, outside any sandbox.',
    remedy:
      '`packup --thread-id ID`, delete the session in Codex, and `sync --resurrect` the package: a new file has none. Where you chose the plugins yourself: nothing.',
  },
  wider_rights: {
    means:
      "A session that an earlier version of this tool or codex-session-transfer brought has more rights than a new one here: its sender's.",
    matters: 'Codex takes them over when the session is resumed: commands may run without sandbox, or without being asked for.',
    remedy:
      '`adopt --thread-id ID --repair --execute` adds settings with the rights that a new thread has here. Where you gave it those rights yourself: nothing.',
  },
  ordinals_broken: {
    means: 'The records of a paginated rollout are not numbered one after the other.',
    matters: 'Codex 0.153 shows no turn at all; later ones hide what is numbered twice or lower than before.',
    remedy:
      '`packup --thread-id ID`, delete the session in Codex, and `sync --resurrect` the package: a new file is numbered anew.',
  },
  row_missing: {
    means: 'The state database has no row for the session.',
    matters: 'Lists of Codex do not show it.',
    remedy: REPAIR,
  },
  row_path: {
    means: 'The row names another file than the rollout that is here.',
    matters: 'Codex opens the wrong file, or none.',
    remedy: REPAIR,
  },
  row_history_mode: {
    means: 'Row and rollout disagree about the form of the history.',
    matters: 'Codex from 0.147 on refuses the session.',
    remedy: REPAIR,
  },
  row_preview: {
    means: 'The row has an empty preview.',
    matters: 'Lists of Codex hide the session.',
    remedy: REPAIR,
  },
  name_missing: {
    means: 'The name that the session came with is not in the database.',
    matters: 'Lists show its first message instead.',
    remedy: `${REPAIR} So does \`verify --with-codex\`.`,
  },
  chain_broken: {
    means: 'The session continues a part of another rollout, and that is gone or too short.',
    matters: 'Codex cannot open it.',
    remedy: 'Bring the missing rollout back from a backup; where a transaction took it away, a rollback has it.',
  },
  projection_past_end: {
    means: 'Codex has projected more of the rollout than there is of it now.',
    matters: 'It hides every turn that is added later.',
    remedy:
      '`adopt --thread-id ID --repair --execute` removes the rows; Codex makes them anew when it opens the session. Nothing else is lost by it.',
  },
  codex_refuses: {
    means: 'The Codex that was asked cannot open the session; the message is its own.',
    matters: 'It is on the disk, and cannot be gone on with.',
    remedy: 'Look at its model provider and at the other findings of `verify`.',
  },
  codex_hides: {
    means: 'The Codex that was asked opens the session and does not list it.',
    matters: 'People do not find it.',
    remedy: 'Look at its model provider and at the other findings of `verify`.',
  },
} satisfies Record<Exclude<SessionCode, AdoptCode>, Explanation>;
