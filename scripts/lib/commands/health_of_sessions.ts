// Rows, chains and projections of synced sessions: what `verify` looks at, with the command that mends it.

import type { CodexHome } from '../adapters/codex_home.ts';
import type { LocalHome } from '../adapters/local_home.ts';
import { findRollouts, type RolloutFile } from '../adapters/rollout_files.ts';
import { asSentence, type Finding, findingAt, type Severity } from '../domain/finding.ts';
import type { HealthCode } from '../domain/health_code.ts';
import { checkOnDisk } from './verify.ts';

/** Stands for the session. */
const REPAIR = 'adopt --thread-id ID --repair --execute';

/** What `verify` finds and how it is mended; what other checks say already is left out. */
const MENDS: Partial<Record<string, { severity: Severity; mend: string }>> = {
  row_path: { severity: 'warning', mend: REPAIR },
  row_history_mode: { severity: 'error', mend: REPAIR },
  row_preview: { severity: 'warning', mend: REPAIR },
  wrong_identity: { severity: 'error', mend: 'bring the file back from a backup' },
  chain_broken: { severity: 'error', mend: 'bring the missing rollout back from a backup' },
  projection_past_end: { severity: 'error', mend: 'close Codex and sync the same package again' },
};

export function findingsOfSessions(home: CodexHome, local: LocalHome): Finding<HealthCode>[] {
  const ofHeads = checkOnDisk(home, local, [...local.sidecar.heads.keys()]);
  const known = ofHeads.flatMap(({ thread_id, code, message, where }) => {
    const mend = MENDS[code];
    const found = findingAt<HealthCode>(where);
    return mend
      ? [{ ...found(code as HealthCode, mend.severity, asSentence(message), mend.mend.replace('ID', thread_id)), thread_id }]
      : [];
  });
  return [...known, ...twice(home)];
}

function twice(home: CodexHome): Finding<HealthCode>[] {
  const byId = new Map<string, RolloutFile[]>();
  for (const rollout of findRollouts(home.path)) byId.set(rollout.rolloutId, [...(byId.get(rollout.rolloutId) ?? []), rollout]);
  return [...byId.values()]
    .filter((files) => files.length > 1)
    .map((files) => ({
      ...findingAt<HealthCode>(files.map(({ file }) => file).join(', '))(
        'rollout_twice',
        'warning',
        'The same rollout lies here more than once; Codex shows one of them.',
        'compare the files, and move the shorter one out of the Codex home',
      ),
      thread_id: files[0]?.threadId ?? null,
    }));
}
