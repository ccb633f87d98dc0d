// Real homes, damaged in one way each; health names the damage, the command that it names is run, and the home is healthy.

import fs from 'node:fs';
import path from 'node:path';
import { v7 as uuidv7 } from 'uuid';
import { expect, test } from 'vitest';
import { formOnDisk } from '../../scripts/lib/adapters/lines/rollout_bytes.ts';
import { sidecarHealth } from '../../scripts/lib/cli/checks/health_commands.ts';
import { verify as verifyCommand } from '../../scripts/lib/cli/checks/verify_command.ts';
import { adopt } from '../../scripts/lib/commands/adopt/adopt.ts';
import { examineSidecar } from '../../scripts/lib/commands/health/sidecar_health.ts';
import { verify } from '../../scripts/lib/commands/health/verify.ts';
import { deriveSidecar } from '../../scripts/lib/commands/sidecar/derive_sidecar.ts';
import { pruneMappings } from '../../scripts/lib/commands/sidecar/prune_mappings.ts';
import { recoverHome } from '../../scripts/lib/commands/transactions/recover.ts';
import { needsRepair } from '../../scripts/lib/domain/findings/finding.ts';
import { revertOf } from '../fixtures/chain.ts';
import { conversation, withTurn } from '../fixtures/conversation.ts';
import { copyFolder } from '../fixtures/copied_folder.ts';
import {
  addSession,
  changeSidecar,
  homeOf,
  inState,
  insert,
  type Machine,
  NOW,
  planNow,
  rolloutOf,
  syncNow,
  threadRow,
  undoNow,
  writePackage,
} from '../fixtures/machine.ts';
import { machinesOfEachTest } from '../fixtures/machines.ts';
import { snapshot } from '../fixtures/snapshot.ts';
import { compress } from '../fixtures/zstd_frames.ts';
import { savedCopy } from '../transaction/home_states.ts';

const make = machinesOfEachTest();
const talk = conversation('talk', '/home/far/project', ['first']);
const other = conversation('other', '/home/far/project', ['first']);

/** A session that came, went on, and another one. */
function synced(): { here: Machine; newest: string } {
  const here = make();
  syncNow(here, writePackage(here, [{ conversation: talk }, { conversation: other }]));
  const newest = writePackage(here, [{ conversation: withTurn(talk, 'second') }, { conversation: other }]);
  syncNow(here, newest, {}, new Date(NOW.getTime() + 1000));
  return { here, newest };
}

const codesIn = (here: Machine): string[] => examineSidecar(homeOf(here)).findings.map(({ code }) => code);
const sidecarOf = ({ codexHome }: Machine): string => path.join(codexHome, 'sync-sidecar', 'sidecar.sqlite');
const inThreads = (here: Machine, statements: string): void => {
  inState(here, (database) => database.exec(statements));
};
const journalOf = ({ codexHome }: Machine, at: number): string => {
  const root = path.join(codexHome, 'sync-journal');
  return path.join(root, fs.readdirSync(root).sort().at(at) as string);
};
const rolloutFile = (here: Machine): string => rolloutOf(here, talk);

/** Carries out what a finding says, as a person would type it. */
function repair(here: Machine, command: string): void {
  const home = homeOf(here);
  const [name, ...words] = command.split(' ');
  const request = { execute: true };
  if (name === 'rebuild-sidecar') deriveSidecar(home, { how: 'rebuild', ...request }, NOW);
  else if (name === 'replay-transactions-sidecar') deriveSidecar(home, { how: 'replay', ...request }, NOW);
  else if (name === 'prune-invalid-mappings') pruneMappings(home, request, NOW);
  else if (name === 'recover') recoverHome(home, true, 0);
  else if (name === 'adopt') {
    const all = words[0] === '--all';
    adopt(home, { threadIds: all ? [] : [String(words[1])], all, repair: true, ...request }, NOW);
  } else throw new Error(`no command: ${command}`);
}

