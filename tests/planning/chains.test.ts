// Sessions of several files: forks and reverts of paginated sessions.

import fs from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readLocalHome } from '../../scripts/lib/adapters/local_sessions/local_home.ts';
import { checkOnDisk } from '../../scripts/lib/commands/health/check_on_disk.ts';
import { packup } from '../../scripts/lib/commands/packup/packup.ts';
import { withoutAdded } from '../fixtures/added_settings.ts';
import { filesOf, forkOf, revertOf, wholeOf } from '../fixtures/chain.ts';
import { type Conversation, conversation, rolloutName, textOf, withOpening, withTurn } from '../fixtures/conversation.ts';
import {
  addSession,
  homeOf,
  type Machine,
  makeMachine,
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
import { snapshot } from '../fixtures/snapshot.ts';

const machine = machinesOfEachTest();

const FAR = '/home/far/project';
const parent = conversation('parent', FAR, ['first', 'second', 'third']);
const fork = withTurn(forkOf(parent, 2, 'fork'), 'fork third');
const reverted = withTurn(revertOf(parent, 1, 'once'), 'other second');

const packed = (here: Machine, ...sessions: Conversation[]): string =>
  writePackage(
    here,
    sessions.map((session) => ({ conversation: session, bases: filesOf(session).slice(1) })),
  );
const classesOf = (result: { plan: { sessions: { thread_id: string; classification: string; reason: string }[] } }) =>
  Object.fromEntries(result.plan.sessions.map(({ thread_id, classification }) => [thread_id, classification]));
const reasonOf = (result: { plan: { sessions: { reason: string }[] } }): string => result.plan.sessions[0]?.reason ?? '';
const addChain = (here: Machine, session: Conversation): void => {
  for (const file of filesOf(session).toReversed()) addSession(here, file);
};
const fileOf = (here: Machine, session: Conversation): string => String(threadRow(here, session.id)?.rollout_path);

type Line = { ordinal: number; type: string; payload: Record<string, unknown> };
const linesOf = (file: string): Line[] =>
  fs
    .readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);

/** One file, contiguous ordinals, no base, and between the first line and the end what the session says. */
function expectWhole(file: string, session: Conversation): void {
  const [meta, ...body] = linesOf(file) as [Line, ...Line[]];
  expect([meta, ...body].map(({ ordinal }) => ordinal)).toEqual([meta, ...body].map((_, at) => at));
  expect(meta.payload).not.toHaveProperty('history_base');
  const unnumbered = (lines: Line[]): string => lines.map((line) => JSON.stringify({ ...line, ordinal: 0 })).join('\n');
  const said = unnumbered(
    wholeOf(session)
      .slice(1)
      .map((line) => JSON.parse(line) as Line),
  );
  expect(withoutAdded(unnumbered(body), said)).toBe(said);
}

