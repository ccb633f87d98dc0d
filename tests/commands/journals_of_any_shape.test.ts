// Journals that are damaged, foreign, huge or half there. The commands that look go on, and one command brings the home back to work.

import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { findJournal } from '../../scripts/lib/adapters/journal/journal_scan.ts';
import { listTransactions as listVerb } from '../../scripts/lib/cli/verbs/transaction_commands.ts';
import { examine } from '../../scripts/lib/commands/doctor/doctor.ts';
import { examineSidecar } from '../../scripts/lib/commands/health/sidecar_health.ts';
import { deriveSidecar } from '../../scripts/lib/commands/sidecar/derive_sidecar.ts';
import { listTransactions } from '../../scripts/lib/commands/transactions/list_transactions.ts';
import { pruneJournal } from '../../scripts/lib/commands/transactions/prune_journal.ts';
import { recoverHome } from '../../scripts/lib/commands/transactions/recover.ts';
import { needsRepair } from '../../scripts/lib/domain/findings/finding.ts';
import { conversation, withTurn } from '../fixtures/conversation.ts';
import { addSession, homeOf, inState, type Machine, NOW, planNow, syncNow, undoNow, writePackage } from '../fixtures/machine.ts';
import { machinesOfEachTest } from '../fixtures/machines.ts';

const make = machinesOfEachTest();
const talk = conversation('talk', '/home/far/project', ['first']);
const other = conversation('other', '/home/far/project', ['first']);
const LATER = new Date(NOW.getTime() + 5000);

/** Two transactions; the journal of the second is to be damaged. */
function synced(): { here: Machine; ids: string[]; journal: string; next: string } {
  const here = make();
  const one = syncNow(here, writePackage(here, [{ conversation: talk }]));
  const two = syncNow(here, writePackage(here, [{ conversation: other }]));
  const ids = [one, two].map(({ transactionId }) => String(transactionId));
  const next = writePackage(here, [{ conversation: withTurn(talk, 'second') }]);
  return { here, ids, journal: findJournal(here.codexHome, String(ids[1])).folder.path, next };
}

const manifestOf = (journal: string): string => path.join(journal, 'manifest.json');
const operationsOf = (journal: string): string => path.join(journal, 'operations.jsonl');
const change = (journal: string, changes: object): void =>
  fs.writeFileSync(
    manifestOf(journal),
    JSON.stringify({ ...JSON.parse(fs.readFileSync(manifestOf(journal), 'utf8')), ...changes }),
  );
/** As a run leaves it that has not reached its commit point. */
const asHot = (journal: string): void => void fs.mkdirSync(path.join(journal, 'staged'));
const firstLines = (file: string): string => fs.readFileSync(file, 'utf8').split('\n').slice(0, 2).join('\n');

const SHAPES: [what: string, content: string][] = [
  ['empty', ''],
  ['half', '{"schema_version": 1, "transaction_id'],
  ['null', 'null'],
  ['a list', '[]'],
  ['a number', '7'],
  ['an empty object', '{}'],
  ['of another tool', '{"created_at": 5, "status": {"a": []}, "transaction_id": null}'],
  ['NUL bytes', '\0'.repeat(4096)],
  ['very deep', `${'['.repeat(5000)}${']'.repeat(5000)}`],
];

const DAMAGES: [what: string, damage: (journal: string) => void][] = [
  ...SHAPES.map(([what, content]): (typeof DAMAGES)[number] => [
    `a manifest that is ${what}`,
    (journal) => fs.writeFileSync(manifestOf(journal), content),
  ]),
  [
    'the manifest of another transaction',
    (journal) => change(journal, { transaction_id: '019a1fdf-a460-771c-9722-2b817fa07898' }),
  ],
  ['no operations', (journal) => fs.rmSync(operationsOf(journal))],
  ['operations that were cut within a line', (journal) => fs.truncateSync(operationsOf(journal), 300)],
  [
    'operations that were cut between lines',
    (journal) => fs.writeFileSync(operationsOf(journal), firstLines(operationsOf(journal))),
  ],
  ['operations that are NUL bytes', (journal) => fs.writeFileSync(operationsOf(journal), '\0'.repeat(512))],
];

/** All that a person may look with; none of them throws. */
function lookAround(here: Machine, next: string) {
  const home = homeOf(here);
  examine(here.codexHome, {});
  examineSidecar(home);
  recoverHome(home, false);
  planNow(here, next);
  pruneJournal(home, { keep: 1, olderThan: null, execute: false }, LATER);
  listVerb({ codexHome: here.codexHome }, {});
  return listTransactions(home, LATER);
}

test.each(DAMAGES)('a journal with %s: the others are listed and rolled back, and a sync goes on', (_what, damage) => {
  const { here, ids, journal, next } = synced();
  damage(journal);
  expect(lookAround(here, next).map(({ transaction_id }) => transaction_id)).toEqual(ids.toReversed());
  expect(undoNow(here, String(ids[0]), LATER, { execute: false }).threads).toMatchObject([{ outcome: 'rolled_back' }]);
  expect(undoNow(here, String(ids[0]), LATER).threads).toMatchObject([{ outcome: 'rolled_back' }]);
  expect(syncNow(here, next, {}, LATER).transactionId).not.toBeNull();
  expect(examineSidecar(homeOf(here)).findings.map(({ code, mend }) => [code, mend])).toContainEqual([
    'journal_unreadable',
    'recover --execute',
  ]);
});