test('a home as syncs leave it is healthy, and is not touched by the look', () => {
  const { here } = synced();
  const before = snapshot(here.codexHome);
  expect(examineSidecar(homeOf(here))).toEqual({
    findings: [],
    read: { sessions: 2, mappings: 2, transactions: 2, bytes: 0 },
  });
  expect(snapshot(here.codexHome)).toEqual(before);
});

const restoreOlderCompressed = (here: Machine): void => {
  restoreOlder(here);
  compress(rolloutFile(here));
};

const changeAndCompress = (here: Machine): void => {
  changeBytes(here);
  compress(rolloutFile(here));
};

function restoreOlder(here: Machine): void {
  const first = fs.readFileSync(rolloutFile(here));
  const end = first.lastIndexOf('\n', first.length - 200) + 1;
  fs.truncateSync(rolloutFile(here), end);
}

const DAMAGES: [what: string, damage: (here: Machine) => void, codes: string[]][] = [
  ['a sidecar that was deleted', (here) => fs.rmSync(sidecarOf(here)), ['sidecar_missing']],
  ['a sidecar that is no database', (here) => fs.writeFileSync(sidecarOf(here), 'x'.repeat(5000)), ['sidecar_unreadable']],
  ['a sidecar without its tables', (here) => changeSidecar(here, 'DROP TABLE heads'), ['sidecar_unreadable']],
  [
    'a source of another lineage',
    (here) => changeSidecar(here, `UPDATE sources SET lineage_id = 'x' WHERE source_thread_id = '${talk.id}'`),
    ['lineages_disagree'],
  ],
  [
    'a sync point without a head',
    (here) => changeSidecar(here, `DELETE FROM heads WHERE thread_id = '${talk.id}'`),
    ['lineages_disagree'],
  ],
  ['a rollout that is gone while its row stays', (here) => fs.rmSync(rolloutFile(here)), ['rollout_missing']],
  [
    'a row that is gone while its rollout stays',
    (here) => inThreads(here, `DELETE FROM threads WHERE id = '${talk.id}'`),
    ['row_missing'],
  ],
  [
    'a row that names another file',
    (here) => inThreads(here, `UPDATE threads SET rollout_path = '/gone/x.jsonl' WHERE id = '${talk.id}'`),
    ['row_path'],
  ],
  [
    'a row of another form',
    (here) => inThreads(here, `UPDATE threads SET history_mode = 'legacy' WHERE id = '${talk.id}'`),
    ['row_history_mode'],
  ],
  ['a projection that is ahead of its rollout', projectTooFar, ['projection_past_end']],
  [
    'a row without preview',
    (here) => inThreads(here, `UPDATE threads SET preview = '' WHERE id = '${talk.id}'`),
    ['row_preview'],
  ],
  ['a rollout from an older backup', restoreOlder, ['rollout_shrank']],
  ['a compressed rollout from an older backup', restoreOlderCompressed, ['rollout_shrank']],
  ['bytes of a sync that were changed', changeBytes, ['rollout_changed']],
  ['bytes of a sync that were changed before Codex compressed them', changeAndCompress, ['rollout_changed']],
  ['a transaction that was interrupted', interrupt, ['transaction_interrupted']],
  [
    'a journal without manifest',
    (here) => fs.mkdirSync(path.join(here.codexHome, 'sync-journal', uuidv7())),
    ['journal_abandoned'],
  ],
];

/** As it lies there when the process dies after the last row and before the commit. */
function interrupt(here: Machine): void {
  const journal = journalOf(here, -1);
  const operations = fs.readFileSync(path.join(journal, 'operations.jsonl'), 'utf8').trim().split('\n');
  const appended = operations.map((line) => JSON.parse(line).operation).find(({ kind }) => kind === 'append_file');
  const { size } = appended.before;
  fs.mkdirSync(path.join(journal, 'staged'));
  fs.writeFileSync(path.join(journal, appended.staged), fs.readFileSync(rolloutFile(here)).subarray(size));
  rewriteManifest(here, (manifest) => ({ ...manifest, status: 'prepared' }));
}

function rewriteManifest(here: Machine, change: (manifest: Record<string, unknown>) => Record<string, unknown>): void {
  const file = path.join(journalOf(here, -1), 'manifest.json');
  fs.writeFileSync(file, JSON.stringify(change(JSON.parse(fs.readFileSync(file, 'utf8')))));
}

