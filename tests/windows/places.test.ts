// Homes and packages in places that only Windows has, by the command line: the way of a session there and back again.

import fs from 'node:fs';
import path from 'node:path';
import koffi from 'koffi';
import { afterEach, expect, test } from 'vitest';
import { runAll } from '../fixtures/command_lines.ts';
import { conversation, withTurn } from '../fixtures/conversation.ts';
import { type Machine, makeMachine, planNow, removeMachine, rolloutOf, syncNow, writePackage } from '../fixtures/machine.ts';

const talk = conversation('talk', 'C:\\Users\\ana\\Documents\\plant', ['first']);
const longer = withTurn(talk, 'second');

const made: Machine[] = [];
afterEach(() => made.splice(0).forEach(removeMachine));

function make(machine: Machine = makeMachine()): Machine {
  made.push(machine);
  return machine;
}

/** Created, grown, packed, looked at and taken back; what each of the commands answered is told where it is not well. */
function live(machine: Machine, spelled: (place: string) => string = (place) => place): void {
  const packages = [talk, longer].map((conversation_) => spelled(writePackage(machine, [{ conversation: conversation_ }])));
  const flags = ['--codex-home', spelled(machine.codexHome), '--user-home', spelled(machine.userHome)];
  const commands = [
    ...packages.map((folder) => ['sync', folder, '--execute']),
    ['verify'],
    ['sidecar-health'],
    ['packup', '--all', '--output', path.join(spelled(machine.root), 'packed.zip')],
    ['inspect-package', path.join(spelled(machine.root), 'packed.zip')],
    ...packages.map(() => ['rollback', '--latest', '--execute']),
  ];
  const said = runAll(
    machine,
    commands.map((words) => [...words, ...flags.slice(0, words[0] === 'packup' ? 2 : 4)]),
  );
  expect(said.filter(({ code }) => code !== 0)).toEqual([]);
  expect(said.map(({ stdout }) => /^Summary: .*/m.exec(stdout)?.[0]).filter(Boolean)).toEqual([
    'Summary: 1 new_lineage',
    'Summary: 1 fast_forward_import',
    'Summary: 1 unchanged',
  ]);
  expect(fs.existsSync(rolloutOf(machine, talk))).toBe(false);
}

test('below folders whose path is longer than 260 characters', () => {
  const here = make();
  const deep = path.join(here.root, ...Array.from({ length: 9 }, (_, at) => `a folder with a rather long name ${at}`));
  fs.mkdirSync(deep, { recursive: true });
  fs.renameSync(here.userHome, path.join(deep, 'user'));
  live({ root: deep, userHome: path.join(deep, 'user'), codexHome: path.join(deep, 'user', '.codex') });
});

test('with blanks and letters beyond ASCII in its names', () => {
  const here = make();
  const userHome = path.join(here.root, 'Jürgen Groß & Söhne (100%)');
  fs.renameSync(here.userHome, userHome);
  live({ root: here.root, userHome, codexHome: path.join(userHome, '.codex') });
});

test('by the short names of MS-DOS', () => live(make(), shortName));

test('with \\\\?\\ before every path', () => live(make(), (place) => `\\\\?\\${place}`));

function shortName(place: string): string {
  const ask = koffi.load('kernel32.dll').func('uint32_t __stdcall GetShortPathNameW(str16, _Out_ void *, uint32_t)');
  const characters = Buffer.alloc(2 * 1024);
  return characters.subarray(0, 2 * ask(place, characters, 1024)).toString('utf16le');
}

test('a package whose backslash at the end has taken the quotation mark is told so, not looked for', () => {
  const [ran] = runAll(make(), [['sync', 'C:\\my packages\\plant" --execute']]);
  expect(ran).toMatchObject({ code: 4, stderr: expect.stringContaining('`plant" --execute` has a quotation mark') });
  expect(ran?.stderr).toContain('(PACKAGE)');
});

/** `.ci/windows` makes one in Wine. */
const hasOtherDrive = fs.existsSync('D:\\');

test.skipIf(!hasOtherDrive)('on another drive than the packages and the temporary folder', () => {
  const root = fs.mkdtempSync('D:\\codex-session-sync-');
  const here = make();
  fs.cpSync(here.userHome, path.join(root, 'user'), { recursive: true });
  const there = make({ root, userHome: path.join(root, 'user'), codexHome: path.join(root, 'user', '.codex') });
  live(there);
  syncNow(there, writePackage(here, [{ conversation: talk }]));
  expect(fs.existsSync(rolloutOf(there, talk))).toBe(true);
});

test('a folder of Linux is none of this machine, though one of that name is on its drive', () => {
  const here = make();
  const cwd = here.userHome.slice(2).replaceAll('\\', '/');
  expect(fs.existsSync(cwd)).toBe(true);
  const { plan } = planNow(here, writePackage(here, [{ conversation: conversation('linux', cwd, ['x']) }]));
  expect(plan.sessions[0]).toMatchObject({
    cwd: { exists: false },
    warnings: ['its working folder does not exist on this machine'],
  });
});
