// What can be wrong with one session that is here. Each command that finds it says so under the same code, takes it as seriously, and names
// the same mend.

import { asSentence, type Finding, type Severity } from './finding.ts';

/** `ID` stands for the session. */
const REPAIR = 'adopt --thread-id ID --repair --execute';
/** A new file is numbered anew. */
const ANEW = 'packup --thread-id ID, delete the session in Codex, and sync --resurrect the package';
const PRUNE = 'prune-invalid-mappings --execute';

const REMEDIES = {
  session_deleted: { severity: 'note', mend: PRUNE },
  rollout_missing: { severity: 'error', mend: PRUNE },
  first_line_unfit: { severity: 'error', mend: 'bring the file back from a backup' },
  ordinal_missing: { severity: 'error', mend: REPAIR },
  plugin_folders: { severity: 'error', mend: ANEW },
  wider_rights: { severity: 'warning', mend: REPAIR },
  ordinals_broken: { severity: 'warning', mend: ANEW },
  wrong_identity: { severity: 'error', mend: 'bring the file back from a backup' },
  row_missing: { severity: 'warning', mend: REPAIR },
  row_path: { severity: 'warning', mend: REPAIR },
  row_history_mode: { severity: 'error', mend: REPAIR },
  row_preview: { severity: 'warning', mend: REPAIR },
  row_name: { severity: 'warning', mend: REPAIR },
  row_model_provider: { severity: 'warning', mend: REPAIR },
  name_missing: { severity: 'warning', mend: REPAIR },
  chain_broken: { severity: 'error', mend: 'bring the missing rollout back from a backup' },
  projection_past_end: { severity: 'error', mend: REPAIR },
  codex_refuses: { severity: 'error', mend: 'look at its model provider and at the other findings of verify' },
  codex_hides: { severity: 'warning', mend: 'look at its model provider and at the other findings of verify' },
} satisfies Record<string, { severity: Severity; mend: string }>;

export type SessionCode = keyof typeof REMEDIES;

export const SESSION_CODES = Object.keys(REMEDIES) as SessionCode[];

export function sessionFinding<Code extends SessionCode>(
  thread_id: string,
  code: Code,
  where: string,
  message: string,
): Finding<Code> {
  const { severity, mend } = REMEDIES[code];
  return { code, severity, thread_id, where, message: asSentence(message), mend: mend.replace('ID', thread_id) };
}
