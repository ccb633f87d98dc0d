import fs from 'node:fs';
import path from 'node:path';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { databaseFile } from '../../scripts/lib/adapters/codex_home/codex_home.ts';
import { findJournal, listJournals } from '../../scripts/lib/adapters/journal/journal_scan.ts';
import { readSidecarUnlessDamaged } from '../../scripts/lib/adapters/sqlite/sidecar_database.ts';
import { examineSidecar } from '../../scripts/lib/commands/health/sidecar_health.ts';
import { deriveSidecar } from '../../scripts/lib/commands/sidecar/derive_sidecar.ts';
import { keyOf, SIDECAR_TABLES } from '../../scripts/lib/domain/sidecar/sidecar.ts';
import { Sidecar } from '../../scripts/lib/domain/sidecar/sidecar_store.ts';
import { type Conversation, conversation, withTurn } from '../fixtures/conversation.ts';
import {
  addSession,
  homeOf,
  inState,
  type Machine,
  makeMachine,
  NOW,
  planNow,
  removeMachine,
  rolloutOf,
  syncNow,
  undoNow,
  writePackage,
} from '../fixtures/machine.ts';
import { machinesOfEachTest } from '../fixtures/machines.ts';
import { snapshot } from '../fixtures/snapshot.ts';

if (fs.existsSync('/dev/shm')) process.env.TMPDIR = '/dev/shm';

const make = machinesOfEachTest();
const LATER = new Date(NOW.getTime() + 3_600_000);
const talk = (seed: string) => conversation(seed, '/home/far/project', ['first']);
const pack = (machine: Machine, ...conversations: Conversation[]) =>
  writePackage(
    machine,
    conversations.map((one) => ({ conversation: one })),
  );
const sidecarOf = (machine: Machine) => databaseFile(homeOf(machine), 'sidecar');
const plain = (sidecar: Sidecar) =>
  new Map(SIDECAR_TABLES.map((table) => [table, new Map(sidecar.rows(table).map((row) => [keyOf(table, row), row]))]));
const rowsOf = (machine: Machine) => {
  const sidecar = readSidecarUnlessDamaged(sidecarOf(machine));
  return sidecar && plain(sidecar);
};
const derive = (machine: Machine, how: 'rebuild' | 'replay', execute = true, now = LATER) =>
  deriveSidecar(homeOf(machine), { how, execute }, now);
const undo = (machine: Machine, transactionId: string | null, threadIds: string[] = []) =>
  undoNow(machine, transactionId, new Date(LATER.getTime() + 1000), { threadIds });
const loseSidecar = (machine: Machine) => fs.rmSync(path.dirname(sidecarOf(machine)), { recursive: true, force: true });
const loseSession = (machine: Machine, lost: Conversation) => {
  fs.rmSync(rolloutOf(machine, lost));
  inState(machine, (database) => database.prepare('DELETE FROM threads WHERE id = ?').run(lost.id));
};

const classes = (machine: Machine, folders: string[]) =>
  folders.map((folder) =>
    planNow(machine, folder).plan.sessions.map(({ thread_id, classification, action, local_thread_id, lineage_id }) => ({
      thread_id,
      classification,
      action,
      local_thread_id,
      lineage_id,
    })),
  );

/** A fast-forward, a branch that went on, a rollback, and packages of every age of them. */
function storied() {
  const machine = make();
  const [grown, parted, gone] = [talk('grown'), talk('parted'), talk('gone')];
  addSession(machine, withTurn(parted, 'second here'));
  const first = pack(machine, grown, parted);
  const there = withTurn(parted, 'second there');
  const second = pack(machine, withTurn(grown, 'second'), there);
  const third = pack(machine, withTurn(withTurn(grown, 'second'), 'third'), withTurn(there, 'third there'));
  const undone = pack(machine, gone);
  for (const [at, folder] of [first, second, undone].entries()) syncNow(machine, folder, {}, new Date(NOW.getTime() + at * 1000));
  undo(machine, null);
  return { machine, folders: [first, second, third, undone], grown, parted };
}

