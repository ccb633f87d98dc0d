import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { packup } from '../../scripts/lib/commands/packup/packup.ts';
import { withoutAdded } from '../fixtures/added_settings.ts';
import { agentRow, subAgent, withAgent } from '../fixtures/agents.ts';
import { type Conversation, conversation, textOf, withTurn } from '../fixtures/conversation.ts';
import {
  addSession,
  homeOf,
  inState,
  insert,
  type Machine,
  NOW,
  rolloutOf,
  syncNow,
  threadRow,
  undoNow,
  writePackage,
} from '../fixtures/machine.ts';
import { machinesOfEachTest } from '../fixtures/machines.ts';
import { snapshot } from '../fixtures/snapshot.ts';

const machine = machinesOfEachTest();

const bare = conversation('root', '/home/far/project', ['first']);
const agent = subAgent(bare, 'agent', ['its task']);
const deep = subAgent(agent, 'deep', ['a deeper task'], bare);
const root = withAgent(bare, agent);
const middle = withAgent(agent, deep);

type Sent = { conversation: Conversation; row?: Record<string, string | number | null> };
const tree = (top: Conversation, ...below: Sent[]): Sent[] => [{ conversation: top }, ...below];
const child = (of: Conversation, parent: Conversation): Sent => ({ conversation: of, row: agentRow(parent) });
const whole = (top = root, first = middle): Sent[] => tree(top, child(first, bare), child(deep, agent));

const edges = (here: Machine): object[] =>
  inState(here, (database) => database.prepare('SELECT * FROM thread_spawn_edges ORDER BY child_thread_id').all() as object[]);
const edge = (parent: string, below: string, status = 'open'): object => ({
  parent_thread_id: parent,
  child_thread_id: below,
  status,
});
const byId = (rows: object[]): object[] =>
  rows.toSorted((a, b) =>
    (a as { child_thread_id: string }).child_thread_id < (b as { child_thread_id: string }).child_thread_id ? -1 : 1,
  );
const outcomes = ({ plan }: ReturnType<typeof syncNow>) =>
  Object.fromEntries(plan.sessions.map(({ thread_id, classification, action }) => [thread_id, `${classification}: ${action}`]));
const localIdOf = ({ plan }: ReturnType<typeof syncNow>, { id }: Conversation): string =>
  plan.sessions.find(({ thread_id }) => thread_id === id)?.local_thread_id ?? 'none';
const fileOf = (here: Machine, id: string): string => fs.readFileSync(String(threadRow(here, id)?.rollout_path), 'utf8');
/** What a file says of threads; the ids of turns, items and calls, which this fixture makes from the thread's, are no thread's ids. */
const namedIn = (here: Machine, id: string): string => fileOf(here, id).replace(/"[0-9a-f-]{36}\/[^"]*"/g, '""');

/** Both sides have the tree; then each went on with its root by itself. */
function diverged(): { here: Machine; folder: string } {
  const here = machine();
  syncNow(here, writePackage(here, whole()));
  fs.appendFileSync(rolloutOf(here, root), textOf(withTurn(root, 'only here')).slice(textOf(root).length));
  const more = subAgent(bare, 'more', ['another task']);
  const there = withAgent(withTurn(root, 'only there'), more);
  return { here, folder: writePackage(here, [...whole(there), child(more, bare)]) };
}
const more = subAgent(bare, 'more', ['another task']);

