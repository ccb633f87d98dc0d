// Rollouts, rows, chains and projections of synced sessions: what `verify` looks at, and rollouts that are there twice.

import type { CodexHome } from '../../adapters/codex_home/codex_home.ts';
import type { LocalHome } from '../../adapters/local_sessions/local_home.ts';
import { findRollouts } from '../../adapters/rollout/rollout_files.ts';
import { type Finding, finding } from '../../domain/findings/finding.ts';
import { checkOnDisk } from './check_on_disk.ts';

export const findingsOfSessions = (home: CodexHome, local: LocalHome): Finding[] => [
  ...checkOnDisk(home, local, local.sidecar.headIds(), 'its end'),
  ...twice(home),
];

function twice(home: CodexHome): Finding[] {
  const byId = Map.groupBy(findRollouts(home.path), ({ rolloutId }) => rolloutId);
  return [...byId.values()]
    .filter((files) => files.length > 1)
    .map((files) =>
      finding(
        'rollout_twice',
        files.map(({ file }) => file).join(', '),
        'The same rollout exists more than once; Codex shows one of them.',
        { thread_id: files[0]?.threadId ?? null },
      ),
    );
}