describe('a session that continues another rollout', () => {
  test.each<[string, Conversation]>([
    ['a fork', fork],
    ['a fork of a fork', withTurn(forkOf(fork, 3, 'fork of fork'), 'fourth')],
    ['a fork without a turn of its own', forkOf(parent, 2, 'silent')],
    ['a reverted session', reverted],
    ['a session reverted twice', withTurn(revertOf(withTurn(reverted, 'third'), 2, 'twice'), 'other third')],
    ['a fork of a reverted session', withTurn(forkOf(reverted, 2, 'of reverted'), 'third')],
    ['a fork that was reverted into what it inherited', withTurn(revertOf(fork, 1, 'deep'), 'second again')],
  ])('arrives as one file with its whole history: %s', (_shape, session) => {
    const here = machine();
    const folder = packed(here, session);
    expect(classesOf(syncNow(here, folder))).toEqual({ [session.id]: 'new_lineage' });
    const file = fileOf(here, session);
    expect(path.basename(file)).toBe(rolloutName({ ...session, segment: '' }));
    expectWhole(file, session);
    const before = snapshot(here.root);
    expect(classesOf(syncNow(here, folder))).toEqual({ [session.id]: 'unchanged' });
    expect(snapshot(here.root)).toEqual(before);
  });

  test('is appended to where its own side went on', () => {
    const here = machine();
    syncNow(here, packed(here, fork));
    const longer = withTurn(fork, 'fourth');
    expect(classesOf(syncNow(here, packed(here, longer)))).toEqual({ [fork.id]: 'fast_forward_import' });
    expectWhole(fileOf(here, fork), longer);
  });

  test('is appended to where the file here holds no line of its own yet', () => {
    const here = machine();
    const bare = revertOf(parent, 2, 'bare');
    addChain(here, bare);
    const longer = withTurn(bare, 'third again');
    expect(classesOf(syncNow(here, packed(here, longer)))).toEqual({ [parent.id]: 'fast_forward_import' });
    expect(fs.readFileSync(rolloutOf(here, bare), 'utf8')).toBe(textOf(longer));
    expect(fs.readFileSync(rolloutOf(here, parent), 'utf8')).toBe(textOf(parent));
  });

  test('is known again without the sidecar', () => {
    const here = machine();
    syncNow(here, packed(here, fork, parent));
    fs.rmSync(path.join(here.codexHome, 'sync-sidecar'), { recursive: true });
    expect(classesOf(planNow(here, packed(here, withTurn(fork, 'fourth'), parent)))).toEqual({
      [fork.id]: 'fast_forward_import',
      [parent.id]: 'unchanged',
    });
  });

  test('goes back to its origin as what it is there', () => {
    const [here, there] = [machine(), machine()];
    addChain(here, fork);
    syncNow(there, packed(there, fork));
    packup(homeOf(there), { cwdFilter: null, threadIds: [], all: true }, path.join(there.root, 'out'), NOW);
    expect(classesOf(planNow(here, path.join(there.root, 'out')))).toEqual({ [fork.id]: 'unchanged' });
  });

  test('becomes a branch with its whole history where both sides went on', () => {
    const here = machine();
    addChain(here, withTurn(fork, 'here'));
    const there = withTurn(fork, 'there');
    const result = syncNow(here, packed(here, there));
    expect(classesOf(result)).toEqual({ [fork.id]: 'diverged_lineage' });
    const branch = [...result.rolloutPaths.values()][0] as string;
    expect(linesOf(branch)).toHaveLength(wholeOf(there).length);
    expect(linesOf(branch)[0]?.payload).toMatchObject({ forked_from_id: parent.id, forked_from_ordinal_exclusive: 17 });
  });

  test('is refused by name where what it continues is nowhere', () => {
    const here = machine();
    const result = planNow(here, writePackage(here, [{ conversation: fork }]));
    expect(classesOf(result)).toEqual({ [fork.id]: 'invalid' });
    expect(reasonOf(result)).toContain(`it continues rollout ${parent.id}, which is neither in the package nor on this machine`);
  });

  test.each<[string, (base: Conversation) => Conversation]>([
    ['a shorter one', (base) => ({ ...base, lines: base.lines.slice(0, 12) })],
    ['a legacy one', (base) => ({ ...base, lines: base.lines.map((line) => line.replace('"paginated"', '"legacy"')) })],
  ])('is refused where the package has %s in its place', (_what, damage) => {
    const here = machine();
    const result = planNow(here, writePackage(here, [{ conversation: fork, bases: [damage(parent)] }]));
    expect(classesOf(result)).toEqual({ [fork.id]: 'invalid' });
  });

  test('that continues itself is refused', () => {
    const here = machine();
    const circle = { ...fork, lines: fork.lines.map((line) => line.replaceAll(parent.id, fork.id)) };
    const result = planNow(here, writePackage(here, [{ conversation: circle }]));
    expect(classesOf(result)).toEqual({ [fork.id]: 'invalid' });
    expect(reasonOf(result)).toContain('which continues it');
  });

  test('is whole where an installer spelled the lines that it continues otherwise, so that no offset fits', () => {
    const here = machine();
    const respelled = {
      ...parent,
      lines: parent.lines.map((line) => JSON.stringify(JSON.parse(line), null, 1).replaceAll('\n', '')),
    };
    syncNow(here, writePackage(here, [{ conversation: fork, bases: [respelled] }]));
    expectWhole(fileOf(here, fork), fork);
  });

  test('takes what it continues from this machine, where a sync brought that here before', () => {
    const here = machine();
    const rule = { mapPaths: [{ from: FAR, to: '/home/near/a much longer folder' }] };
    syncNow(here, packed(here, parent), rule);
    const result = syncNow(here, writePackage(here, [{ conversation: fork }]), rule);
    expect(classesOf(result)).toEqual({ [fork.id]: 'new_lineage' });
    expect(linesOf(fileOf(here, fork)).filter(({ payload }) => payload.type === 'task_complete')).toHaveLength(3);
  });

  test('does not take what a diverged session of that id has in its place', () => {
    const here = machine();
    addSession(here, withTurn(conversation('parent', FAR, ['first']), 'another second with other words'));
    expect(classesOf(planNow(here, writePackage(here, [{ conversation: fork }])))).toEqual({ [fork.id]: 'invalid' });
  });
});