describe('a tree that is new here', () => {
  test('arrives as it is: every file byte for byte but for settings of this machine, and an edge for every sub-agent', () => {
    const here = machine();
    syncNow(here, writePackage(here, whole()));
    for (const one of [root, middle, deep])
      expect(withoutAdded(fs.readFileSync(rolloutOf(here, one), 'utf8'), textOf(one))).toBe(textOf(one));
    expect(edges(here)).toEqual(byId([edge(root.id, agent.id), edge(agent.id, deep.id)]));
    expect(threadRow(here, agent.id)).toMatchObject(agentRow(bare));
  });

  test('has the edges that the package names, closed ones too', () => {
    const here = machine();
    const folder = writePackage(here, whole());
    fs.writeFileSync(
      path.join(folder, 'metadata', 'thread_spawn_edges.jsonl'),
      `${JSON.stringify(edge(root.id, agent.id, 'closed'))}\n`,
    );
    syncNow(here, folder);
    expect(edges(here)).toContainEqual(edge(root.id, agent.id, 'closed'));
  });

  test('arrives whole where only its root was asked for', () => {
    const here = machine();
    const other = conversation('other', '/home/far/project', ['x']);
    const result = syncNow(here, writePackage(here, [...whole(), { conversation: other }]), { threadIds: [root.id] });
    expect(Object.keys(outcomes(result)).sort()).toEqual([root.id, agent.id, deep.id].sort());
  });

  test('arrives whatever the order of its rows', () => {
    const here = machine();
    const result = syncNow(here, writePackage(here, whole().reverse()));
    expect(new Set(Object.values(outcomes(result)))).toEqual(new Set(['new_lineage: create']));
  });

  test('changes nothing when it comes again', () => {
    const here = machine();
    const folder = writePackage(here, whole());
    syncNow(here, folder);
    const before = snapshot(here.codexHome);
    expect(syncNow(here, folder).transactionId).toBeNull();
    expect(snapshot(here.codexHome)).toEqual(before);
  });

  test('leaves no trace after a rollback', () => {
    const here = machine();
    const result = syncNow(here, writePackage(here, whole()));
    expect(undoNow(here, result.transactionId).threads.map(({ outcome }) => outcome)).toEqual([
      'rolled_back',
      'rolled_back',
      'rolled_back',
    ]);
    expect(edges(here)).toEqual([]);
    for (const one of [root, middle, deep]) expect(threadRow(here, one.id)).toBeUndefined();
  });

  test('arrives without edges where this Codex has no table for them', () => {
    const here = machine();
    inState(here, (database) => database.exec('DROP TABLE thread_spawn_edges'));
    syncNow(here, writePackage(here, whole()));
    expect(threadRow(here, deep.id)).toMatchObject(agentRow(agent));
  });
});

describe('a tree that both sides went on with', () => {
  test('becomes a tree of its own, in which nothing names a thread of the other', () => {
    const { here, folder } = diverged();
    const result = syncNow(here, folder);
    expect(outcomes(result)).toEqual({
      [root.id]: 'diverged_lineage: branch',
      [agent.id]: 'new_lineage: create',
      [deep.id]: 'new_lineage: create',
      [more.id]: 'new_lineage: create',
    });
    const [branch, first, second, third] = [root, agent, deep, more].map((one) => localIdOf(result, one)) as [
      string,
      string,
      string,
      string,
    ];
    for (const id of [branch, first, second, third])
      for (const old of [root, agent, deep, more]) expect(namedIn(here, id)).not.toContain(old.id);
    expect(fileOf(here, branch)).toContain(`"agent_path\\":\\"${first}\\"`);
    expect(fileOf(here, branch)).toContain(`\\"targets\\":[\\"${third}\\"]`);
    expect(JSON.parse(fileOf(here, second).split('\n')[0] as string)).toMatchObject({
      payload: {
        id: second,
        session_id: branch,
        parent_thread_id: first,
        source: { subagent: { thread_spawn: { parent_thread_id: first } } },
      },
    });
    expect(edges(here)).toEqual(
      byId([edge(root.id, agent.id), edge(agent.id, deep.id), edge(branch, first), edge(first, second), edge(branch, third)]),
    );
    expect(threadRow(here, second)?.source).toBe(agentRow(agent).source?.replaceAll(agent.id, first));
  });

  test('keeps the local tree as it was', () => {
    const { here, folder } = diverged();
    const before = [root, agent, deep].map(({ id }) => fileOf(here, id));
    syncNow(here, folder);
    expect([root, agent, deep].map(({ id }) => fileOf(here, id))).toEqual(before);
  });

  test('changes nothing when it comes again, with the sidecar or without', () => {
    const { here, folder } = diverged();
    syncNow(here, folder);
    const before = snapshot(here.codexHome);
    const again = syncNow(here, folder);
    expect(new Set(Object.values(outcomes(again)))).toEqual(new Set(['unchanged: none']));
    expect(snapshot(here.codexHome)).toEqual(before);
    fs.rmSync(path.join(here.codexHome, 'sync-sidecar'), { recursive: true });
    expect(new Set(Object.values(outcomes(syncNow(here, folder))))).toEqual(new Set(['unchanged: none']));
  });

  test('grows in its branch when the other side goes on, the sub-agent included', () => {
    const { here, folder } = diverged();
    const first = syncNow(here, folder);
    const there = withTurn(withAgent(withTurn(root, 'only there'), more), 'and on');
    const later = withTurn(middle, 'its second task');
    const result = syncNow(here, writePackage(here, [...whole(there, later), child(more, bare)]));
    expect(outcomes(result)).toEqual({
      [root.id]: 'fast_forward_import: append',
      [agent.id]: 'fast_forward_import: append',
      [deep.id]: 'unchanged: none',
      [more.id]: 'unchanged: none',
    });
    for (const one of [root, agent, deep, more]) expect(localIdOf(result, one)).toBe(localIdOf(first, one));
    expect(fileOf(here, localIdOf(result, agent))).toContain('its second task');
    expect(namedIn(here, localIdOf(result, agent))).not.toContain(agent.id);
  });

  test('is one tree again after the branch was rolled back', () => {
    const { here, folder } = diverged();
    const [before, ids] = [edges(here), [root, agent, deep, more].map(({ id }) => id)];
    const result = syncNow(here, folder);
    undoNow(here, result.transactionId);
    expect(edges(here)).toEqual(before);
    for (const { local_thread_id } of result.plan.sessions)
      expect(threadRow(here, String(local_thread_id)) === undefined).toBe(!ids.includes(local_thread_id as never));
  });

  test('takes no new sub-agents where the incoming side is left alone', () => {
    const { here, folder } = diverged();
    const result = syncNow(here, folder, { onDivergence: 'skip' });
    expect(outcomes(result)).toEqual({
      [root.id]: 'diverged_lineage: none',
      [agent.id]: 'unchanged: none',
      [deep.id]: 'unchanged: none',
      [more.id]: 'new_lineage: none',
    });
    expect(threadRow(here, more.id)).toBeUndefined();
  });
});

