import fs from 'node:fs';
import path from 'node:path';
import Database from 'better-sqlite3';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { verify } from '../../scripts/lib/commands/health/verify.ts';
import { packup } from '../../scripts/lib/commands/packup/packup.ts';
import { recoverHome } from '../../scripts/lib/commands/transactions/recover.ts';
import { filesOf, forkOf } from '../fixtures/chain.ts';
import { type Conversation, conversation, textOf, withTurn } from '../fixtures/conversation.ts';
import {
  addSession,
  homeOf,
  type Machine,
  NOW,
  planNow,
  removeMachine,
  rolloutOf,
  syncNow,
  threadRow,
  undoNow,
  writePackage,
} from '../fixtures/machine.ts';
import { machinesOfEachTest } from '../fixtures/machines.ts';
import { type Snapshot, snapshot, withoutJournal } from '../fixtures/snapshot.ts';
import { compress } from '../fixtures/zstd_frames.ts';

const talk = conversation('compressed', '/home/far/project', ['first', 'second']);
const longer = withTurn(talk, 'third, there');
const OLD = 1_793_800_000;

const machine = machinesOfEachTest();
let here: Machine;
let plain: string;
beforeEach(() => {
  here = machine();
  plain = addSession(here, talk);
});

const only = (result: ReturnType<typeof planNow>) => result.plan.sessions[0];
const conversations = (machine: Machine): Snapshot =>
  Object.fromEntries(
    Object.entries(withoutJournal(snapshot(machine.codexHome))).filter(([name]) => !name.startsWith('sync-sidecar')),
  );
const undo = (transactionId: string | null = null) => undoNow(here, transactionId, new Date());
const pack = (...sessions: Conversation[]) =>
  writePackage(
    here,
    sessions.map((session) => ({ conversation: session })),
  );
const compressIn = (folder: string, ...sessions: Conversation[]): string => {
  for (const session of sessions) compress(path.join(folder, 'sessions', path.basename(rolloutOf(here, session))));
  return folder;
};