describe('a fork and its parent', () => {
  test('are two conversations, whichever of them is here', () => {
    for (const [first, second] of [
      [parent, fork],
      [fork, parent],
    ] as const) {
      const here = machine();
      syncNow(here, packed(here, first));
      expect(classesOf(syncNow(here, packed(here, second)))).toEqual({ [second.id]: 'new_lineage' });
    }
  });

  test('do not part from one another when one of them goes on', () => {
    const here = machine();
    syncNow(here, packed(here, parent, fork));
    expect(classesOf(syncNow(here, packed(here, withTurn(parent, 'fourth'), fork)))).toEqual({
      [parent.id]: 'fast_forward_import',
      [fork.id]: 'unchanged',
    });
  });

  test('stay whole when the parent here is only opened', () => {
    const here = machine();
    addSession(here, withOpening(parent));
    expect(classesOf(syncNow(here, packed(here, parent, fork)))).toEqual({ [parent.id]: 'unchanged', [fork.id]: 'new_lineage' });
    expectWhole(fileOf(here, fork), fork);
  });
});

describe('turns that were taken back', () => {
  test('here do not come back with an older package', () => {
    const here = machine();
    addChain(here, reverted);
    const before = snapshot(here.codexHome);
    const result = planNow(here, packed(here, parent));
    expect(classesOf(result)).toEqual({ [parent.id]: 'unchanged' });
    expect(reasonOf(result)).toBe('the package is older: its extra turns were reverted locally');
    expect(snapshot(here.codexHome)).toEqual(before);
  });

  test('here do not come back when nothing was said since', () => {
    const here = machine();
    addChain(here, revertOf(parent, 1, 'silent'));
    expect(classesOf(planNow(here, packed(here, parent)))).toEqual({ [parent.id]: 'unchanged' });
  });

  test('here come as a branch where the other side went on from them', () => {
    const here = machine();
    addChain(here, revertOf(parent, 1, 'silent'));
    const before = fs.readFileSync(rolloutOf(here, parent));
    const result = syncNow(here, packed(here, withTurn(parent, 'fourth')));
    expect(classesOf(result)).toEqual({ [parent.id]: 'diverged_lineage' });
    expect(reasonOf(result)).toBe('incoming continues turns that were reverted locally');
    expect(fs.readFileSync(rolloutOf(here, parent))).toEqual(before);
  });

  test('there stay here, and what was said instead becomes a branch that later packages extend', () => {
    const here = machine();
    syncNow(here, packed(here, parent));
    const before = fs.readFileSync(fileOf(here, parent));
    const first = syncNow(here, packed(here, reverted));
    expect(classesOf(first)).toEqual({ [parent.id]: 'diverged_lineage' });
    expect(fs.readFileSync(fileOf(here, parent))).toEqual(before);
    const longer = withTurn(reverted, 'third');
    const second = syncNow(here, packed(here, longer));
    expect(classesOf(second)).toEqual({ [parent.id]: 'fast_forward_import' });
    expect(linesOf([...second.rolloutPaths.values()][0] as string)).toHaveLength(wholeOf(longer).length);
  });

  test('there stay here where nothing was said instead', () => {
    const here = machine();
    syncNow(here, packed(here, parent));
    expect(classesOf(planNow(here, packed(here, revertOf(parent, 1, 'silent'))))).toEqual({ [parent.id]: 'unchanged' });
  });
});