test('after the sidecar is lost, a rebuild brings back every row, and packages are classified as before', () => {
  const { machine, folders } = storied();
  const [before, rows] = [classes(machine, folders), rowsOf(machine)];
  expect(new Set(before.flat().map(({ classification }) => classification))).toEqual(
    new Set(['unchanged', 'fast_forward_import', 'new_lineage']),
  );
  loseSidecar(machine);
  expect(derive(machine, 'rebuild').found).toBe('missing');
  expect(rowsOf(machine)).toEqual(rows);
  expect(classes(machine, folders)).toEqual(before);
});

test('without journals too the packages are classified as before, and the branch is only a guess', () => {
  const { machine, folders, parted } = storied();
  const before = classes(machine, folders);
  loseSidecar(machine);
  fs.rmSync(path.join(machine.codexHome, 'sync-journal'), { recursive: true });
  const result = derive(machine, 'rebuild');
  expect(result).toMatchObject({ counts: { heads: 0, lineages: 0 }, transactionId: null });
  expect(result.guessed).toMatchObject([{ is_known: false, thread_ids: expect.arrayContaining([parted.id]) }]);
  expect(result.guessed[0]?.thread_ids).toHaveLength(2);
  expect(classes(machine, folders)).toEqual(before);
});

test('a dry run writes nothing, a second run has nothing to do', () => {
  const { machine } = storied();
  loseSidecar(machine);
  const untouched = snapshot(machine.codexHome);
  expect(derive(machine, 'replay', false).rows.inserted).toBeGreaterThan(0);
  expect(snapshot(machine.codexHome)).toEqual(untouched);
  expect(derive(machine, 'replay').transactionId).not.toBeNull();
  const replayed = snapshot(machine.codexHome);
  for (const how of ['replay', 'rebuild'] as const) expect(derive(machine, how).transactionId).toBeNull();
  expect(snapshot(machine.codexHome)).toEqual(replayed);
});

test('a rebuild can be rolled back, and the next one gives the same again', () => {
  const { machine } = storied();
  const rows = rowsOf(machine);
  loseSidecar(machine);
  undo(machine, derive(machine, 'rebuild').transactionId);
  expect([...(rowsOf(machine)?.values() ?? [])].every(({ size }) => size === 0)).toBe(true);
  derive(machine, 'replay', true, new Date(LATER.getTime() + 2000));
  expect(rowsOf(machine)).toEqual(rows);
});

test('a sidecar that cannot be read is kept aside, and a rollback leaves it there', () => {
  const { machine } = storied();
  const rows = rowsOf(machine);
  fs.writeFileSync(sidecarOf(machine), 'no database at all, though as long as one might be');
  const { found, transactionId } = derive(machine, 'rebuild');
  expect(found).toBe('damaged');
  expect(rowsOf(machine)).toEqual(rows);
  const journal = findJournal(machine.codexHome, transactionId as string).folder;
  expect(fs.readFileSync(journal.file('backups/sidecar.sqlite'), 'utf8')).toMatch(/^no database/);
  expect(undo(machine, transactionId).transactionId).not.toBeNull();
  expect(derive(machine, 'rebuild', false).found).toBe('readable');
});

test('a sidecar of a later version is refused and left alone', () => {
  const { machine } = storied();
  const database = new Database(sidecarOf(machine));
  database.pragma('user_version = 99');
  database.close();
  for (const how of ['replay', 'rebuild'] as const)
    expect(() => derive(machine, how)).toThrow(expect.objectContaining({ code: 'sidecar_newer' }));
});

