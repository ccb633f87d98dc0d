import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { packup } from '../../scripts/lib/commands/packup.ts';
import { type Conversation, conversation, rolloutName, textOf } from '../fixtures/conversation.ts';
import { addSession, homeOf, NOW } from '../fixtures/machine.ts';
import { machinesOfEachTest } from '../fixtures/machines.ts';

const machine = machinesOfEachTest();

test('a session with what looks like a secret is packed as it is, with a warning that does not repeat it', () => {
  const here = machine();
  const key = `sk-proj-${'aB3'.repeat(12)}`;
  const [leaky, clean] = [conversation('leaky', here.userHome, [`use ${key}`]), conversation('clean', here.userHome, ['hello'])];
  for (const one of [leaky, clean]) addSession(here, one);
  const output = path.join(here.root, 'out');
  const { sessions } = packup(homeOf(here), { cwdFilter: null, threadIds: [], all: true }, output, NOW);
  const warningsOf = ({ id }: typeof leaky) => sessions.find(({ thread_id }) => thread_id === id)?.warnings;
  expect(warningsOf(leaky)).toEqual([expect.stringMatching(/^\d line\(s\) hold what looks like an API key/)]);
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
