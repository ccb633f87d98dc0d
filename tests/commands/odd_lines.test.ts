// Lines that Codex skips, and numbers that it does not count on: what arrives is opened by every Codex, and what came goes on to relate.

import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { packup } from '../../scripts/lib/commands/packup/packup.ts';
import { withoutAdded } from '../fixtures/added_settings.ts';
import { type Conversation, conversation, textOf, withTurn } from '../fixtures/conversation.ts';
import { addSession, homeOf, NOW, planNow, rolloutOf, syncNow, undoNow, writePackage } from '../fixtures/machine.ts';
import { machinesOfEachTest } from '../fixtures/machines.ts';

const machine = machinesOfEachTest();
const talk = conversation('odd lines', '/home/far/project', ['hello', 'again']);

type Numbered = { ordinal?: unknown };
/** Each line with the ordinal that `ordinalAt` gives its place; `null` leaves it out. */
const numbered = (so_far: Conversation, ordinalAt: (at: number) => string | null): Conversation => ({
  ...so_far,
  lines: so_far.lines.map((line, at) => {
    const ordinal = ordinalAt(at);
    return line.replace(/"ordinal":\d+,/, ordinal === null ? '' : `"ordinal":${ordinal},`);
  }),
});
const ordinalsOf = (text: string): unknown[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => (JSON.parse(line) as Numbered).ordinal);
function expectContent(text: string, wanted: string): void {
  const unnumbered = (lines: string): string => lines.replace(/"ordinal":\d+,/g, '');
  expect(withoutAdded(unnumbered(text), unnumbered(wanted))).toBe(unnumbered(wanted));
  expect(ordinalsOf(text)).toEqual(upTo(text.trimEnd().split('\n').length));
}
const upTo = (count: number): number[] => Array.from({ length: count }, (_, at) => at);

const NUMBERS: [string, (at: number) => string | null][] = [
  ['missing', () => null],
  ['missing at the end', (at) => (at > 12 ? null : String(at))],
  ['from 100 on', (at) => String(at + 100)],
  ['with a gap', (at) => String(at > 8 ? at + 1 : at)],
  ['twice', (at) => String(at > 8 ? at - 1 : at)],
  ['begun again', (at) => String(at > 8 ? at - 9 : at)],
  ['descending', (at) => String(99 - at)],
  ['beyond 2^53', (at) => (at > 8 ? `90071992547409${93 + at}` : String(at))],
  ['beyond 2^64', (at) => (at > 8 ? `184467440737095516${17 + at}` : String(at))],
  ['texts', (at) => `"${at}"`],
  ['decimals', (at) => `${at}.0`],
];

describe('a packed session whose ordinals are', () => {
  test.each(NUMBERS)('%s is numbered anew here, and its packages go on to relate', (_how, ordinalAt) => {
    const here = machine();
    const { plan } = syncNow(here, writePackage(here, [{ conversation: numbered(talk, ordinalAt) }]));
    expect(plan.sessions[0]?.action).toBe('create');
    expect(plan.sessions[0]?.warnings.join()).toContain('is renumbered');
    const first = fs.readFileSync(rolloutOf(here, talk), 'utf8');
    expectContent(first, textOf(talk));

    const again = planNow(here, writePackage(here, [{ conversation: numbered(talk, ordinalAt) }])).plan;
    expect(again.sessions[0]).toMatchObject({ classification: 'unchanged', action: 'none' });
    const more = withTurn(talk, 'and more');
    const grown = syncNow(here, writePackage(here, [{ conversation: numbered(more, ordinalAt) }])).plan;
    expect(grown.sessions[0]).toMatchObject({ classification: 'fast_forward_import', action: 'append' });
    expectContent(fs.readFileSync(rolloutOf(here, talk), 'utf8'), textOf(more));
    undoNow(here, null);
    expect(fs.readFileSync(rolloutOf(here, talk), 'utf8')).toBe(first);
  });
});