test.each(DAMAGES)('%s is named, and the command that is named repairs it', async (_what, damage, codes) => {
  const { here, newest } = synced();
  damage(here);
  const { findings } = examineSidecar(homeOf(here));
  expect(findings.map(({ code }) => code)).toEqual(codes);
  repair(here, String(findings[0]?.mend));
  expect(examineSidecar(homeOf(here)).findings.filter(needsRepair)).toEqual([]);
  syncNow(here, newest, {}, new Date(NOW.getTime() + 2000));
  expect(codesIn(here)).toEqual([]);
  expect(fs.existsSync(formOnDisk(String(threadRow(here, talk.id)?.rollout_path)))).toBe(true);
  expect((await verify(homeOf(here), { threadIds: [], codexBinary: null })).findings).toEqual([]);
  expect(planNow(here, newest).plan.sessions.map(({ classification }) => classification)).toEqual(['unchanged', 'unchanged']);
});

test.each<[what: string, damage: (here: Machine) => void, code: string]>([
  ['a later version of the sidecar', (here) => changeSidecar(here, 'PRAGMA user_version = 99'), 'sidecar_newer'],
  ['a rollout that lies here twice', copyToArchive, 'rollout_twice'],
  [
    'a manifest that is no JSON',
    (here) => fs.writeFileSync(path.join(journalOf(here, -1), 'manifest.json'), '{'),
    'journal_unreadable',
  ],
  ['a rollback whose backups are gone', dropBackups, 'backups_gone'],
  [
    'a file that was left in the journal',
    ({ codexHome }) => fs.writeFileSync(path.join(codexHome, 'sync-journal', 'x.tmp'), ''),
    'files_left_over',
  ],
  [
    'a folder that somebody else has put into the journal',
    ({ codexHome }) => fs.mkdirSync(path.join(codexHome, 'sync-journal', 'notes')),
    'files_left_over',
  ],
])('%s is named, with what a person has to do', (_what, damage, code) => {
  const { here } = synced();
  damage(here);
  const { findings } = examineSidecar(homeOf(here));
  expect(findings.map((finding) => finding.code)).toContain(code);
  expect(findings.every((finding) => finding.mend !== null && finding.message.endsWith('.'))).toBe(true);
});

function projectTooFar(here: Machine): void {
  const past = fs.statSync(rolloutFile(here)).size + 1;
  inState(
    here,
    (database) =>
      insert(database, 'thread_history_projection_state', {
        thread_id: talk.id,
        next_rollout_byte_offset: past,
        next_rollout_ordinal: 1,
      }),
    'thread_history_1.sqlite',
  );
}

function changeBytes(here: Machine): void {
  const file = rolloutFile(here);
  fs.writeFileSync(file, fs.readFileSync(file, 'utf8').replaceAll('second', 'sec0nd'));
}

function copyToArchive(here: Machine): void {
  const archive = path.join(here.codexHome, 'archived_sessions');
  fs.mkdirSync(archive, { recursive: true });
  fs.copyFileSync(rolloutFile(here), path.join(archive, path.basename(rolloutFile(here))));
}

function dropBackups(here: Machine): void {
  undoNow(here, path.basename(journalOf(here, -1)), new Date(NOW.getTime() + 5000));
  fs.rmSync(path.join(journalOf(here, -1), 'backups'), { recursive: true });
}

test('a session is rolled back and its branch stays: the lineage and the source that the branch needs stay too', () => {
  const here = make();
  const first = syncNow(
    here,
    writePackage(here, [{ conversation: withTurn(talk, 'second') }]),
    {},
    new Date(NOW.getTime() - 9000),
  );
  const other = writePackage(here, [{ conversation: withTurn(talk, 'said instead') }]);
  expect(syncNow(here, other).plan.sessions).toMatchObject([{ classification: 'diverged_lineage' }]);
  expect(undoNow(here, first.transactionId).threads).toMatchObject([{ outcome: 'rolled_back' }]);
  expect(codesIn(here)).toEqual([]);
  expect(planNow(here, other).plan.sessions).toMatchObject([{ reason_code: 'synced_before' }]);
});