test('a sub-agent that both sides went on with branches below the same parent', () => {
  const here = machine();
  syncNow(here, writePackage(here, whole()));
  fs.appendFileSync(rolloutOf(here, middle), textOf(withTurn(middle, 'only here')).slice(textOf(middle).length));
  const result = syncNow(here, writePackage(here, whole(root, withTurn(middle, 'only there'))));
  const branch = localIdOf(result, agent);
  expect(outcomes(result)).toMatchObject({ [root.id]: 'unchanged: none', [agent.id]: 'diverged_lineage: branch' });
  expect(edges(here)).toContainEqual(edge(root.id, branch));
  expect(outcomes(result)[deep.id]).toBe('new_lineage: create');
  expect(edges(here)).toContainEqual(edge(branch, localIdOf(result, deep)));
});

test('sub-agents of a session that is refused are refused with it', () => {
  const here = machine();
  const namesake = conversation('root', '/home/here/project', ['quite another']);
  addSession(here, namesake);
  const result = syncNow(here, writePackage(here, whole()));
  expect(outcomes(result)).toEqual({
    [root.id]: 'id_collision_unrelated: refuse',
    [agent.id]: 'new_lineage: refuse',
    [deep.id]: 'new_lineage: refuse',
  });
  const copied = syncNow(here, writePackage(here, whole()), { onCollision: 'import-as-new' });
  const copy = localIdOf(copied, root);
  expect(edges(here)).toContainEqual(edge(copy, localIdOf(copied, agent)));
  expect(namedIn(here, localIdOf(copied, agent))).not.toContain(root.id);
});