test('a branch of such a session is numbered from 0 as well', () => {
  const here = machine();
  addSession(here, withTurn(talk, 'only here'));
  const far = numbered(withTurn(talk, 'only there'), (at) => String(at % 7));
  const { plan } = syncNow(here, writePackage(here, [{ conversation: far }]));
  const file = fs
    .readdirSync(path.join(here.codexHome, 'sessions'), { recursive: true, encoding: 'utf8' })
    .find((name) => name.includes(String(plan.sessions[0]?.local_thread_id)));
  const text = fs.readFileSync(path.join(here.codexHome, 'sessions', String(file)), 'utf8');
  expect(plan.sessions[0]?.action).toBe('branch');
  expect(ordinalsOf(text)).toEqual(upTo(far.lines.length));
});

test('what is added goes on from the highest ordinal that is here', () => {
  const here = machine();
  addSession(
    here,
    numbered(talk, (at) => String(at > 12 ? at - 9 : at)),
  );
  syncNow(here, writePackage(here, [{ conversation: withTurn(talk, 'more') }]));
  const added = ordinalsOf(fs.readFileSync(rolloutOf(here, talk), 'utf8')).slice(talk.lines.length);
  expect(added[0]).toBe(13);
});

test('nothing is added behind lines that have no ordinals at all: it becomes a branch, which is numbered', () => {
  const here = machine();
  addSession(
    here,
    numbered(talk, () => null),
  );
  const { plan } = syncNow(here, writePackage(here, [{ conversation: withTurn(talk, 'more') }]));
  expect(plan.sessions[0]).toMatchObject({ action: 'branch', reason_code: 'numbers_missing' });
});

const SKIPPED = [
  'garbage',
  '[1,2]',
  'null',
  '42',
  '\0'.repeat(512),
  `\0\0${talk.lines[3]}`,
  (talk.lines[3] as string).slice(0, 60),
];

test('lines that every Codex skips arrive byte for byte, are told with their place, and go on from machine to machine', () => {
  const [here, far] = [machine(), machine()];
  const odd = { ...talk, lines: talk.lines.toSpliced(9, 0, ...SKIPPED) };
  const { plan } = syncNow(here, writePackage(here, [{ conversation: odd }]));
  const at = Buffer.byteLength(textOf({ ...talk, lines: talk.lines.slice(0, 9) }));
  expect(plan.sessions[0]?.warnings).toContainEqual(expect.stringMatching(new RegExp(`^7 line\\(s\\) .* byte ${at}\\)$`)));
  expect(fs.readFileSync(rolloutOf(here, talk), 'utf8')).toBe(textOf(odd));

  const more = withTurn(odd, 'more');
  expect(syncNow(here, writePackage(here, [{ conversation: more }])).plan.sessions[0]?.action).toBe('append');
  expect(fs.readFileSync(rolloutOf(here, talk), 'utf8')).toBe(textOf(more));
  const output = path.join(here.root, 'out');
  packup(homeOf(here), { cwdFilter: null, threadIds: [], all: true }, output, NOW);
  syncNow(far, output);
  expect(fs.readFileSync(rolloutOf(far, talk), 'utf8')).toBe(textOf(more));
  expect(planNow(here, output).plan.sessions[0]?.classification).toBe('unchanged');
});

test('a lost line on one side does not part the two where the rest is one', () => {
  const here = machine();
  addSession(here, talk);
  const odd = withTurn({ ...talk, lines: talk.lines.toSpliced(9, 0, '\0'.repeat(64)) }, 'more');
  const { plan } = syncNow(here, writePackage(here, [{ conversation: odd }]));
  expect(plan.sessions[0]?.classification).toBe('fast_forward_import');
});

test('empty lines in front of the first one are no reason to refuse it', () => {
  const here = machine();
  const odd = numbered({ ...talk, lines: ['', '   ', ...talk.lines] }, (at) => String(at + 5));
  const { plan } = syncNow(here, writePackage(here, [{ conversation: odd }]), { mapProviders: [{ from: 'openai', to: 'mine' }] });
  expect(plan.sessions[0]?.action).toBe('create');
  const wanted = `\n   \n${textOf(talk).replace('"model_provider":"openai"', '"model_provider":"mine"')}`;
  const written = fs.readFileSync(rolloutOf(here, talk), 'utf8');
  expect(withoutAdded(written, wanted)).toBe(wanted);
  // Its settings name the provider of the other machine.
  expect(written.slice(wanted.length)).toContain('"model_provider_id":"mine"');
});
