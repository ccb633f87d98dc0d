// Who may read what this tool writes: what is its own nobody but the user, whatever the umask; what is Codex's whom Codex would let.

import fs from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { examineSidecar } from '../../scripts/lib/commands/health/sidecar_health.ts';
import { packup } from '../../scripts/lib/commands/packup/packup.ts';
import { recoverHome } from '../../scripts/lib/commands/transactions/recover.ts';
import { conversation, withTurn } from '../fixtures/conversation.ts';
import { addSession, homeOf, type Machine, NOW, rolloutOf, syncNow, undoNow, writePackage } from '../fixtures/machine.ts';
import { machinesOfEachTest } from '../fixtures/machines.ts';

const machine = machinesOfEachTest();
const umask = process.umask();
afterEach(() => void process.umask(umask));

const modeOf = (place: string): string => (fs.statSync(place).mode & 0o777).toString(8);

/** What others than the owner may look at, by its name in the folder. */
function openIn(folder: string): string[] {
  const names = ['', ...(fs.readdirSync(folder, { recursive: true }) as string[])];
  return names.filter((name) => (fs.lstatSync(path.join(folder, name)).mode & 0o077) !== 0).sort();
}

const own = ({ codexHome }: Machine): string[] => ['sync-journal', 'sync-sidecar'].map((name) => path.join(codexHome, name));

const talk = conversation('talk', '/home/far/x', ['hello']);
const long = withTurn(talk, 'more');

describe.each([0o000, 0o022, 0o077])('under the umask %o', (mask) => {
  test('journals and sidecar are for the user alone, and what is Codex’s is as Codex makes it', () => {
    const here = machine();
    process.umask(mask);
    const skill = writePackage(here, [{ conversation: talk, name: 'a name' }]);
    fs.mkdirSync(path.join(skill, 'skills', 's'));
    fs.writeFileSync(path.join(skill, 'skills', 's', 'SKILL.md'), '---\nname: s\n---\n');
    fs.writeFileSync(path.join(skill, 'skeleton', 'required-directories.json'), JSON.stringify([`${here.userHome}/work`]));
    syncNow(here, skill, { includeSkills: ['s'] });
    syncNow(here, writePackage(here, [{ conversation: long }]), {}, new Date(NOW.getTime() + 1000));
    for (const folder of own(here)) expect(openIn(folder)).toEqual([]);
    const [file, folder] = [(0o666 & ~mask).toString(8), (0o777 & ~mask).toString(8)];
    const inHome = (name: string): string => modeOf(path.join(here.codexHome, name));
    expect([modeOf(rolloutOf(here, talk)), inHome('session_index.jsonl'), inHome('skills/s/SKILL.md')]).toEqual([
      file,
      file,
      file,
    ]);
    expect([inHome('sessions/2026/11/03'), inHome('skills/s'), modeOf(`${here.userHome}/work`)]).toEqual([
      folder,
      folder,
      folder,
    ]);
    undoNow(here, null, new Date(NOW.getTime() + 2000));
    for (const each of own(here)) expect(openIn(each)).toEqual([]);
  });

  test('a package is for the user alone', () => {
    const here = machine();
    addSession(here, talk);
    const images = path.join(here.codexHome, 'generated_images', talk.id);
    fs.mkdirSync(images, { recursive: true });
    fs.writeFileSync(path.join(images, 'ig_1.png'), 'image');
    process.umask(mask);
    const output = path.join(here.root, 'deep', 'out');
    packup(homeOf(here), { cwdFilter: null, threadIds: [], all: true }, output, NOW);
    expect(openIn(output)).toEqual([]);
    expect(fs.readdirSync(output, { recursive: true })).toContain(`files/generated_images/${talk.id}/ig_1.png`);
  });
});

test.each([0o600, 0o640])('files of Codex keep the mode %o through append, rollback and its rollback', (mode) => {
  const here = machine();
  const file = addSession(here, talk);
  const index = path.join(here.codexHome, 'session_index.jsonl');
  fs.writeFileSync(index, '{"id":"a","thread_name":"mine","updated_at":"2026-11-01T00:00:00Z"}\n');
  for (const each of [file, index]) fs.chmodSync(each, mode);
  const other = conversation('other', '/home/far/y', ['hi']);
  syncNow(here, writePackage(here, [{ conversation: long }, { conversation: other, name: 'theirs' }]));
  const expectKept = () => expect([modeOf(file), modeOf(index)]).toEqual([mode.toString(8), mode.toString(8)]);
  expectKept();
  const { transactionId } = undoNow(here, null, new Date(NOW.getTime() + 1000));
  expectKept();
  for (const folder of own(here)) expect(fs.statSync(folder).mode & 0o077).toBe(0);
  undoNow(here, transactionId, new Date(NOW.getTime() + 2000));
  expectKept();
});

test('a rollout that was made with a mode of its own comes back with it', () => {
  const here = machine();
  syncNow(here, writePackage(here, [{ conversation: talk }]));
  const file = rolloutOf(here, talk);
  fs.chmodSync(file, 0o600);
  const { transactionId } = undoNow(here, null, new Date(NOW.getTime() + 1000));
  expect(fs.existsSync(file)).toBe(false);
  undoNow(here, transactionId, new Date(NOW.getTime() + 2000));
  expect(modeOf(file)).toBe('600');
});

test('the end that a rollback cuts off is kept for the user alone', () => {
  const here = machine();
  fs.chmodSync(addSession(here, talk), 0o600);
  syncNow(here, writePackage(here, [{ conversation: long }]));
  const { transactionId } = undoNow(here, null, new Date(NOW.getTime() + 1000));
  const backups = path.join(here.codexHome, 'sync-journal', String(transactionId), 'backups');
  expect(fs.readdirSync(backups).length).toBeGreaterThan(0);
  expect(openIn(backups)).toEqual([]);
});

test('journals and a sidecar that an earlier version left open are named, and closed by the next command that writes', () => {
  const here = machine();
  syncNow(here, writePackage(here, [{ conversation: talk }]));
  for (const folder of own(here))
    for (const name of ['', ...(fs.readdirSync(folder, { recursive: true }) as string[])]) {
      const place = path.join(folder, name);
      fs.chmodSync(place, fs.statSync(place).isDirectory() ? 0o755 : 0o644);
    }
  const found = examineSidecar(homeOf(here)).findings.map(({ code, mend }) => [code, mend]);
  expect(found).toEqual(Array(2).fill(['open_to_others', 'recover --execute']));
  recoverHome(homeOf(here), true, 0);
  for (const folder of own(here)) expect(openIn(folder)).toEqual([]);
  expect(examineSidecar(homeOf(here)).findings).toEqual([]);
});
