import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { packup } from '../../scripts/lib/commands/packup.ts';
import { conversation, rolloutName, textOf } from '../fixtures/conversation.ts';
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
