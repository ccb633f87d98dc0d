// Somebody exchanges a file of a package for a link, a folder for another one, while it is read: as fast as a process can. Nothing of what lies
// outside the package ever arrives. `CODEX_SYNC_FLIP_SECONDS=60` for longer.

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { SyncError } from '../../scripts/lib/domain/codes/errors.ts';
import { conversation, rolloutName } from '../fixtures/conversation.ts';
import { type Machine, planNow, syncNow, writePackage } from '../fixtures/machine.ts';
import { machinesOfEachTest } from '../fixtures/machines.ts';

const machine = machinesOfEachTest();
const SECONDS = Number(process.env.CODEX_SYNC_FLIP_SECONDS ?? 0.5);

const INSIDE = conversation('talk', '/home/far/x', ['inside']);
const OUTSIDE = { ...conversation('talk', '/home/far/x', ['SECRET']), id: INSIDE.id };

/** Puts each of `others` in the place of `target` in turn, and back, until it is killed. */
const FLIPPER = `
const fs = require('node:fs');
const [target, aside, ...others] = process.argv.slice(1);
for (;;) for (const other of others) {
  fs.renameSync(target, aside);
  fs.renameSync(other, target);
  fs.renameSync(target, other);
  fs.renameSync(aside, target);
}`;

const flippers: ChildProcess[] = [];
afterEach(async () => {
  for (const flipper of flippers.splice(0)) {
    const ended = new Promise((resolve) => flipper.once('exit', resolve));
    flipper.kill('SIGKILL');
    await ended;
  }
});

async function flip(target: string, others: string[]): Promise<void> {
  const flipper = spawn(process.execPath, ['-e', FLIPPER, target, `${target}.aside`, ...others], { stdio: 'inherit' });
  flippers.push(flipper);
  while (flipper.exitCode === null && !fs.existsSync(`${target}.aside`)) await new Promise((resolve) => setImmediate(resolve));
}

/** Files of another package, with the same names, that nobody has asked for. */
function pack(here: Machine): { folder: string; outside: string } {
  const outside = writePackage(here, [{ conversation: OUTSIDE, row: { title: 'SECRET' } }]);
  fs.renameSync(outside, path.join(here.root, 'outside'));
  return { folder: writePackage(here, [{ conversation: INSIDE }]), outside: path.join(here.root, 'outside') };
}

type Places = { folder: string; outside: string };
const ROLLOUT = `sessions/${rolloutName(INSIDE)}`;

const linkTo = (place: string, to: string): string => {
  fs.symlinkSync(to, place);
  return place;
};

const FLIPS: [what: string, start: (places: Places) => Promise<void>][] = [
  ...[ROLLOUT, 'metadata/threads.jsonl', 'package_manifest.json', 'skeleton/required-directories.json'].map(
    (name): (typeof FLIPS)[number] => [
      `${name.split('/')[0]} and a link`,
      ({ folder, outside }) => flip(path.join(folder, name), [linkTo(path.join(folder, 'link'), path.join(outside, name))]),
    ],
  ),
  ...['sessions', 'metadata'].map((name): (typeof FLIPS)[number] => [
    `the folder ${name} and a link`,
    ({ folder, outside }) => flip(path.join(folder, name), [linkTo(path.join(folder, 'link'), path.join(outside, name))]),
  ]),
];

/** With the code that waited for a writer of the pipe the test would never end. */
const PIPE: (typeof FLIPS)[number] = [
  'a rollout and a pipe',
  ({ folder }) => {
    execFileSync('mkfifo', [path.join(folder, 'pipe')]);
    return flip(path.join(folder, ROLLOUT), [path.join(folder, 'pipe')]);
  },
];

/** Homes without a database: each run finds the next one as it was. */
function newHome({ codexHome }: Machine): void {
  fs.rmSync(codexHome, { recursive: true, force: true });
  fs.mkdirSync(codexHome);
}

const hasSecret = (text: string): boolean => text.includes('SECRET');

/** Plans and carries out in a home of its own; false where somebody is told that it cannot be done. */
function isTaken(here: Machine, folder: string): boolean {
  try {
    const { sessions } = planNow(here, folder).plan;
    expect(hasSecret(JSON.stringify(sessions))).toBe(false);
    newHome(here);
    syncNow(here, folder);
    const names = fs.readdirSync(here.codexHome, { recursive: true, withFileTypes: true });
    for (const entry of names.filter((each) => each.isFile()))
      expect(hasSecret(fs.readFileSync(path.join(entry.parentPath, entry.name), 'utf8')), entry.name).toBe(false);
    return true;
  } catch (error) {
    if (!(error instanceof SyncError)) throw error;
    return false;
  }
}

/** At the n-th time that something of the package is opened, what `placeOf` says lies outside for that moment. Tells how often something was opened. */
function exchangedAt(at: number, { folder, outside }: Places, placeOf: (file: string) => string, work: () => void): number {
  const { openSync } = fs;
  let count = 0;
  fs.openSync = (file, ...others) => {
    if (!String(file).startsWith(folder + path.sep) || ++count !== at) return openSync(file, ...others);
    const place = placeOf(String(file));
    fs.renameSync(place, `${place}.aside`);
    fs.symlinkSync(path.join(outside, path.relative(folder, place)), place);
    try {
      return openSync(file, ...others);
    } finally {
      fs.unlinkSync(place);
      fs.renameSync(`${place}.aside`, place);
    }
  };
  try {
    work();
  } finally {
    fs.openSync = openSync;
  }
  return count;
}

test.each([
  ['the file is', (file: string) => file],
  ['its folder is', path.dirname],
])('%s a link at the very moment of an opening, at each of them: nothing of the other package is taken', (_what, placeOf) => {
  const here = machine('never started');
  const { folder, outside } = pack(here);
  const opened = exchangedAt(0, { folder, outside }, placeOf, () => expect(isTaken(here, folder)).toBe(true));
  expect(opened).toBeGreaterThan(10);
  for (let at = 1; at <= opened; at++)
    exchangedAt(
      at,
      { folder, outside },
      (file) => (path.dirname(file) === folder ? file : placeOf(file)),
      () => {
        newHome(here);
        isTaken(here, folder);
      },
    );
});

test.each([...FLIPS, PIPE])('%s change places all the time: what lies outside never arrives', async (_what, start) => {
  const here = machine('never started');
  const places = pack(here);
  await start(places);
  const end = performance.now() + SECONDS * 1000;
  const seen = { runs: 0, taken: 0 };
  while (performance.now() < end) {
    seen.runs++;
    await new Promise((resolve) => setImmediate(resolve));
    if (isTaken(here, places.folder)) seen.taken++;
  }
  expect(seen.runs).toBeGreaterThan(0);
});
