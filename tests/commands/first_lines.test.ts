// What a first line must be so that Codex opens the session.

import fs from 'node:fs';
import { expect, test } from 'vitest';
import { type Conversation, conversation, withTurn } from '../fixtures/conversation.ts';
import { addSession, planNow, rolloutOf, syncNow, writePackage } from '../fixtures/machine.ts';
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