test('what one sync learned of a session is rolled back, and what a later one learned of it stays whole', () => {
  const here = make();
  addSession(here, withTurn(talk, 'second'));
  const first = syncNow(here, writePackage(here, [{ conversation: talk }]), {}, new Date(NOW.getTime() - 9000));
  const id = `${talk.id.slice(0, -4)}beef` as typeof talk.id;
  const lines = talk.lines.map((line) => line.replaceAll(`id":"${talk.id}"`, `id":"${id}"`));
  syncNow(here, writePackage(here, [{ conversation: { ...talk, id, lines } }]));
  expect(undoNow(here, first.transactionId).threads).toMatchObject([{ outcome: 'rolled_back' }]);
  expect(codesIn(here)).toEqual([]);
});

test('a deleted session is a note, to verify as well, pruning buries it, and a rollback of that digs it up', async () => {
  const { here, newest } = synced();
  fs.rmSync(rolloutFile(here));
  inThreads(here, `DELETE FROM threads WHERE id = '${talk.id}'`);
  const { document, exitCode } = sidecarHealth({ codexHome: here.codexHome }, {}) as Exclude<
    ReturnType<typeof sidecarHealth>,
    Promise<unknown>
  >;
  expect([exitCode, codesIn(here), document.healthy]).toEqual([0, ['session_deleted'], true]);
  const verified = await verifyCommand({ codexHome: here.codexHome }, {});
  expect([verified.exitCode, verified.document.findings]).toMatchObject([0, [{ code: 'session_deleted', severity: 'note' }]]);
  const before = snapshot(here.codexHome);
  expect(pruneMappings(homeOf(here), { execute: false }, NOW).mappings).toMatchObject([{ thread_id: talk.id }]);
  expect(snapshot(here.codexHome)).toEqual(before);
  const later = new Date(NOW.getTime() + 5000);
  const { transactionId } = pruneMappings(homeOf(here), { execute: true }, later);
  expect(codesIn(here)).toEqual([]);
  expect(planNow(here, newest).plan.sessions[0]).toMatchObject({
    classification: 'unchanged',
    action: 'none',
    reason: `deleted locally on ${NOW.toISOString().slice(0, 10)}`,
  });
  expect(threadRow(here, talk.id)).toBeUndefined();
  undoNow(here, transactionId, later);
  expect(codesIn(here)).toEqual(['session_deleted']);
});

/** The first sync, a copy of the home as it was then, and the second sync, which brings a turn and another session. */
function syncedTwice() {
  const here = make();
  syncNow(here, writePackage(here, [{ conversation: talk }]));
  const newest = writePackage(here, [{ conversation: withTurn(talk, 'second') }, { conversation: other }]);
  const { root, again } = savedCopy(here);
  syncNow(here, newest, {}, new Date(NOW.getTime() + 1000));
  return { here, newest, saved: { ...here, root, codexHome: path.join(root, 'user', '.codex') }, again };
}

test('a sidecar out of an older backup is named, and a replay brings it up to what the home bears out', () => {
  const { here, saved } = syncedTwice();
  const before = snapshot(path.dirname(sidecarOf(here)));
  fs.copyFileSync(sidecarOf(saved), sidecarOf(here));
  const { findings } = examineSidecar(homeOf(here));
  expect(findings.map(({ code }) => code)).toEqual(['sidecar_behind']);
  repair(here, String(findings[0]?.mend));
  expect(codesIn(here)).toEqual([]);
  expect(snapshot(path.dirname(sidecarOf(here)))).toEqual(before);
});

