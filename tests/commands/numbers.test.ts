// What `verify`, `sidecar-health` and `adopt` say of first lines and ordinals that Codex refuses, and how they are repaired.

import fs from 'node:fs';
import { expect, test } from 'vitest';
import { adopt } from '../../scripts/lib/commands/adopt/adopt.ts';
import { examineSidecar } from '../../scripts/lib/commands/health/sidecar_health.ts';
import { verify } from '../../scripts/lib/commands/health/verify.ts';
import { runAll } from '../fixtures/command_lines.ts';
import { conversation, textOf, withTurn } from '../fixtures/conversation.ts';
import { homeOf, type Machine, NOW, planNow, rolloutOf, syncNow, undoNow, writePackage } from '../fixtures/machine.ts';
import { machinesOfEachTest } from '../fixtures/machines.ts';

const machine = machinesOfEachTest();
const talk = conversation('numbers', '/home/far/project', ['hello']);

/** A home into which the session was synced, and whose file somebody has changed since. */
function changed(change: (text: string) => string): Machine {
  const here = machine();
  syncNow(here, writePackage(here, [{ conversation: talk }]));
  fs.writeFileSync(rolloutOf(here, talk), change(textOf(talk)));
  return here;
}
const verified = async (here: Machine): Promise<string[]> =>
  (await verify(homeOf(here), { threadIds: [talk.id], codexBinary: null })).findings.map(({ code }) => code);
const health = (here: Machine) => examineSidecar(homeOf(here)).findings;
const codesOf = (here: Machine): string[] => health(here).map(({ code }) => code);

/** As a Codex before 0.147 goes on in a paginated rollout. */
const ADDED = `${textOf({ ...withTurn(talk, 'in an old Codex'), lines: withTurn(talk, 'in an old Codex').lines.slice(talk.lines.length) })}`;
const unnumbered = (text: string): string => text + ADDED.replaceAll(/"ordinal":\d+,/g, '');

test('a session whose last record has no ordinal is found, and adopt --repair adds one that has', async () => {
  const here = changed(unnumbered);
  expect(await verified(here)).toEqual(['ordinal_missing']);
  const mend = health(here).find(({ code }) => code === 'ordinal_missing')?.mend;
  expect(mend).toBe(`adopt --thread-id ${talk.id} --repair --execute`);

  const request = { threadIds: [talk.id], all: false, repair: true };
  expect(adopt(homeOf(here), { ...request, execute: false }, NOW).findings.map(({ code }) => code)).toEqual([
    'ordinal_missing',
    'ordinals_broken',
  ]);
  const before = fs.readFileSync(rolloutOf(here, talk), 'utf8');
  const { sessions } = adopt(homeOf(here), { ...request, execute: true }, NOW);
  expect(sessions[0]).toMatchObject({ repaired: true });
  const after = fs.readFileSync(rolloutOf(here, talk), 'utf8');
  expect(after.startsWith(before)).toBe(true);
  const added = after
    .slice(before.length)
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as object);
  expect(added).toMatchObject([{ ordinal: talk.lines.length, type: 'event_msg', payload: { type: 'token_count', info: null } }]);
  expect(codesOf(here)).not.toContain('ordinal_missing');
  expect(await verified(here), 'a turn that begins without an ordinal stays hidden').toEqual(['ordinals_broken']);
  expect(adopt(homeOf(here), { ...request, execute: true }, NOW).transactionId).toBe(null);

  undoNow(here, null);
  expect(fs.readFileSync(rolloutOf(here, talk), 'utf8')).toBe(before);
});

test('a last record without an ordinal is repaired for good, and adopt says so', async () => {
  const here = changed((text) => text.replace(/"ordinal":\d+,(?=[^\n]*\n$)/, ''));
  expect(await verified(here)).toEqual(['ordinal_missing']);
  const [text, json] = runAll(here, [
    ['adopt', '--all', '--repair', '--execute'],
    ['rollback', '--latest', '--execute'],
    ['adopt', '--all', '--repair', '--execute', '--json'],
  ]).filter(({ stdout }) => !stdout.includes('rolled back'));
  expect([text?.code, text?.stdout]).toEqual([0, expect.stringContaining('repaired: ordinal_missing')]);
  expect(text?.stdout).not.toContain('mend:');
  expect(JSON.parse(json?.stdout ?? '')).toMatchObject({ findings: [{ code: 'ordinal_missing', repaired: true }] });
  expect(await verified(here)).toEqual([]);
});

test('the record that was added does not put the session ahead of its package', () => {
  const here = changed((text) => text.replace(/"ordinal":\d+,(?=.*task_complete)/g, ''));
  adopt(homeOf(here), { threadIds: [talk.id], all: false, repair: true, execute: true }, NOW);
  const grown = planNow(here, writePackage(here, [{ conversation: withTurn(talk, 'more') }])).plan;
  expect(grown.sessions[0]).toMatchObject({ classification: 'fast_forward_import', action: 'append' });
});

test.each<[string, (text: string) => string]>([
  ['that begin again', (text) => text.replaceAll(/"ordinal":(\d+)/g, (_all, at) => `"ordinal":${Number(at) % 5}`)],
  ['with a gap', (text) => text.replace('"ordinal":8', '"ordinal":80')],
  ['beyond 2^53', (text) => text.replaceAll(/"ordinal":(\d+)/g, '"ordinal":9007199254740993$1')],
])('ordinals %s are found by verify', async (_how, change) =>
  expect(await verified(changed(change))).toEqual(['ordinals_broken']),
);

test.each<[string, (text: string) => string, string]>([
  ['that lacks a field', (text) => text.replace('"originator":"test",', ''), '`originator` is missing'],
  ['that is no JSON', (text) => text.replace('"cli_version":', '"cli_version":"x":'), 'not a readable session_meta'],
])('a first line %s is found by verify and by sidecar-health', async (_how, change, words) => {
  const here = changed(change);
  expect(await verified(here)).toContain('first_line_unfit');
  expect(health(here).find(({ code }) => code === 'first_line_unfit')).toMatchObject({
    severity: 'error',
    message: expect.stringContaining(words),
  });
});

test('a session that is as it should be has no finding', async () => {
  const here = changed((text) => text);
  expect([await verified(here), codesOf(here)]).toEqual([[], []]);
});