describe('a compressed rollout here', () => {
  test('that is the packed one stays compressed, and is remembered by the file that lies there', () => {
    const file = compress(plain);
    const bytes = fs.readFileSync(file);
    const folder = pack(talk);
    expect(only(syncNow(here, folder))).toMatchObject({ classification: 'unchanged', action: 'none' });
    expect(fs.readFileSync(file)).toEqual(bytes);
    expect(fs.existsSync(plain)).toBe(false);
    expect(only(planNow(here, folder))).toMatchObject({
      classification: 'unchanged',
      reason: 'this content was synced before and neither side has changed',
    });
  });

  test('is not decoded where the sidecar vouches for it, but for its first line', () => {
    const long = conversation('long', '/home/far/project', ['x'.repeat(400_000)]);
    const file = compress(addSession(here, long));
    const folder = pack(long);
    syncNow(here, folder);
    const { atime, mtime } = fs.statSync(file);
    const bytes = fs.readFileSync(file);
    fs.writeFileSync(file, bytes.fill(0xff, bytes.length >> 1));
    fs.utimesSync(file, atime, mtime);
    expect(only(planNow(here, folder))).toMatchObject({
      reason: 'this content was synced before and neither side has changed',
    });
  });

  test('that is ahead takes nothing from an older package', () => {
    compress(plain);
    const older = conversation('compressed', '/home/far/project', ['first']);
    expect(only(planNow(here, pack(older)))).toMatchObject({ classification: 'unchanged' });
  });

  test('becomes plain by an append, and its row names the plain file', () => {
    const file = compress(plain);
    const result = syncNow(here, pack(longer));
    expect(only(result)).toMatchObject({ classification: 'fast_forward_import', action: 'append' });
    expect(result.rolloutPaths.get(talk.id)).toBe(plain);
    expect(fs.readFileSync(plain, 'utf8')).toBe(textOf(longer));
    expect(fs.existsSync(file)).toBe(false);
    expect(threadRow(here, talk.id)?.rollout_path).toBe(plain);
    expect(only(planNow(here, pack(longer)))).toMatchObject({ classification: 'unchanged' });
  });

  test('keeps an unfinished last line apart from what is appended', () => {
    fs.appendFileSync(plain, '{"timestamp":"2026-');
    compress(plain);
    syncNow(here, pack(longer));
    expect(fs.readFileSync(plain, 'utf8').split('\n')).toContain('{"timestamp":"2026-');
    expect(fs.readFileSync(plain, 'utf8').startsWith(textOf(talk))).toBe(true);
  });

  test('that has parted stays as it is beside the branch', () => {
    fs.writeFileSync(plain, textOf(withTurn(talk, 'third, here')));
    const bytes = fs.readFileSync(compress(plain));
    expect(only(syncNow(here, pack(longer)))).toMatchObject({ classification: 'diverged_lineage', action: 'branch' });
    expect(fs.readFileSync(`${plain}.zst`)).toEqual(bytes);
    expect(fs.existsSync(plain)).toBe(false);
  });

  test('beside the plain file is never looked at: Codex takes the plain one', () => {
    fs.writeFileSync(`${plain}.zst`, 'garbage');
    expect(only(planNow(here, pack(longer)))).toMatchObject({ classification: 'fast_forward_import' });
    const result = packup(homeOf(here), { cwdFilter: null, threadIds: [], all: true }, path.join(here.root, 'out'), new Date());
    expect(result.sessions.length).toBe(1);
  });

  test('under a row that names the compressed form, as after an unarchive, is the same session', async () => {
    fs.rmSync(plain);
    addSession(here, talk, { rollout_path: `${plain}.zst` });
    compress(plain);
    expect(only(syncNow(here, pack(talk)))).toMatchObject({ classification: 'unchanged' });
    expect((await verify(homeOf(here), { threadIds: [talk.id], codexBinary: null })).findings).toEqual([]);
    syncNow(here, pack(longer));
    expect(threadRow(here, talk.id)?.rollout_path).toBe(plain);
  });

  test('that is damaged is said, and stops no other session', () => {
    const file = compress(plain);
    fs.writeFileSync(file, fs.readFileSync(file).subarray(0, -9));
    const other = conversation('other', '/home/far/project', ['hello']);
    const { sessions } = syncNow(here, pack(longer, other)).plan;
    expect(sessions.map(({ classification }) => classification)).toEqual(['invalid', 'new_lineage']);
    expect(sessions[0]?.reason).toMatch(/a local session cannot be read: .*truncated/);
    expect(fs.existsSync(rolloutOf(here, other))).toBe(true);
    expect(fs.existsSync(plain)).toBe(false);
  });

  test('is packed plain, under its plain name', () => {
    compress(plain);
    const output = path.join(here.root, 'out');
    packup(homeOf(here), { cwdFilter: null, threadIds: [talk.id], all: false }, output, new Date());
    const packed = path.join(output, 'sessions', path.basename(plain));
    expect(fs.readFileSync(packed, 'utf8')).toBe(textOf(talk));
    expect(fs.statSync(packed).mtimeMs).toBe(OLD * 1000);
    expect(fs.readdirSync(path.join(output, 'sessions'))).toEqual([path.basename(plain)]);
    expect(fs.readFileSync(path.join(output, 'metadata', 'threads.jsonl'), 'utf8')).not.toContain('.zst');
  });
});

describe('a compressed rollout in a package', () => {
  const there = conversation('elsewhere', '/home/far/project', ['hello']);

  test('is read as the plain one is, and arrives plain', () => {
    const folder = compressIn(pack(there), there);
    expect(only(syncNow(here, folder))).toMatchObject({ classification: 'new_lineage' });
    expect(fs.readFileSync(rolloutOf(here, there), 'utf8')).toBe(textOf(there));
    expect(only(planNow(here, folder))).toMatchObject({ reason: 'this content was synced before and neither side has changed' });
    expect(only(planNow(here, pack(there)))).toMatchObject({
      reason: 'this content was synced before and neither side has changed',
    });
  });

  test('is appended to what is here', () => {
    expect(only(syncNow(here, compressIn(pack(longer), longer)))).toMatchObject({ classification: 'fast_forward_import' });
    expect(fs.readFileSync(plain, 'utf8')).toBe(textOf(longer));
  });

  test('beside the plain one is not looked at', () => {
    const folder = pack(there);
    fs.writeFileSync(path.join(folder, 'sessions', `${path.basename(rolloutOf(here, there))}.zst`), 'garbage');
    const result = planNow(here, folder);
    expect(only(result)).toMatchObject({ classification: 'new_lineage', warnings: expect.anything() });
    expect(result.package.warnings).toEqual([]);
  });

  test('that is damaged is invalid, and the others sync', () => {
    const folder = compressIn(pack(there, longer), there);
    const file = path.join(folder, 'sessions', `${path.basename(rolloutOf(here, there))}.zst`);
    fs.writeFileSync(file, fs.readFileSync(file).subarray(0, -1));
    expect(planNow(here, folder).plan.sessions.map(({ classification }) => classification)).toEqual([
      'invalid',
      'fast_forward_import',
    ]);
  });
});