test('a home that is older than its journals: shorter files lose their newest sync point, sessions that are gone get a tombstone', () => {
  const machine = make();
  const [grown, late] = [talk('grown'), talk('late')];
  const first = syncNow(machine, pack(machine, grown)).transactionId;
  const old = fs.readFileSync(rolloutOf(machine, grown));
  const second = syncNow(
    machine,
    pack(machine, withTurn(grown, 'second'), late),
    {},
    new Date(NOW.getTime() + 1000),
  ).transactionId;
  fs.writeFileSync(rolloutOf(machine, grown), old);
  loseSession(machine, late);

  const result = derive(machine, 'replay');
  expect(result.skipped).toEqual(
    expect.arrayContaining([
      { transaction_id: second, thread_id: grown.id, reason: 'point_past_end' },
      { transaction_id: second, thread_id: late.id, reason: 'session_gone' },
    ]),
  );
  expect(result.skipped.some(({ transaction_id }) => transaction_id === first)).toBe(false);
  expect([...(rowsOf(machine)?.get('sync_points')?.values() ?? [])]).toMatchObject([
    { thread_id: grown.id, local_size: old.length },
  ]);
  const tombstones = [...(rowsOf(machine)?.get('tombstones')?.values() ?? [])];
  expect(tombstones).toMatchObject([{ thread_id: late.id, noticed_at: LATER.toISOString() }]);
  expect(derive(machine, 'replay', true, new Date(LATER.getTime() + 9000)).transactionId).toBeNull();

  // The session came back by hand: nothing of the earlier replay stands in its way.
  addSession(machine, late);
  derive(machine, 'replay', true, new Date(LATER.getTime() + 9000));
  expect(rowsOf(machine)?.get('tombstones')?.size).toBe(0);
  expect(rowsOf(machine)?.get('heads')?.size).toBe(2);
});

test('a replay keeps rows that no journal tells, a rebuild does not', () => {
  const machine = make();
  const { transactionId } = syncNow(machine, pack(machine, talk('pruned')));
  syncNow(machine, pack(machine, talk('told')), {}, new Date(NOW.getTime() + 1000));
  findJournal(machine.codexHome, transactionId as string).folder.remove();
  expect(derive(machine, 'replay').transactionId).toBeNull();
  expect(derive(machine, 'rebuild')).toMatchObject({ counts: { heads: 1 }, rows: { removed: 4 } });
});

const step = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('sync' as const),
      who: fc.nat(1),
      there: fc.nat(1),
      turns: fc.integer({ min: 1, max: 3 }),
    }),
  },
  fc.record({ do: fc.constant('go on' as const), who: fc.nat(1) }),
  fc.record({ do: fc.constant('roll back' as const), nth: fc.nat(3) }),
);

test('the home is healthy, and rebuild equals replay equals what was there, over histories of syncs, branches and rollbacks', () => {
  let branches = 0;
  let rollbacks = 0;
  const property = fc.property(fc.array(step, { minLength: 4, maxLength: 10 }), (steps) => {
    const machine = makeMachine();
    try {
      for (const [at, one] of steps.entries()) {
        const now = new Date(NOW.getTime() + at * 1000);
        if (one.do === 'sync') {
          let told = talk(`${one.who}`);
          for (let turn = 0; turn < one.turns; turn++) told = withTurn(told, `${one.there}.${turn}`);
          const { plan } = syncNow(machine, pack(machine, told), {}, now);
          branches += plan.sessions.filter(({ action }) => action === 'branch').length;
        } else if (one.do === 'go on') {
          const file = rolloutOf(machine, talk(`${one.who}`));
          if (fs.existsSync(file)) fs.appendFileSync(file, `${withTurn(talk('x'), `here ${at}`).lines.slice(-8).join('\n')}\n`);
        } else {
          const target = listJournals(machine.codexHome)
            .map((journal) => journal.readManifest())
            .filter((manifest) => manifest?.status === 'completed' && !manifest.rolls_back)[one.nth];
          if (target && undo(machine, target.transaction_id).transactionId) rollbacks++;
        }
      }
      const before = rowsOf(machine);
      if (!before) return;
      expect(examineSidecar(homeOf(machine)).findings).toEqual([]);
      expect(derive(machine, 'replay', false).rows).toEqual({ inserted: 0, changed: 0, removed: 0 });
      loseSidecar(machine);
      derive(machine, 'rebuild');
      // Where all was rolled back there is nothing to write.
      expect(rowsOf(machine) ?? plain(new Sidecar())).toEqual(before);
      expect(derive(machine, 'replay').transactionId).toBeNull();
    } finally {
      removeMachine(machine);
    }
  });
  fc.assert(property, { seed: 20261121, numRuns: 25 });
  expect(branches).toBeGreaterThan(3);
  expect(rollbacks).toBeGreaterThan(3);
});
