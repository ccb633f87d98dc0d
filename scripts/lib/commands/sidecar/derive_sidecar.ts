// `rebuild-sidecar` and `replay-transactions-sidecar`: the sidecar anew from the journals, as far as the home bears them out.
// A rebuild makes the sidecar say that and nothing else; a replay leaves rows alone that no journal names.

import { type CodexHome, databaseFile } from '../../adapters/codex_home/codex_home.ts';
import { readLocalSessions } from '../../adapters/local_sessions/local_home.ts';
import { exists } from '../../adapters/paths/entries.ts';
import { readSidecarUnlessDamaged } from '../../adapters/sqlite/sidecar_database.ts';
import { SyncError } from '../../domain/codes/errors.ts';
import type { Row, RowOperation } from '../../domain/operation/operation.ts';
import { reconcileSidecar, type Skipped } from '../../domain/sidecar/reconcile_sidecar.ts';
import { keyOf, SIDECAR_TABLES } from '../../domain/sidecar/sidecar.ts';
import { foldSidecar, type SidecarHistory } from '../../domain/sidecar/sidecar_fold.ts';
import { Sidecar, type SidecarCounts } from '../../domain/sidecar/sidecar_store.ts';
import { type Execution, type Ran, runTransaction } from '../../transaction/run_transaction.ts';
import { allWrites, type JournalContents, readJournals } from '../transactions/journal_contents.ts';
import { type GuessedLineage, guessLineages } from './guessed_lineages.ts';
import { evidenceIn } from './home_evidence.ts';
import { effectsIn } from './sidecar_effects.ts';
import { type SidecarState, sidecarRequest } from './sidecar_request.ts';

export type DeriveRequest = Execution & { how: 'rebuild' | 'replay' };

/** `found`: the sidecar before. `rows`: what is (or was) inserted, changed and removed. `guessed` is empty for a replay. */
type DerivePlan = {
  found: SidecarState;
  counts: SidecarCounts;
  rows: { inserted: number; changed: number; removed: number };
  guessed: GuessedLineage[];
  skipped: Skipped[];
  operations: RowOperation[];
  warnings: string[];
};

export type Derived = Ran & Omit<DerivePlan, 'operations'>;

export const deriveSidecar = (home: CodexHome, request: DeriveRequest, now: Date): Derived =>
  runTransaction(home, request, now, {
    plan: () => plan(home, request, now),
    request: ({ found, operations }) =>
      sidecarRequest(home, {
        command: request.how === 'rebuild' ? 'rebuild-sidecar' : 'replay-transactions-sidecar',
        found,
        operations,
        describe: () => ({ title: '', classification: 'sidecar', action: request.how }),
      }),
  });

function plan(home: CodexHome, { how }: DeriveRequest, now: Date): DerivePlan {
  const file = databaseFile(home, 'sidecar');
  const present = readSidecarUnlessDamaged(file);
  const local = readLocalSessions(home);
  const journals = readWhole(home);
  const history = foldSidecar(effectsIn(journals));
  const { sidecar, skipped } = reconcileSidecar(history, evidenceIn(local, allWrites(journals)), present, now);
  if (how === 'replay' && present) keepUnnamed(sidecar, present, history, (id) => local.sessions.has(id));
  const operations = (present ?? new Sidecar()).operationsTo(sidecar);
  return {
    found: present ? 'readable' : exists(file) ? 'damaged' : 'missing',
    counts: sidecar.counts(),
    rows: {
      inserted: operations.filter(({ before }) => before === null).length,
      changed: operations.filter(({ before, after }) => before !== null && after !== null).length,
      removed: operations.filter(({ after }) => after === null).length,
    },
    guessed: how === 'rebuild' ? guessLineages(local, sidecar) : [],
    skipped,
    operations,
    warnings: [],
  };
}

/** Without one of them the sidecar would come out wrong. */
function readWhole(home: CodexHome): JournalContents[] {
  const journals = readJournals(home);
  const broken = journals.filter(({ problem }) => problem !== null);
  if (broken.length === 0) return journals;
  throw new SyncError('recovery_blocked', `${broken.length} journal(s) cannot be read.`, {
    where: broken.map(({ folder, problem }) => `${folder.path} (${problem?.message})`).join(', '),
    hint: broken.some(({ folder }) => folder.whyClosed())
      ? 'give this user the right to read them (chmod, chown)'
      : 'restore them from a backup, or run `recover --execute`, which sets them aside and keeps them; the sidecar then lacks what only they contain',
  });
}

/** A journal may have been pruned: what only it told is not taken away. A tombstone of a session that is local again is. */
function keepUnnamed(sidecar: Sidecar, present: Sidecar, history: SidecarHistory, holds: (id: string) => boolean): void {
  for (const table of SIDECAR_TABLES)
    for (const row of present.rows(table) as Row[]) {
      const isNamed = history.get(table)?.has(keyOf(table, row)) || sidecar.row(table, row) !== null;
      const isOver = table === 'tombstones' && holds(String(row.thread_id));
      if (!isNamed && !isOver) sidecar.put(table, row);
    }
}