describe('forks', () => {
  const parent = conversation('parent', '/home/far/project', ['first', 'second', 'third']);
  const fork = withTurn(forkOf(parent, 2, 'fork'), 'fork third');
  const packFork = (session: Conversation): string =>
    writePackage(here, [{ conversation: session, bases: filesOf(session).slice(1) }]);
  const addFork = (): void => {
    for (const file of [parent, fork]) compress(addSession(here, file));
  };

  test('in a package where all files are compressed arrive as from plain ones', () => {
    syncNow(here, packFork(fork));
    const expected = fs.readFileSync(rolloutOf(here, fork), 'utf8');
    undo();
    syncNow(here, compressIn(packFork(fork), ...filesOf(fork)));
    expect(fs.readFileSync(rolloutOf(here, fork), 'utf8')).toBe(expected);
  });

  test('here are appended to, and what they continue stays compressed', () => {
    addFork();
    expect(only(planNow(here, packFork(fork)))).toMatchObject({ classification: 'unchanged' });
    expect(only(syncNow(here, packFork(withTurn(fork, 'fourth'))))).toMatchObject({ classification: 'fast_forward_import' });
    expect(fs.readFileSync(rolloutOf(here, fork), 'utf8')).toBe(textOf(withTurn(fork, 'fourth')));
    expect(fs.existsSync(rolloutOf(here, parent))).toBe(false);
    expect(only(planNow(here, packFork(withTurn(fork, 'fourth'))))).toMatchObject({ classification: 'unchanged' });
  });

  test('are packed plain with what they continue', () => {
    addFork();
    const output = path.join(here.root, 'out');
    packup(homeOf(here), { cwdFilter: null, threadIds: [fork.id], all: false }, output, new Date());
    const names = [fork, parent].map((session) => path.basename(rolloutOf(here, session)));
    expect(fs.readdirSync(path.join(output, 'sessions')).sort()).toEqual(names.sort());
    const other = machine();
    try {
      expect(only(syncNow(other, output))).toMatchObject({ classification: 'new_lineage' });
    } finally {
      removeMachine(other);
    }
  });

  test('made before the append do not stop its rollback; one made of what it brought does', () => {
    addFork();
    const grown = withTurn(parent, 'fourth');
    syncNow(here, pack(grown));
    const later = addSession(here, forkOf(grown, 4, 'later'));
    expect(undo().threads).toMatchObject([{ outcome: 'refused', reason: expect.stringMatching(/was forked from it later/) }]);
    fs.rmSync(later);
    expect(undo().threads).toMatchObject([{ outcome: 'rolled_back' }]);
  });
});

describe('rollback', () => {
  test('gives the compressed file back, byte for byte, and removes the plain one', () => {
    compress(plain);
    const before = conversations(here);
    syncNow(here, pack(longer));
    expect(undo().threads).toMatchObject([{ outcome: 'rolled_back' }]);
    expect(conversations(here)).toEqual(before);
  });

  test('rolled back itself brings the plain file back', () => {
    compress(plain);
    syncNow(here, pack(longer));
    const after = conversations(here);
    expect(undo(undo().transactionId).threads).toMatchObject([{ outcome: 'rolled_back' }]);
    expect(conversations(here)).toEqual(after);
  });

  test('is refused where the user went on in the plain file', () => {
    compress(plain);
    syncNow(here, pack(longer));
    fs.writeFileSync(plain, textOf(withTurn(longer, 'here')));
    expect(undo().threads).toMatchObject([{ outcome: 'refused', reason: 'the session was continued later' }]);
    expect(fs.readFileSync(plain, 'utf8')).toBe(textOf(withTurn(longer, 'here')));
    expect(fs.existsSync(`${plain}.zst`)).toBe(false);
  });

  test.each<[string, (machine: Machine) => void]>([
    ['made a plain file of it', () => compress(plain)],
    ['appended to a plain one', () => {}],
  ])('works where Codex has compressed the file since we %s', (_what, prepare) => {
    prepare(here);
    const before = conversations(here);
    syncNow(here, pack(longer));
    compress(plain);
    expect(undo().threads).toMatchObject([{ outcome: 'rolled_back' }]);
    expect(conversations(here)).toEqual(before);
  });

  test('takes a new session away that Codex has compressed since', () => {
    const there = conversation('elsewhere', '/home/far/project', ['hello']);
    const before = conversations(here);
    syncNow(here, pack(there));
    compress(rolloutOf(here, there));
    expect(undo().threads).toMatchObject([{ outcome: 'rolled_back' }]);
    expect(conversations(here)).toEqual(before);
  });
});

