// What a first line must be so that Codex opens the session.

import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { readLocalHome } from '../../scripts/lib/adapters/local_sessions/local_home.ts';
import { adopt } from '../../scripts/lib/commands/adopt/adopt.ts';
import { checkOnDisk } from '../../scripts/lib/commands/health/check_on_disk.ts';
import { packup } from '../../scripts/lib/commands/packup/packup.ts';
import { type Conversation, conversation, withTurn } from '../fixtures/conversation.ts';
import { addSession, homeOf, inState, NOW, planNow, rolloutOf, syncNow, threadRow, writePackage } from '../fixtures/machine.ts';
import { machinesOfEachTest } from '../fixtures/machines.ts';

const machine = machinesOfEachTest();

const talk = conversation('first lines', '/home/far/project', ['hello']);
const broken = (so_far: Conversation): Conversation => ({
  ...so_far,
  lines: so_far.lines.with(
    0,
    (so_far.lines[0] as string).replace('"model_provider":"openai"', '"model_provider":"mockurce":"vscode"'),
  ),
});

test('a packed session whose first line is no JSON is left out, whatever is here already', () => {
  const here = machine();
  const [local, incoming] = [withTurn(talk, 'only here'), withTurn(talk, 'only there')];
  for (const present of [null, talk, local]) {
    if (present) addSession(here, present);
    const { plan } = planNow(here, writePackage(here, [{ conversation: broken(incoming) }]));
    expect(plan.sessions[0]).toMatchObject({ classification: 'invalid', reason_code: 'malformed_rollout', action: 'refuse' });
    expect(plan.sessions[0]?.reason).toMatch(/not a JSON object \(sessions\/\S+ at byte \d+\)/);
  }
});

test('nothing is added to a session here whose first line is no JSON', () => {
  const here = machine();
  addSession(here, broken(talk));
  const before = fs.readFileSync(rolloutOf(here, talk));
  const { plan } = syncNow(here, writePackage(here, [{ conversation: withTurn(talk, 'more') }]));
  expect(plan.sessions[0]).toMatchObject({ classification: 'invalid', reason_code: 'local_unreadable', action: 'refuse' });
  expect(fs.readFileSync(rolloutOf(here, talk))).toEqual(before);
});

test('a packed session that Codex refuses is left out with all that is wrong with its first line', () => {
  const here = machine();
  const unfit = {
    ...talk,
    lines: talk.lines.with(0, (talk.lines[0] as string).replace('"originator":"test",', '"git":"main",')),
  };
  const { plan } = planNow(here, writePackage(here, [{ conversation: unfit }]));
  expect(plan.sessions[0]).toMatchObject({ classification: 'invalid', reason_code: 'unfit_first_line', action: 'refuse' });
  expect(plan.sessions[0]?.reason).toContain('`originator` is missing, `git` is invalid');
  addSession(here, unfit);
  const whole = planNow(here, writePackage(here, [{ conversation: withTurn(talk, 'more') }])).plan;
  expect(whole.sessions[0]).toMatchObject({ classification: 'invalid', reason_code: 'local_unreadable' });
});

/** No Codex reads a row with these, nor any other of the home. */
const UNREADABLE: [string, string, string][] = [
  ['a history mode that nobody knows', '"history_mode":"paginated"', '"history_mode":"weird"'],
  ['a time of the year 1', '"timestamp":"2026-11-03T10:11:12.000Z","cwd"', '"timestamp":"0001-01-01T00:00:00Z","cwd"'],
];
const sound = conversation('sound', '/home/far/project', ['hello']);

test.each(UNREADABLE)(
  'no row says of a session here %s: adopt, packup and verify leave it out and name it',
  (_what, from, to) => {
    const here = machine();
    const unfit = { ...talk, lines: talk.lines.with(0, (talk.lines[0] as string).replace(from, to)) };
    expect(unfit.lines[0]).toContain(to);
    for (const each of [sound, unfit]) addSession(here, each);
    inState(here, (database) => database.prepare('DELETE FROM threads WHERE id = ?').run(talk.id));

    const adopted = adopt(homeOf(here), { threadIds: [], all: true, repair: true, execute: true }, NOW);
    expect(new Map(adopted.sessions.map(({ thread_id, outcome }) => [thread_id, outcome]))).toEqual(
      new Map([
        [sound.id, 'adopted'],
        [talk.id, 'refused'],
      ]),
    );
    expect(threadRow(here, talk.id)).toBeUndefined();

    const found = checkOnDisk(homeOf(here), readLocalHome(homeOf(here)), [sound.id, talk.id]);
    expect(found.map(({ code, thread_id }) => [code, thread_id])).toEqual([['first_line_unfit', talk.id]]);

    const selection = { cwdFilter: null, threadIds: [], all: true };
    const packed = packup(homeOf(here), selection, path.join(here.root, 'packed'), NOW);
    expect(packed.sessions.map(({ thread_id }) => thread_id)).toEqual([sound.id]);
    expect(packed.warnings).toContainEqual(expect.stringContaining(`${talk.id} is left out`));
    const named = { cwdFilter: null, threadIds: [talk.id], all: false };
    expect(() => packup(homeOf(here), named, path.join(here.root, 'named'), NOW)).toThrow(/first line|history mode/);
  },
);

test('a packed session of the year 1 is left out, and the other one arrives', () => {
  const here = machine();
  const [, [, from, to]] = UNREADABLE as [unknown, [string, string, string]];
  const unfit = { ...talk, lines: talk.lines.with(0, (talk.lines[0] as string).replace(from, to)) };
  const { plan } = syncNow(here, writePackage(here, [{ conversation: unfit }, { conversation: sound }]));
  expect(plan.sessions.map(({ thread_id, classification }) => [thread_id, classification])).toEqual([
    [talk.id, 'invalid'],
    [sound.id, 'new_lineage'],
  ]);
});

test('a session whose first line belongs to another thread is not packed', () => {
  const here = machine();
  const other = { ...talk, lines: [sound.lines[0] as string, ...talk.lines.slice(1)] };
  for (const each of [sound, other]) addSession(here, each);
  const packed = packup(homeOf(here), { cwdFilter: null, threadIds: [], all: true }, path.join(here.root, 'packed'), NOW);
  expect(packed.sessions.map(({ thread_id }) => thread_id)).toEqual([sound.id]);
  expect(packed.warnings).toContainEqual(expect.stringMatching(`${talk.id} is left out.*another thread`));
});
