// A command that only reads runs in the launcher's own thread while it is short. This process has long had more time than that, so each of
// these is given up at its first safe point, wherever that is; then the launcher runs it again, in a thread of its own.

import fs from 'node:fs';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { hear, stopIfInterrupted, wasStopped } from '../../scripts/lib/adapters/run/interruption.ts';
import { runShort } from '../../scripts/lib/cli/run.ts';
import { entriesOf, tgz, zip } from '../fixtures/archives.ts';
import { conversation } from '../fixtures/conversation.ts';
import { type Machine, writePackage } from '../fixtures/machine.ts';
import { machinesOfEachTest } from '../fixtures/machines.ts';

const machine = machinesOfEachTest();
afterEach(() => hear(() => false));

function written(here: Machine, name: string, bytes: Buffer): string {
  fs.writeFileSync(path.join(here.root, name), bytes);
  return path.join(here.root, name);
}

const packed = (here: Machine): string => writePackage(here, [{ conversation: conversation('packed', '/home/far/p', ['x']) }]);

test.each<[string, (here: Machine) => string]>([
  ['a folder', packed],
  ['a zip', (here) => written(here, 'package.zip', zip(entriesOf(packed(here))))],
  ['a tar.gz', (here) => written(here, 'package.tar.gz', tgz(entriesOf(packed(here))))],
  ['a zip of no package', (here) => written(here, 'none.zip', zip([{ name: 'x', data: Buffer.from('x') }]))],
  ['no archive', (here) => written(here, 'none.zip', Buffer.from('x'))],
])('%s that takes too long to look at is given up without a word', async (_what, make) => {
  const here = machine();
  const words = ['inspect-package', make(here), '--codex-home', here.codexHome, '--user-home', here.userHome, '--json'];
  while (process.cpuUsage().user < 300_000);
  expect(await runShort(words, {})).toBeNull();
});

test('what is stopped is known to be, whoever takes that for damage of what it read', () => {
  hear(() => true);
  expect(wasStopped()).toBe(false);
  expect(() => stopIfInterrupted()).toThrow('Interrupted.');
  expect(wasStopped()).toBe(true);
  hear(() => false);
  expect(wasStopped()).toBe(false);
});