test.each(DAMAGES.filter((_, at) => at === 0 || at >= SHAPES.length))(
  'a journal with %s that may be of an interrupted run: `recover --execute` keeps it aside, and all works again',
  (_what, damage) => {
    const { here, ids, journal, next } = synced();
    asHot(journal);
    change(journal, { status: 'prepared' });
    damage(journal);
    const bytes = fs.readdirSync(journal).sort();
    lookAround(here, next);
    expect(() => syncNow(here, next, {}, LATER)).toThrow(
      expect.objectContaining({ code: 'recovery_blocked', hint: expect.stringContaining('recover --execute') }),
    );
    expect(recoverHome(homeOf(here), true, 0)).toMatchObject([{ transaction_id: ids[1], outcome: 'set_aside' }]);
    expect(fs.readdirSync(`${journal}.set-aside`).sort()).toEqual(bytes);
    syncNow(here, next, {}, LATER);
    deriveSidecar(homeOf(here), { how: 'rebuild', execute: true }, LATER);
    const { findings } = examineSidecar(homeOf(here));
    expect(findings.filter(needsRepair)).toEqual([]);
    expect(findings.map(({ code, where }) => [code, where])).toContainEqual(['files_left_over', `${journal}.set-aside`]);
  },
);

test('a rebuild says which journal it lacks, and goes on when that is put aside', () => {
  const { here, journal } = synced();
  fs.writeFileSync(manifestOf(journal), '{');
  const rebuild = () => deriveSidecar(homeOf(here), { how: 'rebuild', execute: true }, LATER);
  expect(rebuild).toThrow(expect.objectContaining({ code: 'recovery_blocked', where: expect.stringContaining(journal) }));
  recoverHome(homeOf(here), true, 0);
  expect(rebuild().counts).toMatchObject({ heads: 1 });
});

test('manifests of the sibling of any shape are listed as far as they go', () => {
  const { here, ids, next } = synced();
  for (const [at, [, content]] of SHAPES.entries()) {
    const folder = path.join(here.codexHome, 'transfer-journal', `install-${at}`);
    fs.mkdirSync(path.join(folder, 'operations.jsonl'), { recursive: true });
    fs.writeFileSync(path.join(folder, 'manifest.json'), content);
  }
  const listed = lookAround(here, next);
  expect(listed.map(({ transaction_id }) => transaction_id)).toEqual([
    ...ids.toReversed(),
    ...SHAPES.map((_, at) => `install-${at}`),
  ]);
  expect(listed.filter(({ status }) => status === 'unreadable').every(({ problem }) => problem !== null)).toBe(true);
  expect(listed.filter(({ status }) => status === 'unreadable')).toHaveLength(SHAPES.length - 2);
});

test('folders in the journal that are not ours are named, and no command touches them', () => {
  const { here, next, ids } = synced();
  const foreign = path.join(here.codexHome, 'sync-journal', 'zzz notes');
  fs.mkdirSync(foreign);
  fs.writeFileSync(path.join(foreign, 'thoughts.txt'), 'mine');
  recoverHome(homeOf(here), true, 0);
  const { transactionId } = syncNow(here, next, {}, new Date(NOW.getTime() - 1000));
  expect(String(transactionId) > String(ids[1])).toBe(true);
  expect(fs.readFileSync(path.join(foreign, 'thoughts.txt'), 'utf8')).toBe('mine');
  expect(examineSidecar(homeOf(here)).findings).toMatchObject([{ code: 'files_left_over', where: foreign, severity: 'note' }]);
});

test('sessions whose titles are whole messages leave a journal that every command reads', () => {
  const here = make();
  const title = 'Build me a house. '.repeat(60_000);
  const talks = Array.from({ length: 17 }, (_, at) => conversation(`talk ${at}`, '/home/far/project', ['first']));
  const sessions = talks.map((each, at) => ({ conversation: each, row: at === 0 ? { title } : {} }));
  const { transactionId } = syncNow(here, writePackage(here, sessions));
  const { folder, manifest } = findJournal(here.codexHome, String(transactionId));
  expect(fs.statSync(manifestOf(folder.path)).size).toBeLessThan(17 * 500);
  expect(manifest.threads[0]?.title.length).toBeLessThanOrEqual(200);
  // As an older version wrote it.
  change(folder.path, { threads: manifest.threads.map((thread) => ({ ...thread, title })) });
  expect(fs.statSync(manifestOf(folder.path)).size).toBeGreaterThan(16 << 20);
  expect(listTransactions(homeOf(here), LATER)[0]?.threads[0]?.title).toMatch(/^Build me a house/);
  expect(undoNow(here, String(transactionId), LATER).threads.every(({ outcome }) => outcome === 'rolled_back')).toBe(true);
  expect(fs.statSync(manifestOf(folder.path)).size).toBeLessThan(2 << 20);
});

test('large cells, and texts that begin with a NUL, come back from the journal as they were', () => {
  const here = make();
  addSession(here, talk);
  const preview = `\0bigint:12${'x'.repeat(3_000_000)}`;
  inState(here, (database) =>
    database.prepare('UPDATE threads SET preview = ?, first_user_message = ?').run(preview, '\0blob:no'),
  );
  const { transactionId } = syncNow(here, writePackage(here, [{ conversation: withTurn(talk, 'second') }]));
  const rows = findJournal(here.codexHome, String(transactionId)).folder.readOperations();
  const row = rows.map(({ operation }) => operation).find((one) => one.kind === 'row' && one.table === 'threads');
  expect(row).toMatchObject({ before: { preview, first_user_message: '\0blob:no' } });
});
