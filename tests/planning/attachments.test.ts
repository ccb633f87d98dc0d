import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { packup } from '../../scripts/lib/commands/packup/packup.ts';
import { withImage } from '../fixtures/agents.ts';
import { type Conversation, conversation, withTurn } from '../fixtures/conversation.ts';
import {
  addSession,
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

const machine = machinesOfEachTest();

const talk = conversation('one', '/home/far/project', ['first']);
const warningsOf = ({ plan }: ReturnType<typeof syncNow>): string[] => plan.sessions.flatMap(({ warnings }) => warnings);

describe('a goal', () => {
  const goal = (id: string, status = 'active', objective = 'Ship it') => ({
    thread_id: id,
    goal_id: 'g1',
    objective,
    status,
    token_budget: 5000,
    tokens_used: 7,
    time_used_seconds: 3,
    created_at_ms: 1,
    updated_at_ms: 2,
  });
  const goalsOf = (here: Machine): object[] =>
    inState(here, (database) => database.prepare('SELECT * FROM thread_goals').all() as object[], 'goals_1.sqlite');
  const setGoal = (here: Machine, row: object): void =>
    inState(here, (database) => insert(database, 'thread_goals', row as Record<string, unknown>), 'goals_1.sqlite');
  const withGoal = (here: Machine, row: object, conversation_: Conversation = talk): string => {
    const folder = writePackage(here, [{ conversation: conversation_ }]);
    fs.writeFileSync(path.join(folder, 'metadata', 'thread_goals.jsonl'), `${JSON.stringify(row)}\n`);
    return folder;
  };

  test('arrives paused with its session, and says so', () => {
    const here = machine();
    const result = syncNow(here, withGoal(here, goal(talk.id)));
    expect(goalsOf(here)).toEqual([goal(talk.id, 'paused')]);
    expect(warningsOf(result)).toContainEqual(expect.stringContaining('paused'));
  });

  test('arrives with a branch under the branch’s id', () => {
    const here = machine();
    addSession(here, withTurn(talk, 'only here'));
    const result = syncNow(here, withGoal(here, goal(talk.id), withTurn(talk, 'only there')));
    expect(goalsOf(here)).toEqual([goal(String(result.plan.sessions[0]?.local_thread_id), 'paused')]);
  });

  test('that is here stays, whatever the package says', () => {
    const here = machine();
    addSession(here, talk);
    setGoal(here, goal(talk.id, 'active', 'Mine'));
    syncNow(here, withGoal(here, goal(talk.id, 'complete'), withTurn(talk, 'more')));
    expect(goalsOf(here)).toEqual([goal(talk.id, 'active', 'Mine')]);
  });

  test('goes with a rollback', () => {
    const here = machine();
    undoNow(here, syncNow(here, withGoal(here, goal(talk.id))).transactionId);
    expect(goalsOf(here)).toEqual([]);
  });

  test.each(['0.145.0', '0.117.0'] as const)('that Codex %s has no place for is named, and its session arrives', (version) => {
    const here = machine(version);
    const result = syncNow(here, withGoal(here, goal(talk.id)));
    expect(warningsOf(result)).toContainEqual(expect.stringContaining('stays in the package'));
    expect(threadRow(here, talk.id)).toBeDefined();
  });

  test('does not come back with an old package once it is cleared', () => {
    const here = machine();
    const folder = withGoal(here, goal(talk.id));
    syncNow(here, folder);
    inState(here, (database) => database.exec('DELETE FROM thread_goals'), 'goals_1.sqlite');
    expect(syncNow(here, folder).transactionId).toBeNull();
    expect(goalsOf(here)).toEqual([]);
  });

  test('is packed with its session, from either database that Codex has had for it', () => {
    for (const file of ['goals_1.sqlite', 'state_5.sqlite']) {
      const there = machine();
      addSession(there, talk);
      if (file === 'state_5.sqlite') {
        const schema = fs.readFileSync(new URL('../fixtures/codex_schemas/goals_1.0.169.0.sql', import.meta.url), 'utf8');
        fs.rmSync(path.join(there.codexHome, 'goals_1.sqlite'));
        inState(there, (database) => database.exec(schema));
      }
      inState(there, (database) => insert(database, 'thread_goals', goal(talk.id)), file);
      const output = path.join(there.root, 'packed');
      packup(homeOf(there), { cwdFilter: null, threadIds: [], all: true }, output, NOW);
      const here = machine();
      syncNow(here, output);
      expect(goalsOf(here)).toEqual([goal(talk.id, 'paused')]);
    }
  });
});

describe('an image', () => {
  const there = '/home/far/.codex';
  const drawn = withImage(talk, 'ig_1', `${there}/generated_images/${talk.id}/ig_1.png`);
  const imageOf = (here: Machine, id: string): string => path.join(here.codexHome, 'generated_images', id, 'ig_1.png');
  const withFile = (here: Machine, conversation_: Conversation, text = 'PNG'): string => {
    const folder = writePackage(here, [{ conversation: conversation_ }]);
    fs.mkdirSync(path.join(folder, 'files', 'generated_images', talk.id), { recursive: true });
    fs.writeFileSync(path.join(folder, 'files', 'generated_images', talk.id, 'ig_1.png'), text);
    return folder;
  };
  const read = (file: string): string => fs.readFileSync(file, 'utf8');

  test('arrives where its transcript says here', () => {
    const here = machine();
    syncNow(here, withFile(here, drawn));
    expect(read(imageOf(here, talk.id))).toBe('PNG');
    expect(read(rolloutOf(here, talk))).toContain(`"saved_path":${JSON.stringify(imageOf(here, talk.id))}`);
  });

  test('of a branch is the branch’s own', () => {
    const here = machine();
    addSession(here, withTurn(talk, 'only here'));
    const branch = String(syncNow(here, withFile(here, drawn)).plan.sessions[0]?.local_thread_id);
    expect(branch).not.toBe(talk.id);
    expect(read(imageOf(here, branch))).toBe('PNG');
    expect(read(String(threadRow(here, branch)?.rollout_path))).toContain(JSON.stringify(imageOf(here, branch)));
  });

  test('comes with the lines that are appended', () => {
    const here = machine();
    syncNow(here, writePackage(here, [{ conversation: talk }]));
    syncNow(here, withFile(here, drawn));
    expect(read(imageOf(here, talk.id))).toBe('PNG');
    expect(read(rolloutOf(here, talk))).toContain(JSON.stringify(imageOf(here, talk.id)));
  });

  test('is never overwritten, and is named where another one is here', () => {
    const here = machine();
    fs.mkdirSync(path.dirname(imageOf(here, talk.id)), { recursive: true });
    fs.writeFileSync(imageOf(here, talk.id), 'mine');
    const result = syncNow(here, withFile(here, drawn));
    expect(read(imageOf(here, talk.id))).toBe('mine');
    expect(warningsOf(result)).toContainEqual(expect.stringContaining(imageOf(here, talk.id)));
  });

  test('changes nothing when it comes again', () => {
    const here = machine();
    const folder = withFile(here, drawn);
    syncNow(here, folder);
    const before = snapshot(here.codexHome);
    expect(syncNow(here, folder).transactionId).toBeNull();
    expect(snapshot(here.codexHome)).toEqual(before);
  });

  test('goes with a rollback, and its folder too', () => {
    const here = machine();
    undoNow(here, syncNow(here, withFile(here, drawn)).transactionId);
    expect(fs.existsSync(path.join(here.codexHome, 'generated_images'))).toBe(false);
  });

  test.each([
    ['changed', (file: string) => fs.writeFileSync(file, 'retouched'), 'retouched'],
    ['tidied away', (file: string) => fs.rmSync(file), null],
  ])('that was %s since does not stop a rollback', (_how, change, left) => {
    const here = machine();
    const result = syncNow(here, withFile(here, drawn));
    change(imageOf(here, talk.id));
    expect(undoNow(here, result.transactionId).threads).toMatchObject([{ outcome: 'rolled_back' }]);
    expect(threadRow(here, talk.id)).toBeUndefined();
    expect(fs.existsSync(imageOf(here, talk.id)) ? read(imageOf(here, talk.id)) : null).toBe(left);
  });

  test('is part of what a plan is of', () => {
    const here = machine();
    const planOf = (text: string): string => planNow(here, withFile(here, drawn, text)).plan.digest;
    expect(planOf('PNG')).not.toBe(planOf('GNP'));
  });

  test('is packed with its session; one that is gone is named', () => {
    const from = machine();
    const mine = imageOf(from, talk.id);
    const lost = path.join(from.codexHome, 'generated_images', talk.id, 'ig_2.png');
    addSession(from, withImage(withImage(talk, 'ig_1', mine), 'ig_2', lost));
    fs.mkdirSync(path.dirname(mine), { recursive: true });
    fs.writeFileSync(mine, 'PNG');
    const output = path.join(from.root, 'packed');
    const { sessions } = packup(homeOf(from), { cwdFilter: null, threadIds: [], all: true }, output, NOW);
    expect(sessions[0]?.warnings).toEqual([`image ${lost} is missing and is not packed`]);
    const manifest = JSON.parse(read(path.join(output, 'package_manifest.json'))) as { sync: { images: object } };
    expect(manifest.sync.images).toEqual({
      [talk.id]: [{ name: 'ig_1.png', bytes: 3, digest: expect.stringMatching(/^sha256:/) }],
    });
    const here = machine();
    syncNow(here, output);
    expect(read(imageOf(here, talk.id))).toBe('PNG');
    expect(read(rolloutOf(here, talk))).toContain(JSON.stringify(imageOf(here, talk.id)));
  });
});
