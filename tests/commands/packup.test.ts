import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { packup } from '../../scripts/lib/commands/packup/packup.ts';
import type { ThreadSelection } from '../../scripts/lib/domain/thread/thread_selection.ts';
import { type Conversation, conversation, rolloutName, textOf } from '../fixtures/conversation.ts';
import { addSession, homeOf, type Machine, NOW, planNow } from '../fixtures/machine.ts';
import { machinesOfEachTest } from '../fixtures/machines.ts';

const machine = machinesOfEachTest();
const ALL = { cwdFilter: null, threadIds: [], all: true };

test('a session with what looks like a secret is packed as it is, with a warning that does not repeat it', () => {
  const here = machine();
  const key = `sk-proj-${'aB3'.repeat(12)}`;
  const [leaky, clean] = [conversation('leaky', here.userHome, [`use ${key}`]), conversation('clean', here.userHome, ['hello'])];
  for (const one of [leaky, clean]) addSession(here, one);
  const output = path.join(here.root, 'out');
  const { sessions } = packup(homeOf(here), { cwdFilter: null, threadIds: [], all: true }, output, NOW);
  const warningsOf = ({ id }: typeof leaky) => sessions.find(({ thread_id }) => thread_id === id)?.warnings;
  expect(warningsOf(leaky)).toEqual([expect.stringMatching(/^\d line\(s\) seem to contain an API key/)]);
  expect(warningsOf(leaky)?.join()).not.toContain(key);
  expect(warningsOf(clean)).toEqual([]);
  expect(fs.readFileSync(path.join(output, 'sessions', rolloutName(leaky)), 'utf8')).toBe(textOf(leaky));
});

test('a session that Codex opens is packed whatever stands between its lines; one that it refuses is left out and named', () => {
  const here = machine();
  const [odd, refused, fine] = ['odd', 'refused', 'fine'].map((seed) =>
    conversation(seed, here.userHome, ['hello', 'again']),
  ) as [Conversation, Conversation, Conversation];
  const lines = odd.lines.toSpliced(9, 0, 'garbage', '[1]', 'null', '42', '\0'.repeat(512));
  addSession(here, { ...odd, lines });
  addSession(here, {
    ...refused,
    lines: refused.lines.with(0, (refused.lines[0] as string).replace('"originator":"test",', '')),
  });
  addSession(here, fine);
  const all = { cwdFilter: null, threadIds: [], all: true };
  const { sessions, warnings } = packup(homeOf(here), all, path.join(here.root, 'out'), NOW);
  expect(sessions.map(({ thread_id }) => thread_id).sort()).toEqual([odd.id, fine.id].sort());
  expect(warnings).toEqual([
    expect.stringContaining(`${refused.id} is left out: Codex refuses its first line: \`originator\` is missing`),
  ]);
  expect(fs.readdirSync(path.join(here.root, 'out', 'sessions')).sort()).toEqual([rolloutName(odd), rolloutName(fine)].sort());
  expect(fs.readFileSync(path.join(here.root, 'out', 'sessions', rolloutName(odd)), 'utf8')).toBe(textOf({ ...odd, lines }));
  const one = { cwdFilter: null, threadIds: [refused.id], all: false };
  expect(() => packup(homeOf(here), one, path.join(here.root, 'two'), NOW)).toThrow('originator');
});

const pack = (here: Machine, output: string) => packup(homeOf(here), { cwdFilter: null, threadIds: [], all: true }, output, NOW);
const addTalks = (here: Machine, row: Record<string, string>, count: number): void => {
  for (let at = 0; at < count; at++) {
    const values = Object.entries(row).map(([column, text]) => [column, `${text}${at}`]);
    addSession(here, conversation(`talk ${at}`, '/home/far/project', ['hello']), Object.fromEntries(values));
  }
};

/** They take half a minute and 300 MB: `CODEX_SYNC_LIMITS=1 npx vitest run --config tests/vitest.config.ts tests/commands/packup.test.ts`. */
const atTheLimits = test.runIf(process.env.CODEX_SYNC_LIMITS);

atTheLimits('rows of 70 MB, with whole messages as titles, are packed and read again', () => {
  const here = machine();
  addTalks(here, { title: 'x'.repeat(12_000_000) }, 6);
  const output = path.join(here.root, 'out');
  pack(here, output);
  expect(fs.statSync(path.join(output, 'metadata', 'threads.jsonl')).size).toBeGreaterThan(64 << 20);
  expect(planNow(here, output).plan.sessions.map(({ classification }) => classification)).toEqual(Array(6).fill('unchanged'));
});

const requireRefused = (row: Record<string, string>, count: number, file: string): void => {
  const here = machine();
  addTalks(here, row, count);
  const output = path.join(here.root, 'out');
  expect(() => pack(here, output)).toThrow(expect.objectContaining({ code: 'package_too_large', where: file }));
  expect(fs.readdirSync(here.root).filter((name) => name.startsWith('out'))).toEqual([]);
};

atTheLimits('a row of 66 MB could not be read again: nothing is packed', () =>
  requireRefused({ title: 'x'.repeat(66 << 20) }, 1, 'metadata/threads.jsonl'),
);

test('working folders of 17 MB could not be read again: nothing is packed, and what was there stays', () =>
  requireRefused({ cwd: `/${'x'.repeat(17 << 20)}` }, 1, 'skeleton/required-directories.json'));

test.each<[string, Partial<ThreadSelection>, string[]]>([
  ['all without a filter', {}, ['old', 'new', 'shelved', 'elsewhere']],
  ['those used since then', { since: 2_000_000 }, ['new', 'shelved', 'elsewhere']],
  ['those used until then', { until: 1_999_999 }, ['old']],
  ['those of a folder and below it', { project: '/work' }, ['old', 'new', 'shelved']],
  ['those of a folder of Windows', { project: 'c:\\far' }, ['elsewhere']],
  ['none that is archived', { archived: 'no' }, ['old', 'new', 'elsewhere']],
  ['only archived ones', { archived: 'only' }, ['shelved']],
  ['what fits all filters', { project: '/work', since: 2_000_000, archived: 'no' }, ['new']],
])('a selection packs %s', (_what, selection, expected) => {
  const here = machine();
  const seeds: [string, string, Record<string, number>][] = [
    ['old', '/work', { updated_at: 1000 }],
    ['new', '/work/deep/er', { updated_at: 2000 }],
    ['shelved', '/work', { updated_at: 3000, archived: 1 }],
    ['elsewhere', 'C:\\Far\\away', { updated_at: 4000 }],
  ];
  const ids = new Map<string, string>();
  for (const [seed, cwd, row] of seeds) {
    const talk = conversation(seed, cwd, ['hello']);
    ids.set(talk.id, seed);
    const file = addSession(here, talk, row);
    if (row.archived !== 1) continue;
    fs.mkdirSync(path.join(here.codexHome, 'archived_sessions'), { recursive: true });
    fs.renameSync(file, path.join(here.codexHome, 'archived_sessions', path.basename(file)));
  }
  const narrowed = { since: null, until: null, project: null, archived: 'yes', ...selection } as const;
  const { sessions } = packup(homeOf(here), { ...ALL, narrowed }, path.join(here.root, 'out'), NOW);
  expect(sessions.map(({ thread_id }) => ids.get(thread_id)).sort()).toEqual(expected.toSorted());
});
