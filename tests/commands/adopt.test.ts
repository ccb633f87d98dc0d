import fs from 'node:fs';
import path from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { readLocalHome } from '../../scripts/lib/adapters/local_sessions/local_home.ts';
import { explain } from '../../scripts/lib/cli/output/explanations.ts';
import { sessionDocuments } from '../../scripts/lib/cli/sync_report/session_document.ts';
import { adopt } from '../../scripts/lib/commands/adopt/adopt.ts';
import { checkOnDisk } from '../../scripts/lib/commands/health/check_on_disk.ts';
import { type Conversation, conversation, record, rowOf, settings, withTurn } from '../fixtures/conversation.ts';
import {
  addSession,
  homeOf,
  inState,
  insert,
  type Machine,
  makeStateDatabase,
  NOW,
  planNow,
  rolloutOf,
  syncNow,
  threadRow,
  undoNow,
  writePackage,
} from '../fixtures/machine.ts';
import { machinesOfEachTest } from '../fixtures/machines.ts';
import { installAsSibling } from '../sibling/install_package.ts';

const FAR = '/home/far/project';
const request = { threadIds: [], all: false, repair: false, execute: false };
const LATER = new Date(NOW.getTime() + 1000);

const machine = machinesOfEachTest();
let here: Machine;
let talk: Conversation;
/** The sibling makes the working folder, so it lies in the temporary one. */
function start(version: '0.169.0' | 'never started'): void {
  here = machine(version);
  talk = conversation('one', path.join(here.root, 'project'), ['first']);
}
beforeEach(() => start('0.169.0'));

const transactionOf = (at: number): string => String(fs.readdirSync(path.join(here.codexHome, 'sync-journal')).sort().at(at));
const run = (more: Partial<typeof request>) => adopt(homeOf(here), { ...request, ...more }, NOW);
const undo = () => undoNow(here, null, LATER);
const installed = (): Promise<void> =>
  installAsSibling(writePackage(here, [{ conversation: talk }]), here.codexHome, here.userHome);

test('what the sibling installed is adopted and its row repaired, and a rollback takes both back', async () => {
  await installed();
  addSession(here, conversation('two', FAR, ['not of the sibling']));
  const bytes = fs.readFileSync(rolloutOf(here, talk));
  const row = threadRow(here, talk.id);
  expect(run({}).findings.map(({ code }) => code)).toEqual(expect.arrayContaining(['row_history_mode', 'row_preview']));
  expect(fs.existsSync(path.join(here.codexHome, 'sync-sidecar'))).toBe(false);

  const done = run({ repair: true, execute: true });
  expect(done.sessions).toMatchObject([{ thread_id: talk.id, outcome: 'adopted', repaired: true }]);
  expect(threadRow(here, talk.id)).toMatchObject({ history_mode: 'paginated', preview: 'first' });
  expect(fs.readFileSync(rolloutOf(here, talk))).toEqual(bytes);
  expect(run({ execute: true })).toMatchObject({ transactionId: null, findings: [], sessions: [{ outcome: 'known' }] });

  undo();
  expect(threadRow(here, talk.id)).toEqual(row);
  expect(run({}).sessions).toMatchObject([{ outcome: 'adopted' }]);
});

test('settings that only some Codex reads are no reason to leave what the sibling installed as it is', async () => {
  const full = { ...settings('gpt-5', talk.cwd), approval_policy: 'never', permission_profile: { type: 'disabled' } };
  const hidden = record(talk.lines.length, 'event_msg', ['thread_settings_applied', talk.id, full]);
  talk = { ...talk, lines: [...talk.lines, hidden] };
  await installed();
  expect(run({}).findings.map(({ code }) => code)).toContain('wider_rights');
  run({ repair: true, execute: true });
  const lines = fs.readFileSync(rolloutOf(here, talk), 'utf8').trimEnd().split('\n');
  expect(lines).toHaveLength(talk.lines.length + 1);
  expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({ payload: { thread_settings: { approval_policy: 'on-request' } } });
  expect(run({}).findings).toEqual([]);
  // What the user lets it do later is no finding.
  fs.appendFileSync(
    rolloutOf(here, talk),
    `${record(lines.length, 'event_msg', { type: 'thread_settings_applied', thread_id: talk.id, thread_settings: full })}\n`,
  );
  expect(run({}).findings).toEqual([]);
});

test('what the sibling installed with the rights of a careless sender gets those of a new thread by --repair', async () => {
  talk = {
    ...talk,
    lines: talk.lines.map((line) => line.replaceAll('"approval_policy":"on-request"', '"approval_policy":"never"')),
  };
  await installed();
  expect(run({}).findings.map(({ code }) => code)).toContain('wider_rights');
  run({ repair: true, execute: true });
  const last = fs.readFileSync(rolloutOf(here, talk), 'utf8').trimEnd().split('\n').at(-1) ?? '';
  expect(JSON.parse(last)).toMatchObject({
    ordinal: talk.lines.length,
    payload: { thread_settings: { approval_policy: 'on-request' } },
  });
  expect(run({}).findings).toEqual([]);
});

