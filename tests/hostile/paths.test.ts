// Every field of a package that can carry a path or an id is given one that leads elsewhere. Only the folder of the machine is looked at
// afterwards, all of it: what was written lies where it belongs, or nothing was written.

import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { isImageName } from '../../scripts/lib/domain/attachments/generated_image.ts';
import { isMakeable } from '../../scripts/lib/domain/paths/valid_name.ts';
import type { PlannedChange } from '../../scripts/lib/domain/plan/plan.ts';
import { conversation } from '../fixtures/conversation.ts';
import { PACKED, wholePackage } from '../fixtures/hostile_package.ts';
import { planNow, rolloutOf, syncNow, writePackage } from '../fixtures/machine.ts';
import { machinesOfEachTest } from '../fixtures/machines.ts';
import { snapshot } from '../fixtures/snapshot.ts';

const machine = machinesOfEachTest();

/** One value of a file of the package becomes another one, wherever it stands as a whole JSON value. */
function replaceIn(folder: string, name: string, value: string, by: string): void {
  const file = path.join(folder, name);
  const text = fs.readFileSync(file, 'utf8');
  const changed = text.replaceAll(JSON.stringify(value), JSON.stringify(by));
  expect(changed).not.toBe(text);
  fs.writeFileSync(file, changed);
}

const { parent, agent } = PACKED;
const rollout = `sessions/${path.basename(rolloutOf({ root: '', codexHome: '', userHome: '' }, parent))}`;
const rowPath = `/home/far/.codex/sessions/2026/11/03/${path.basename(rollout)}`;

const FIELDS: [field: string, file: string, value: string][] = [
  ['a thread id in a row', 'metadata/threads.jsonl', parent.id],
  ['a rollout path', 'metadata/threads.jsonl', rowPath],
  ['a thread id in the index', 'metadata/session_index.jsonl', parent.id],
  ['a thread id of a tool', 'metadata/thread_dynamic_tools.jsonl', parent.id],
  ['a parent in an edge', 'metadata/thread_spawn_edges.jsonl', parent.id],
  ['a child in an edge', 'metadata/thread_spawn_edges.jsonl', agent.id],
  ['a thread id of a goal', 'metadata/thread_goals.jsonl', parent.id],
  ['a thread id in a transcript', rollout, parent.id],
  ['a working folder in a transcript', rollout, parent.cwd],
  ['a working folder in a row', 'metadata/threads.jsonl', parent.cwd],
  ['a required folder', 'skeleton/required-directories.json', parent.cwd],
  ['a thread id in the manifest', 'package_manifest.json', parent.id],
];

const ELSEWHERE = [
  '../../../escaped',
  '/../escaped',
  'C:\\Users\\far\\Documents\\..\\..\\..\\escaped',
  'C:\\Users\\far\\Documents\\project\\..\\..\\..\\escaped',
  'C:\\Users\\far\\Documents\\nul\u0000',
  `C:\\Users\\far\\Documents\\${'x'.repeat(300)}`,
  `C:\\Users\\far\\Documents${'\\xx'.repeat(2000)}`,
  '\\\\?\\C:\\Users\\far\\Documents\\..\\escaped',
  `${parent.id}/../escaped`,
  'CON',
  '',
];

/** Those that would get furthest are carried out as well; the plan says of all of them what they would write. */
const EXECUTED = new Set(ELSEWHERE.slice(0, 3));
const isAllowed = (name: string): boolean => /^user\/(\.codex(\/|$)|Documents(\/project)?$)/.test(name);
const pathsOf = (changes: PlannedChange[]): string[] =>
  changes.flatMap(({ change }) => {
    const target = change.kind === 'operation' ? change.operation : change;
    return 'path' in target ? [target.path] : [];
  });

describe.each(FIELDS)('%s that leads elsewhere', (_field, file, value) => {
  test.each(ELSEWHERE.map((text) => [JSON.stringify(text).slice(0, 60), text]))('%s writes nothing outside', (_shown, text) => {
    const here = machine('never started');
    const folder = wholePackage(here);
    replaceIn(folder, file, value, text);
    const { changes } = planNow(here, folder).plan;
    expect(pathsOf(changes).filter((place) => !isAllowed(path.relative(here.root, place)))).toEqual([]);
    if (!EXECUTED.has(text)) return;
    const before = Object.keys(snapshot(here.root));
    syncNow(here, folder);
    const made = Object.keys(snapshot(here.root)).filter((name) => !before.includes(name));
    expect(made.filter((name) => !isAllowed(name))).toEqual([]);
    expect(fs.existsSync(path.join(path.dirname(here.root), 'escaped'))).toBe(false);
  });
});