describe('packing', () => {
  test('a fork alone takes along what it continues, no more than that, and says so', () => {
    const here = machine();
    addChain(here, fork);
    const output = path.join(here.root, 'out');
    const { sessions, warnings } = packup(homeOf(here), { cwdFilter: null, threadIds: [fork.id], all: false }, output, NOW);
    expect(sessions.map(({ thread_id }) => thread_id)).toEqual([fork.id]);
    expect(warnings).toEqual([expect.stringContaining(`rollout ${parent.id} is included up to byte`)]);
    const base = fs.readFileSync(path.join(output, 'sessions', rolloutName(parent)), 'utf8');
    expect(textOf(parent).startsWith(base)).toBe(true);
    expect(base).not.toContain('third');
    const there = machine();
    expect(classesOf(syncNow(there, output))).toEqual({ [fork.id]: 'new_lineage' });
    expectWhole(fileOf(there, fork), fork);
  });

  test.each([
    ['that is being written', []],
    ['that a killed Codex left', withTurn(parent, 'fourth').lines.slice(parent.lines.length)],
  ])('a fork is packed where behind its cut stands a record %s', (_what, rest) => {
    const here = machine();
    const last = withTurn(forkOf(parent, 3, 'at the end'), 'fork fourth');
    addChain(here, last);
    fs.appendFileSync(rolloutOf(here, parent), ['{"timestamp":"2026-11-03T1', ...rest].join('\n'));
    const output = path.join(here.root, 'out');
    const { sessions, warnings } = packup(homeOf(here), { cwdFilter: null, threadIds: [last.id], all: false }, output, NOW);
    expect([sessions.map(({ thread_id }) => thread_id), warnings]).toEqual([
      [last.id],
      [expect.stringMatching('is included up to')],
    ]);
    expect(checkOnDisk(homeOf(here), readLocalHome(homeOf(here)), [last.id])).toEqual([]);
    const there = machine();
    syncNow(there, output);
    expectWhole(fileOf(there, last), last);
  });

  test('leaves a session out whose history is broken, and packs the others', () => {
    const here = machine();
    addChain(here, fork);
    addSession(here, conversation('sound', FAR, ['one']));
    fs.rmSync(rolloutOf(here, parent));
    const { sessions, warnings } = packup(
      homeOf(here),
      { cwdFilter: null, threadIds: [], all: true },
      path.join(here.root, 'out'),
      NOW,
    );
    expect(sessions).toHaveLength(1);
    expect(warnings).toEqual([expect.stringContaining(`${fork.id} is left out`)]);
  });
});

describe('rolling back', () => {
  const LATER = new Date(NOW.getTime() + 1000);
  const undo = (here: Machine) => undoNow(here, null, new Date(LATER.getTime() + 1000));

  test('is refused for what a fork made here continues', () => {
    const here = machine();
    syncNow(here, packed(here, conversation('parent', FAR, ['first', 'second'])));
    syncNow(here, packed(here, parent), {}, LATER);
    const native = forkOf(parent, 3, 'made here');
    addSession(here, native);
    const [thread] = undo(here).threads;
    expect(thread).toMatchObject({ outcome: 'refused', reason: `session ${native.id} was forked from it later` });
    expect(fs.readFileSync(rolloutOf(here, parent), 'utf8')).toBe(textOf(parent));
  });

  test('of lines behind the fork goes through', () => {
    const here = machine();
    syncNow(here, packed(here, conversation('parent', FAR, ['first', 'second'])));
    syncNow(here, packed(here, parent), {}, LATER);
    const native = forkOf(parent, 2, 'made here');
    addSession(here, native);
    const { threads, warnings } = undo(here);
    expect(threads[0]).toMatchObject({ outcome: 'rolled_back' });
    expect(warnings).toEqual([expect.stringContaining(`session ${native.id} is a fork of ${parent.id}: `)]);
  });

  test('is refused where the session was reverted since', () => {
    const here = machine();
    syncNow(here, packed(here, parent));
    addSession(here, revertOf(parent, 1, 'made here'));
    expect(undo(here).threads[0]).toMatchObject({ outcome: 'refused' });
    expect(fs.existsSync(rolloutOf(here, parent))).toBe(true);
  });
});

// Codex takes whichever file has the id that a fork names: with two of them its inherited turns are gone, from lists and from the model.
describe('a packed session with the id of a file that a revert made here', () => {
  const id = reverted.segment as typeof reverted.id;
  const underItsId = (of: Conversation): Conversation => ({
    ...of,
    id,
    lines: of.lines.map((line) => line.replaceAll(`"${of.id}"`, `"${id}"`)),
  });
  const home = (): Machine => {
    const here = machine();
    addChain(here, reverted);
    addSession(here, withTurn(forkOf(reverted, 2, 'fork of reverted'), 'mine'));
    return here;
  };
  const unrelated = underItsId(conversation('unrelated', FAR, ['evil', 'evil again']));

  test('is refused', () => {
    const here = home();
    const before = snapshot(here.codexHome);
    const result = syncNow(here, packed(here, unrelated));
    expect(result.plan.sessions[0]).toMatchObject({
      classification: 'id_collision_unrelated',
      reason_code: 'same_id_as_revert',
      action: 'refuse',
    });
    expect(snapshot(here.codexHome)).toEqual(before);
  });

  test.each<[string, Conversation, object]>([
    ['as a copy', unrelated, { onCollision: 'import-as-new' }],
    ['as a branch', underItsId(withTurn(parent, 'went on elsewhere')), {}],
  ])('%s gets an id of its own', (_how, sent, flags) => {
    const here = home();
    const { plan } = syncNow(here, packed(here, sent), flags);
    expect(plan.sessions[0]?.local_thread_id).not.toBe(sent.id);
    expect(plan.sessions[0]?.action).toMatch(/create|branch/);
    expect(syncNow(here, packed(here, sent), flags).transactionId).toBeNull();
    const local = readLocalHome(homeOf(here));
    expect([...local.sessions.keys()]).not.toContain(id);
    expect(local.rollouts.get(id)).toBe(rolloutOf(here, reverted));
  });
});