// Codex deletes and archives what is below a thread with it: a package that could put a session of the user below one of its own would
// have it deleted with that one.
describe('a session of this machine is put below no thread of a package,', () => {
  const mine = conversation('mine', '/home/far/project', ['mine']);
  const evil = conversation('evil', '/home/far/project', ['evil']);
  const withEdge = (folder: string, ...rows: object[]): string => {
    fs.writeFileSync(
      path.join(folder, 'metadata', 'thread_spawn_edges.jsonl'),
      rows.map((row) => `${JSON.stringify(row)}\n`).join(''),
    );
    return folder;
  };
  const grown = (seen: Conversation): Conversation => withTurn(seen, 'more');
  /** The same conversation, whose first line says that another thread has spawned it. */
  const claimed = (seen: Conversation): Conversation => ({
    ...seen,
    lines: [subAgent(evil, 'mine', ['mine']).lines[0] as string, ...seen.lines.slice(1)],
  });

  test.each([
    ['by an edge, with more lines', grown(mine), [edge(evil.id, mine.id)]],
    ['by an edge, when it is met for the first time', mine, [edge(evil.id, mine.id)]],
    ['by its first line, with more lines', claimed(grown(mine)), []],
    ['by its first line, when it is met for the first time', claimed(mine), []],
  ])('%s', (_how, sent, rows) => {
    for (const order of ['with it', 'before it']) {
      const here = machine();
      addSession(here, mine);
      if (order === 'before it') syncNow(here, writePackage(here, [{ conversation: evil }]));
      const together = order === 'with it' ? [{ conversation: evil }, { conversation: sent }] : [{ conversation: sent }];
      syncNow(here, withEdge(writePackage(here, together), ...rows));
      expect(edges(here).filter((row) => (row as { child_thread_id: string }).child_thread_id === mine.id)).toEqual([]);
    }
  });

  test('nor is its row, where that was missing', () => {
    const here = machine();
    addSession(here, mine);
    inState(here, (database) => database.prepare('DELETE FROM threads').run());
    syncNow(here, writePackage(here, [{ conversation: evil }]));
    syncNow(here, writePackage(here, [child(claimed(grown(mine)), evil)]));
    expect([threadRow(here, mine.id)?.source, edges(here)]).toEqual(['cli', []]);
  });

  test('nor a sub-agent of this machine below another thread than its own', () => {
    const here = machine();
    addSession(here, bare);
    addSession(here, agent, agentRow(bare));
    const more = withTurn(agent, 'more');
    syncNow(here, withEdge(writePackage(here, [{ conversation: evil }, child(more, bare)]), edge(evil.id, agent.id)));
    expect(edges(here)).toEqual([edge(bare.id, agent.id)]);
  });

  test('and a sub-agent that arrives is put below no session of this machine but its parent', () => {
    const here = machine();
    addSession(here, mine);
    syncNow(here, withEdge(writePackage(here, whole()), edge(mine.id, agent.id), edge(root.id, deep.id)));
    expect(edges(here)).toEqual(byId([edge(root.id, agent.id), edge(root.id, deep.id)]));
  });
});

describe('packup', () => {
  const output = (here: Machine): string => path.join(here.root, 'packed');
  const packed = (here: Machine, name: string): object[] =>
    fs
      .readFileSync(path.join(output(here), 'metadata', name), 'utf8')
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as object);
  const addTree = (here: Machine): void => {
    addSession(here, root);
    addSession(here, { ...middle, cwd: '/home/far/elsewhere' }, agentRow(bare));
    addSession(here, deep, { ...agentRow(agent), archived: 1 });
    inState(here, (database) => {
      insert(database, 'thread_spawn_edges', edge(root.id, agent.id, 'closed') as Record<string, string>);
      insert(database, 'thread_spawn_edges', edge(agent.id, deep.id) as Record<string, string>);
    });
  };

  test('takes all sub-agents along, whatever was asked for, and says so', () => {
    const here = machine();
    addTree(here);
    const other = conversation('other', '/home/far/other', ['x']);
    addSession(here, other);
    const result = packup(homeOf(here), { cwdFilter: null, threadIds: [root.id], all: false }, output(here), NOW);
    expect(result.sessions.map(({ thread_id }) => thread_id).sort()).toEqual([root.id, agent.id, deep.id].sort());
    expect(result.warnings).toEqual([`${root.id}: 2 of its sub-agents are included`]);
    expect(byId(packed(here, 'thread_spawn_edges.jsonl'))).toEqual(
      byId([edge(root.id, agent.id, 'closed'), edge(agent.id, deep.id)]),
    );
  });

  test('takes along one whose row tells nothing but whose edge does, and one that has no row', () => {
    const here = machine();
    addTree(here);
    inState(here, (database) => {
      database.prepare('UPDATE threads SET source = ? WHERE id = ?').run('vscode', agent.id);
      database.prepare('DELETE FROM threads WHERE id = ?').run(deep.id);
      database.prepare('DELETE FROM thread_spawn_edges WHERE child_thread_id = ?').run(deep.id);
    });
    const result = packup(homeOf(here), { cwdFilter: null, threadIds: [root.id], all: false }, output(here), NOW);
    expect(result.sessions).toHaveLength(3);
    expect(packed(here, 'threads.jsonl')).toContainEqual(expect.objectContaining({ id: deep.id, ...agentRow(agent) }));
  });

  test('says nothing where all was asked for, and its package makes the same tree elsewhere', () => {
    const there = machine();
    addTree(there);
    expect(packup(homeOf(there), { cwdFilter: null, threadIds: [], all: true }, output(there), NOW).warnings).toEqual([]);
    const here = machine();
    syncNow(here, output(there));
    expect(edges(here)).toEqual(edges(there));
  });
});