test('a parent that a first line names elsewhere is no parent', () => {
  const here = machine();
  const folder = wholePackage(here);
  replaceIn(folder, `sessions/${path.basename(rolloutOf(here, agent))}`, parent.id, '../escaped');
  expect(planNow(here, folder).plan.sessions.map(({ classification }) => classification)).toContain('new_lineage');
});

test('a base that is no id is not in the package, whatever file it would lead to', () => {
  const here = machine();
  const folder = wholePackage(here);
  const file = path.join(folder, rollout);
  fs.copyFileSync(file, path.join(here.root, 'outside.jsonl'));
  const base = '"history_base":{"thread_id":"../../outside.jsonl","end_ordinal_exclusive":1,"end_byte_offset":9},';
  fs.writeFileSync(file, fs.readFileSync(file, 'utf8').replace('"payload":{', `"payload":{${base}`));
  const session = planNow(here, folder).plan.sessions.find(({ thread_id }) => thread_id === parent.id);
  expect(session?.reason).toContain(
    'it continues rollout ../../outside.jsonl, which is neither in the package nor on this machine',
  );
});

test('required folders that are not below the user’s home are not made, and are listed', () => {
  const here = machine();
  const folder = writePackage(here, [{ conversation: conversation('one', here.userHome, ['hi']) }]);
  const outside = path.join(here.root, 'outside');
  const climbing = 'C:\\Users\\far\\Documents\\..\\..\\climbed';
  const asked = [outside, climbing, 'C:\\Users\\far\\Documents\\made', 5, null];
  fs.writeFileSync(path.join(folder, 'skeleton', 'required-directories.json'), JSON.stringify(asked));
  const { plan } = syncNow(here, folder);
  expect(plan.folders.not_made.map((each) => each.path)).toEqual([outside, expect.stringContaining('climbed')]);
  expect(plan.warnings).toEqual([expect.stringContaining('2 required folder(s) are not created')]);
  expect([outside, path.join(here.root, 'climbed')].filter((each) => fs.existsSync(each))).toEqual([]);
  expect(fs.existsSync(path.join(here.userHome, 'Documents', 'made'))).toBe(true);
});

test('a hard link of the package is copied: writing here never reaches what it is linked to', () => {
  const here = machine();
  const folder = wholePackage(here);
  const linked = path.join(here.root, 'linked.jsonl');
  fs.linkSync(path.join(folder, rollout), linked);
  syncNow(here, folder);
  expect(fs.statSync(rolloutOf(here, parent)).ino).not.toBe(fs.statSync(linked).ino);
  expect(fs.statSync(linked).nlink).toBe(2);
});

test('a skill that nobody has named is never installed, whatever the manifest says of it', () => {
  const here = machine();
  const folder = wholePackage(here);
  fs.mkdirSync(path.join(folder, 'skills', 'evil'), { recursive: true });
  fs.writeFileSync(path.join(folder, 'skills', 'evil', 'SKILL.md'), 'Run this.');
  const manifest = path.join(folder, 'package_manifest.json');
  const skills = { skills_included: ['evil', '../../escaped', '/etc'] };
  fs.writeFileSync(manifest, JSON.stringify({ ...JSON.parse(fs.readFileSync(manifest, 'utf8')), ...skills }));
  syncNow(here, folder);
  for (const name of ['../../escaped', '/etc', '../skills/evil', 'evil/'])
    expect(() => syncNow(here, folder, { includeSkills: [name] })).toThrow(expect.objectContaining({ code: 'usage' }));
  const names = Object.keys(snapshot(here.root)).filter((name) => !name.startsWith('package'));
  expect(names.filter((name) => /evil|escaped|skills/.test(name))).toEqual([]);
});

describe('a folder can be made', () => {
  test.each([
    '/home/al/project',
    '/home/al/con',
    '/home/al/dot.',
    'C:\\Users\\al\\x',
    '\\\\server\\share\\x',
    `/${'x'.repeat(255)}`,
  ])('%s', (folder) => expect(isMakeable(folder)).toBe(true));
});

describe('a folder cannot be made', () => {
  test.each([
    '',
    'relative',
    '/home/../etc',
    '/home/./al',
    '/home/\0',
    `/${'x'.repeat(256)}`,
    '/xx'.repeat(400),
    'C:\\Users\\..\\x',
    'C:\\Users\\CON',
    'C:\\Users\\nul.txt',
    'C:\\Users\\com1',
    'C:\\Users\\LPT9\\x',
    'C:\\Users\\dot.',
    'C:\\Users\\space ',
    'C:\\Users\\al:stream',
    'C:\\Users\\al?',
  ])('%j', (folder) => expect(isMakeable(folder)).toBe(false));
});

test.each(['COM1', 'lpt9.png', 'NUL', 'nul.png', 'a.', '..', 'a/b', 'a\\b', 'a:b', 'a\0'])('an image is not named %j', (name) =>
  expect(isImageName(name)).toBe(false),
);
