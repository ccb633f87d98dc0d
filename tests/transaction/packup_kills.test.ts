import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeEach, expect, test } from 'vitest';
import { packup } from '../../scripts/lib/commands/packup/packup.ts';
import { conversation } from '../fixtures/conversation.ts';
import { addSession, homeOf, type Machine, NOW } from '../fixtures/machine.ts';
import { machinesOfEachTest } from '../fixtures/machines.ts';
import { differences, snapshot } from '../fixtures/snapshot.ts';
import { callsToFail, withFailure } from './failing_disk.ts';

const LAUNCHER = fileURLToPath(new URL('../../scripts/codex-session-sync.cjs', import.meta.url));

const machine = machinesOfEachTest();
let here: Machine;
let output: string;
beforeEach(() => {
  here = machine();
  output = path.join(here.root, 'package');
  for (const seed of ['one', 'two']) addSession(here, conversation(seed, '/x', ['first']));
});

const pack = () => void packup(homeOf(here), { cwdFilter: null, threadIds: [], all: true }, output, NOW);
const unfinished = () => fs.readdirSync(here.root).filter((name) => name.includes('.building'));
const isWhole = () => fs.existsSync(path.join(output, 'package_manifest.json'));

test.each(['refused', 'dies'] as const)('a packup with a call that is %s leaves a whole package or none', (failure) => {
  const whole = withFailure(Number.POSITIVE_INFINITY, failure, pack);
  const home = snapshot(here.userHome);
  for (const at of callsToFail(whole, failure)) {
    fs.rmSync(output, { recursive: true, force: true });
    withFailure(at, failure, pack);
    expect(fs.existsSync(output), `call ${at} of ${whole.calls}`).toBe(isWhole());
    expect(differences(snapshot(here.userHome), home)).toEqual([]);
  }
  if (!isWhole()) pack();
  // This process lives: what its failed runs left is kept until it is gone.
  expect(isWhole()).toBe(true);
});

test('a packup that is killed leaves nothing under the name that was asked for, and the next one packs', async () => {
  const child = spawn(process.execPath, [LAUNCHER, 'packup', '--all', '--output', output, '--codex-home', here.codexHome]);
  const ended = new Promise((resolve) => child.once('exit', resolve));
  while (child.exitCode === null && unfinished().length === 0) await new Promise((resolve) => setImmediate(resolve));
  child.kill('SIGKILL');
  await ended;
  expect(fs.existsSync(output)).toBe(isWhole());
  if (!isWhole()) pack();
  expect([isWhole(), unfinished()]).toEqual([true, []]);
});