describe('a session that a package says is archived', () => {
  const archived = (session: Conversation): string =>
    writePackage(here, [{ conversation: session, row: { archived: 1, archived_at: OLD } }], '2026-11-21T10:00:00.000Z');
  const inArchive = (): string[] => fs.readdirSync(path.join(here.codexHome, 'archived_sessions'));
  const name = (): string => path.basename(plain);
  let before: Snapshot;
  beforeEach(() => {
    syncNow(here, writePackage(here, [{ conversation: talk }], '2026-11-21T09:00:00.000Z'));
    compress(plain);
    before = conversations(here);
  });
  const LATER = new Date(NOW.getTime() + 1000);
  const expectBack = (): void => {
    expect(undo().threads).toMatchObject([{ outcome: 'rolled_back' }]);
    expect(conversations(here)).toEqual(before);
  };

  test('moves compressed, under a row that names the plain file, and comes back', () => {
    syncNow(here, archived(talk), {}, LATER);
    expect(inArchive()).toEqual([`${name()}.zst`]);
    expect(threadRow(here, talk.id)?.rollout_path).toBe(path.join(here.codexHome, 'archived_sessions', name()));
    expect(only(planNow(here, archived(talk)))).toMatchObject({ classification: 'unchanged', action: 'none' });
    expectBack();
  });

  test('and went on there becomes plain in the archive, and comes back compressed', () => {
    syncNow(here, archived(longer), {}, LATER);
    expect(inArchive()).toEqual([name()]);
    expectBack();
  });

  test('comes back in the form that it has by then', () => {
    syncNow(here, archived(talk), {}, LATER);
    const moved = path.join(here.codexHome, 'archived_sessions', name());
    fs.rmSync(`${moved}.zst`);
    fs.writeFileSync(moved, textOf(talk));
    expect(undo().threads).toMatchObject([{ outcome: 'rolled_back' }]);
    expect([fs.readFileSync(plain, 'utf8'), fs.existsSync(`${plain}.zst`)]).toEqual([textOf(talk), false]);
  });
});

/** From the `survived`-th call on nothing reaches the disk any more, as if the machine had lost its power; gives whether it got that far. */
function withPowerCut(survived: number, work: () => void): boolean {
  let calls = 0;
  const names = [
    'renameSync',
    'writeSync',
    'fsyncSync',
    'futimesSync',
    'ftruncateSync',
    'mkdirSync',
    'unlinkSync',
    'rmdirSync',
  ] as const;
  const count = (): void => {
    if (calls++ >= survived) throw new Error('power cut');
  };
  const spies = names.map((name) => {
    const real = fs[name] as (...args: never[]) => unknown;
    return vi.spyOn(fs, name).mockImplementation(((...args: never[]) => {
      count();
      return real(...args);
    }) as never);
  });
  const exec = Database.prototype.exec;
  const databases = vi.spyOn(Database.prototype, 'exec').mockImplementation(function (this: Database.Database, sql) {
    if (sql !== 'ROLLBACK') count();
    return exec.call(this, sql);
  });
  try {
    work();
    return false;
  } catch (error) {
    // Undoing in the same process meets the cut as well, and both are told.
    if (!(error as Error).message.includes('power cut')) throw error;
    return true;
  } finally {
    for (const spy of [...spies, databases]) spy.mockRestore();
  }
}

describe('after a power cut at any point', () => {
  test.each<[string, (folder: string) => void]>([
    ['of a sync', (folder) => syncNow(here, folder)],
    ['of a rollback', () => undo()],
  ])('%s recovery finds one form of the rollout, before or after', (what, work) => {
    compress(plain);
    const folder = pack(longer);
    const early = conversations(here);
    if (what === 'of a rollback') syncNow(here, folder);
    const start = conversations(here);
    let cuts = 0;
    for (; withPowerCut(cuts, () => work(folder)); cuts++) {
      recoverHome(homeOf(here), true);
      const now = conversations(here);
      // What was committed before the power went stays; a rollback that is done is the state from before the sync.
      const isDone = JSON.stringify(now) !== JSON.stringify(start);
      if (isDone) {
        if (what === 'of a rollback') expect(now).toEqual(early);
        else expect(fs.readFileSync(plain, 'utf8')).toBe(textOf(longer));
        break;
      }
    }
    expect(cuts).toBeGreaterThan(10);
  });
});