type Base = { thread_id: string; end_byte_offset: number };

/** What a packed rollout continues is in the package, up to the end of a line. */
function expectBasesEndWithLines(sessions: string): void {
  const files = fs.readdirSync(sessions).map((name) => path.join(sessions, name));
  for (const file of files) {
    const base = linesOf(file)[0]?.payload.history_base as Base | undefined;
    if (!base) continue;
    const continued = files.find((other) => other.endsWith(`${base.thread_id}.jsonl`)) as string;
    expect(fs.readFileSync(continued)[base.end_byte_offset - 1]).toBe(0x0a);
  }
}

test('a fork here whose parent was spelled anew, so that Codex cannot open it, gets a branch that it can, once', () => {
  const here = machine();
  addChain(here, fork);
  const spelled = textOf(parent).replaceAll('{"timestamp":', '{ "timestamp":');
  fs.writeFileSync(rolloutOf(here, parent), spelled);
  const broken = () => checkOnDisk(homeOf(here), readLocalHome(homeOf(here)), [fork.id]).map(({ code }) => code);
  expect(broken()).toEqual(['chain_broken']);
  const folder = packed(here, fork);
  const { plan } = syncNow(here, folder);
  expect(plan.sessions).toMatchObject([
    { classification: 'diverged_lineage', reason_code: 'local_chain_broken', action: 'branch' },
  ]);
  const branch = String(plan.sessions[0]?.local_thread_id);
  const lines = linesOf(String(threadRow(here, branch)?.rollout_path));
  expect(lines.map(({ ordinal }) => ordinal)).toEqual([...wholeOf(fork).keys()]);
  expect(lines[0]?.payload).not.toHaveProperty('history_base');
  expect(planNow(here, folder).plan.sessions).toMatchObject([{ classification: 'unchanged', local_thread_id: branch }]);
  expect(syncNow(here, packed(here, withTurn(fork, 'fourth'))).plan.sessions).toMatchObject([
    { classification: 'fast_forward_import', local_thread_id: branch },
  ]);
});

test('whatever chain of forks, reverts and turns a session is, it arrives whole and is the same conversation there', () => {
  type Step = { kind: 'turn' | 'fork' | 'revert'; at: number };
  const step = fc.record({ kind: fc.constantFrom<Step['kind']>('turn', 'turn', 'fork', 'revert'), at: fc.nat(6) });
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 8 }), fc.string({ maxLength: 40 }), (steps, folder) => {
      const cwd = `/home/far/${encodeURIComponent(folder)}`;
      const session = steps.reduce<Conversation>(
        (so_far, { kind, at }, index) => {
          const turns = 1 + (at % so_far.prompts.length);
          if (kind === 'fork') return forkOf(so_far, turns, `fork ${index}`);
          return kind === 'revert' ? revertOf(so_far, turns, `revert ${index}`) : withTurn(so_far, `turn ${index}`);
        },
        conversation('any', cwd, ['first']),
      );
      const [here, there] = [makeMachine(), makeMachine()];
      try {
        const rule = { mapPaths: [{ from: '/home/far', to: '/n' }] };
        addChain(there, session);
        const folder_ = path.join(there.root, 'out');
        packup(homeOf(there), { cwdFilter: null, threadIds: [session.id], all: false }, folder_, NOW);
        expectBasesEndWithLines(path.join(folder_, 'sessions'));
        syncNow(here, folder_, rule);
        const written = linesOf(fileOf(here, session));
        expect(written.map(({ ordinal }) => ordinal)).toEqual([...written.keys()]);
        // Where the last settings are a parent's, those of this machine come behind them.
        expect(written.length - wholeOf(session).length).toBeOneOf([0, 1]);
        fs.rmSync(path.join(here.codexHome, 'sync-sidecar'), { recursive: true });
        const again = planNow(here, folder_, rule).plan.sessions[0];
        expect(again).toMatchObject({ classification: 'unchanged', lines: { shared: wholeOf(session).length } });
        const longer = planNow(here, packed(here, withTurn(session, 'more')), rule).plan.sessions[0];
        expect(longer).toMatchObject({ classification: 'fast_forward_import', lines: { incoming_only: 8 } });
      } finally {
        removeMachine(here);
        removeMachine(there);
      }
    }),
    { numRuns: 40 },
  );
});