test('each wrong column of a row is a finding that `explain` knows, under the name that `verify` has for it', () => {
  addSession(here, talk, { history_mode: 'legacy', rollout_path: '/gone/x.jsonl', preview: '', model_provider: '', name: null });
  fs.writeFileSync(
    path.join(here.codexHome, 'session_index.jsonl'),
    `${JSON.stringify({ id: talk.id, thread_name: 'named', updated_at: NOW.toISOString() })}\n`,
  );
  const codes = run({ all: true }).findings.map(({ code }) => code);
  expect(codes.toSorted()).toEqual(['row_history_mode', 'row_model_provider', 'row_name', 'row_path', 'row_preview']);
  expect(codes.filter((code) => explain(code).length === 0)).toEqual([]);
  const home = homeOf(here);
  const verified = checkOnDisk(home, readLocalHome(home), [talk.id]).map(({ code }) => code);
  expect(verified.filter((code) => !codes.includes(code))).toEqual([]);
  expect(verified).toEqual(expect.arrayContaining(['row_history_mode', 'row_path', 'row_preview']));
});

test('what the sibling took back again is not what it installed', async () => {
  await installed();
  const journal = path.join(here.codexHome, 'transfer-journal');
  const manifest = path.join(journal, String(fs.readdirSync(journal)[0]), 'manifest.json');
  fs.writeFileSync(manifest, fs.readFileSync(manifest, 'utf8').replace('"completed"', '"rolled_back"'));
  expect(run({}).sessions).toEqual([]);
});

test('a package of the same bytes is unchanged without a second look, a longer one appends', () => {
  addSession(here, talk);
  run({ all: true, execute: true });
  const [same] = sessionDocuments(planNow(here, writePackage(here, [{ conversation: talk }])));
  expect(same).toMatchObject({
    classification: 'unchanged',
    reason: 'this content was synced before and neither side has changed',
    adopted: false,
  });
  const longer = writePackage(here, [{ conversation: withTurn(talk, 'second') }]);
  expect(syncNow(here, longer).plan.sessions[0]?.classification).toBe('fast_forward_import');
});

/** A home whose database the sibling made, with an archived session (`talk`) and an active one. */
async function unmigratedDatabase() {
  start('never started');
  const active = conversation('active', talk.cwd, ['first']);
  const folder = writePackage(here, [
    { conversation: talk, row: { archived: 1, title: 'Given name' } },
    { conversation: active },
  ]);
  await installAsSibling(folder, here.codexHome, here.userHome);
  const database = path.join(here.codexHome, 'state_5.sqlite');
  return { active, database };
}

test('a database without migrations is set aside with its name and archive state kept, and a rollback gives it back', async () => {
  const { active, database } = await unmigratedDatabase();
  const bytes = fs.readFileSync(database);
  expect(run({}).findings).toMatchObject([{ code: 'database_hand_made', where: database }]);

  run({ repair: true, execute: true });
  expect(fs.existsSync(database)).toBe(false);
  const archived = path.join(here.codexHome, 'archived_sessions', path.basename(rolloutOf(here, talk)));
  expect([fs.existsSync(archived), fs.existsSync(rolloutOf(here, active))]).toEqual([true, true]);
  expect(fs.readFileSync(path.join(here.codexHome, 'session_index.jsonl'), 'utf8')).toContain('Given name');

  expect(undo().threads).toMatchObject([{ outcome: 'rolled_back' }, { outcome: 'rolled_back' }]);
  expect(fs.readFileSync(database)).toEqual(bytes);
  expect(fs.existsSync(archived)).toBe(false);
});

test('once Codex has made a database of its own, that one stays: a rollback refuses what it names elsewhere, and takes the rest back', async () => {
  const { active, database } = await unmigratedDatabase();
  fs.writeFileSync(`${database}-shm`, 'of the one that goes');
  run({ repair: true, execute: true });
  expect(fs.existsSync(`${database}-shm`)).toBe(false);
  makeStateDatabase(here, '0.169.0');
  const archived = path.join(here.codexHome, 'archived_sessions', path.basename(rolloutOf(here, talk)));
  inState(here, (own) => insert(own, 'threads', { ...rowOf(talk, archived), archived: 1 }));
  const bytes = fs.readFileSync(database);
  const outcomes = undo().threads.map(({ thread_id, outcome, reason_code }) => [thread_id, outcome, reason_code]);
  expect(outcomes.toSorted()).toEqual(
    [
      [talk.id, 'refused', 'database_made_since'],
      [active.id, 'rolled_back', 'unchanged_since'],
    ].toSorted(),
  );
  expect([fs.existsSync(archived), fs.readFileSync(database)]).toEqual([true, bytes]);
  expect(readLocalHome(homeOf(here)).sidecar.headIds()).toEqual([talk.id]);

  inState(here, (own) => own.prepare('DELETE FROM threads').run());
  expect(undoNow(here, transactionOf(-2), new Date(LATER.getTime() + 1000)).threads).toMatchObject([{ outcome: 'rolled_back' }]);
  expect([fs.existsSync(archived), fs.existsSync(`${database}-shm`)]).toEqual([false, false]);
});

test('a damaged session is refused and the others are adopted', () => {
  fs.writeFileSync(addSession(here, conversation('bad', FAR, ['x'])), 'no rollout\n');
  addSession(here, talk);
  const outcomes = run({ all: true, execute: true }).sessions.map(({ outcome }) => outcome);
  expect(outcomes.sort()).toEqual(['adopted', 'refused']);
});

test('a sync adopts the local session that its package belongs to, and says so once', () => {
  addSession(here, talk);
  const folder = writePackage(here, [{ conversation: talk }]);
  const shown = () => sessionDocuments(planNow(here, folder))[0];
  expect(shown()).toMatchObject({ classification: 'unchanged', adopted: true });
  syncNow(here, folder);
  expect(shown()).toMatchObject({ classification: 'unchanged', adopted: false });
});
