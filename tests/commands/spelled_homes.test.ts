// A Codex home under another spelling: in other capitals on a disk that folds them, with accents written in another way on macOS. What tells
// of the system there is told here (`process.platform`); names and disks are real.

import fs from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { makeCaseFoldingFolder } from '../fixtures/case_folding_folder.ts';
import { conversation, rolloutName, textOf, withTurn } from '../fixtures/conversation.ts';
import type { Machine } from '../fixtures/machine.ts';

const LATER = new Date('2026-11-21T12:00:01.000Z');
const talk = conversation('talk', '/home/far/project', ['first']);
const longer = withTurn(talk, 'second');

/** The tool as it loads on that system. */
async function loadedOn(platform: NodeJS.Platform) {
  const own = process.platform;
  Object.defineProperty(process, 'platform', { value: platform });
  vi.resetModules();
  try {
    return {
      ...(await import('../fixtures/machine.ts')),
      ...(await import('../../scripts/lib/commands/health/sidecar_health.ts')),
      ...(await import('../../scripts/lib/commands/adopt/adopt.ts')),
      ...(await import('../../scripts/lib/commands/packup/packup.ts')),
    };
  } finally {
    Object.defineProperty(process, 'platform', { value: own });
  }
}

type Tool = Awaited<ReturnType<typeof loadedOn>>;

/** Synced under one spelling, looked at and gone on with under both while Codex spells its row in the other, and taken back. */
function liveUnder(tool: Tool, [one, other]: [Machine, Machine], rowAs: Machine): void {
  const packed = (what = talk): string => tool.writePackage(one, [{ conversation: what }]);
  const { transactionId } = tool.syncNow(one, packed());
  tool.inState(one, (database) => void database.prepare('UPDATE threads SET rollout_path = ?').run(tool.rolloutOf(rowAs, talk)));
  for (const machine of [one, other]) {
    const home = tool.homeOf(machine);
    expect(tool.planNow(machine, packed()).plan).toMatchObject({ changes: [], sessions: [{ warnings: [] }] });
    expect(tool.adopt(home, { threadIds: [], all: true, repair: false, execute: false }, LATER).findings).toEqual([]);
    expect(tool.examineSidecar(home).findings).toEqual([]);
  }
  const gone = tool.syncNow(other, packed(longer), {}, LATER);
  expect(fs.readFileSync(tool.rolloutOf(one, talk), 'utf8')).toBe(textOf(longer));
  expect(tool.threadRow(one, talk.id)?.rollout_path).toBe(tool.rolloutOf(rowAs, talk));
  for (const id of [gone.transactionId, transactionId])
    expect(tool.undoNow(one, id).threads).toMatchObject([{ outcome: 'rolled_back' }]);
  expect(fs.existsSync(tool.rolloutOf(one, talk))).toBe(false);
}

const folding = makeCaseFoldingFolder();
afterAll(() => folding?.remove());

describe.skipIf(folding === null)('on a disk that folds case (root, and vfat or ntfs-3g)', () => {
  beforeEach(() => void vi.stubEnv('TMPDIR', folding?.path));
  afterEach(() => void vi.unstubAllEnvs());

  test.each(['one', 'other'] as const)('a home in other capitals is clean, where Codex spells its rows as %s', async (which) => {
    const tool = await loadedOn('linux');
    const one = tool.makeMachine();
    const other = { ...one, codexHome: path.join(one.root, 'USER', '.Codex') };
    liveUnder(tool, [one, other], which === 'one' ? one : other);
  });
});

describe('on macOS', () => {
  test('a row with its accents in two characters names the rollout', async () => {
    const tool = await loadedOn('darwin');
    const made = tool.makeMachine();
    const [one, other] = ['Z\u00fcrich', 'Zu\u0308rich'].map((name) => ({ ...made, codexHome: path.join(made.root, name) }));
    fs.renameSync(made.codexHome, (one as Machine).codexHome);
    liveUnder(tool, [one as Machine, one as Machine], other as Machine);
    tool.removeMachine(made);
  });

  test('a rollout that a cloud service has not brought here is named and not read, in a package and in the home', async () => {
    const tool = await loadedOn('darwin');
    const machine = tool.makeMachine();
    const large = withTurn(talk, 'x'.repeat(5000));
    const folder = tool.writePackage(machine, [{ conversation: large }]);
    const packed = path.join(folder, 'sessions', rolloutName(large));
    const content = fs.readFileSync(packed);
    const empty = (file: string): void => {
      const { size } = fs.statSync(file);
      fs.truncateSync(file, 0);
      fs.truncateSync(file, size);
    };
    empty(packed);
    const read = vi.spyOn(fs, 'readSync');
    expect(tool.planNow(machine, folder).plan.sessions).toMatchObject([
      { classification: 'invalid', reason_code: 'not_downloaded', reason: expect.stringContaining('in the cloud') },
    ]);
    read.mockRestore();

    fs.writeFileSync(packed, content);
    tool.syncNow(machine, folder);
    const local = tool.rolloutOf(machine, large);
    empty(local);
    const { plan } = tool.planNow(machine, tool.writePackage(machine, [{ conversation: withTurn(large, 'more') }]));
    expect(plan).toMatchObject({ changes: [], sessions: [{ reason: expect.stringContaining('in the cloud') }] });
    expect(tool.examineSidecar(tool.homeOf(machine)).findings).toMatchObject([
      { code: 'not_downloaded', where: local, message: expect.stringContaining('in the cloud') },
    ]);
    tool.removeMachine(machine);
  });
});

test('packup finds a folder by another of its names', async () => {
  const tool = await loadedOn('linux');
  const machine = tool.makeMachine();
  const [real, link] = ['real', 'link'].map((name) => path.join(machine.root, name)) as [string, string];
  fs.mkdirSync(real);
  fs.symlinkSync(real, link);
  tool.addSession(machine, conversation('here', real, ['hi']));
  tool.addSession(machine, conversation('from Windows', 'C:\\Users\\far\\Documents\\plant', ['hi']));
  const packedFrom = (cwdFilter: string, at: number): number =>
    tool.packup(tool.homeOf(machine), { cwdFilter, threadIds: [], all: false }, path.join(machine.root, `out-${at}`), LATER)
      .sessions.length;
  const filters = [real, `${real}/`, link, 'c:/users/FAR/documents/plant', '\\\\?\\C:\\Users\\far\\Documents\\plant'];
  expect(filters.map(packedFrom)).toEqual([1, 1, 1, 1, 1]);
  expect(() => packedFrom(`${real}2`, 9)).toThrow(expect.objectContaining({ code: 'nothing_selected' }));
  tool.removeMachine(machine);
});
