// Rollouts, rows, chains and projections of synced sessions: what `verify` looks at.

import type { CodexHome } from '../../adapters/codex_home/codex_home.ts';
import type { LocalHome } from '../../adapters/codex_home/local_home.ts';
import { findRollouts, type RolloutFile } from '../../adapters/rollout/rollout_files.ts';
import { type Finding, findingAt } from '../../domain/findings/finding.ts';
import type { HealthCode } from '../../domain/findings/health_code.ts';
import { checkOnDisk } from './verify.ts';

export const findingsOfSessions = (home: CodexHome, local: LocalHome): Finding<HealthCode>[] => [
  ...checkOnDisk(home, local, [...local.sidecar.heads.keys()], 'its end'),
  ...twice(home),
];

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
