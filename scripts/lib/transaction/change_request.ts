import type { CodexHome } from '../adapters/codex_home/codex_home.ts';
import { digestPlan, type PlannedChange } from '../domain/plan/plan.ts';
import { spaceForPlan } from './space/space_needed.ts';
import { stageAll } from './staging/stage.ts';
import type { RequestedManifest, TransactionRequest } from './transact.ts';

type Described = Pick<RequestedManifest, 'command' | 'plan_summary' | 'threads'> & Partial<RequestedManifest>;

/** The transaction that writes these changes; null where there are none. */
export const requestFor = (home: CodexHome, changes: PlannedChange[], described: Described): TransactionRequest | null =>
  changes.length === 0
    ? null
    : {
        manifest: { plan_digest: digestPlan({ changes }, ''), package: null, rolls_back: null, ...described },
        spaceNeeded: spaceForPlan(home, changes),
        stage: (journal) => stageAll(changes, journal),
      };