test('a home out of an older backup beside newer journals: what it lost is named, a replay buries nothing, and the next package brings it', () => {
  const { here, newest, again } = syncedTwice();
  const journals = fs.mkdtempSync(path.join(here.root, '..', 'journals-'));
  try {
    copyFolder(path.join(here.codexHome, 'sync-journal'), journals);
    again();
    copyFolder(journals, path.join(here.codexHome, 'sync-journal'));
  } finally {
    fs.rmSync(journals, { recursive: true });
  }
  const { findings } = examineSidecar(homeOf(here));
  expect(findings.map(({ code, thread_id, severity }) => [code, thread_id, severity])).toEqual([
    ['effects_gone', talk.id, 'note'],
    ['effects_gone', other.id, 'note'],
  ]);
  repair(here, 'replay-transactions-sidecar --execute');
  const { plan } = syncNow(here, newest, {}, new Date(NOW.getTime() + 2000));
  expect(plan.sessions.map(({ action }) => action)).toEqual(['append', 'create']);
  expect(codesIn(here)).toEqual([]);
});

test('a home that was moved is named once for all its rows, and they are repaired together', () => {
  const { here } = synced();
  const moved = { ...here, codexHome: path.join(here.userHome, 'moved') };
  fs.renameSync(here.codexHome, moved.codexHome);
  const { findings } = examineSidecar(homeOf(moved));
  expect(findings.map(({ code }) => code)).toEqual(['row_path', 'row_path', 'home_moved']);
  repair(moved, String(findings.at(-1)?.mend));
  expect(codesIn(moved)).toEqual([]);
});

test('a state database that cannot be read is named beside what can be told without it', () => {
  const { here } = synced();
  fs.writeFileSync(path.join(here.codexHome, 'state_5.sqlite'), 'x'.repeat(5000));
  fs.rmSync(sidecarOf(here));
  expect(codesIn(here)).toEqual(['database_damaged', 'sidecar_missing']);
});

test('what a run left that was killed after its commit goes with the command that is named', () => {
  const { here } = synced();
  fs.mkdirSync(path.join(journalOf(here, -1), 'staged'));
  fs.writeFileSync(path.join(journalOf(here, 0), 'manifest.json.new'), '{}');
  const { findings } = examineSidecar(homeOf(here));
  expect(findings.map(({ code, mend: command }) => [code, command])).toEqual(
    Array(2).fill(['files_left_over', 'recover --execute']),
  );
  repair(here, String(findings[0]?.mend));
  expect(codesIn(here)).toEqual([]);
});

test('a rollout that was spelled anew, was accepted so, found unchanged by a sync and went on is healthy', () => {
  const { here, newest } = synced();
  fs.writeFileSync(rolloutFile(here), fs.readFileSync(rolloutFile(here), 'utf8').replaceAll('"type":', '"type": '));
  expect(codesIn(here)).toEqual(['rollout_changed']);
  repair(here, 'replay-transactions-sidecar --execute');
  const { plan } = syncNow(here, newest, {}, new Date(NOW.getTime() + 2000));
  expect(plan.sessions.map(({ classification }) => classification)).toEqual(['unchanged', 'unchanged']);
  fs.appendFileSync(rolloutFile(here), `${withTurn(talk, 'third').lines.slice(-8).join('\n')}\n`);
  expect(codesIn(here)).toEqual([]);
});

test('a synced session that was reverted here is healthy: the part that a sync wrote is in its earlier file', () => {
  const here = make();
  syncNow(here, writePackage(here, [{ conversation: withTurn(talk, 'second') }]));
  addSession(here, revertOf(withTurn(talk, 'second'), 1, 'reverted'));
  expect(codesIn(here)).toEqual([]);
});

test.each(DAMAGES)('verify names %s as sidecar-health does, with the same mend', async (_what, damage) => {
  const { here } = synced();
  damage(here);
  const health = examineSidecar(homeOf(here)).findings;
  if (health.some(({ code }) => code.startsWith('sidecar_'))) return;
  const { findings } = await verify(homeOf(here), { threadIds: [], codexBinary: null });
  for (const finding of findings) expect(health).toContainEqual(finding);
});

test('a session that nobody knows cannot be verified', async () => {
  const { here } = synced();
  const unknown = conversation('unknown', here.userHome, []).id;
  await expect(verify(homeOf(here), { threadIds: [unknown], codexBinary: null })).rejects.toMatchObject({
    code: 'nothing_selected',
  });
});
