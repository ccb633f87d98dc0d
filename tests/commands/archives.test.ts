// Packages that arrive as archives: the same package as the folder, by another path, with nothing left of the unpacking.

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { listJournals } from '../../scripts/lib/adapters/journal/journal_scan.ts';
import { withPackageFolder } from '../../scripts/lib/commands/sync/package_place.ts';
import { type SyncRequest, sync } from '../../scripts/lib/commands/sync/sync.ts';
import { entriesOf, tar, tgz, zip } from '../fixtures/archives.ts';
import { conversation, withTurn } from '../fixtures/conversation.ts';
import { wholePackage } from '../fixtures/hostile_package.ts';
import { homeOf, type Machine, NOW, optionsFor, planNow, rolloutOf, syncNow, writePackage } from '../fixtures/machine.ts';
import { machinesOfEachTest } from '../fixtures/machines.ts';
import { addSkill, SKILL_MD } from '../fixtures/skills.ts';
import { tmpdirIn } from '../fixtures/tmpdir.ts';

const machine = machinesOfEachTest();
let here: Machine;
let temporary: ReturnType<typeof tmpdirIn>;

beforeEach(() => {
  here = machine('never started');
  temporary = tmpdirIn(here.root);
});
afterEach(() => {
  expect(fs.readdirSync(temporary.folder)).toEqual([]);
  temporary.restore();
});

const talk = conversation('archived', '/home/far/project', ['hello']);

function save(name: string, bytes: Buffer): string {
  const file = path.join(here.root, name);
  fs.writeFileSync(file, bytes);
  return file;
}

const run = (file: string, request: Partial<SyncRequest> = {}) =>
  withPackageFolder({ named: file, skills: request.includeSkills ?? [] }, (place) =>
    sync(homeOf(here), { ...optionsFor(here, place.package), ...place, execute: false, expectPlan: null, ...request }, NOW),
  );

type Made = (folder: string) => Buffer;
const junk = [
  { name: '__MACOSX/._session-skill-package', data: 'x' },
  { name: '__MACOSX/package_manifest.json', data: 'x' },
  { name: 'session-skill-package/.DS_Store', data: 'x' },
  { name: 'session-skill-package/sessions/._x.jsonl', data: 'x' },
  { name: 'session-skill-package/sessions/Icon\r', data: '' },
];

const more = Array.from({ length: 65_536 }, (_, at) => ({ name: `skills/${at}`, method: 0 }));

const FORMS: [string, Made][] = [
  ['a zip with the package at its root', (folder) => zip(entriesOf(folder))],
  ['a zip with one folder', (folder) => zip(entriesOf(folder, 'session-skill-package/'))],
  ['a zip of stored files', (folder) => zip(entriesOf(folder).map((entry) => ({ ...entry, method: 0 })))],
  ['a zip that Windows made', (folder) => zip(entriesOf(folder, 'My Package\\', '\\'))],
  ['a zip in the form of zip64', (folder) => zip(entriesOf(folder, 'p/').map((entry) => ({ ...entry, isZip64: true })))],
  ['a zip that macOS made', (folder) => zip([...junk, ...entriesOf(folder, 'session-skill-package/')])],
  ['a tar', (folder) => tar(entriesOf(folder))],
  ['a tar that was made of `.`', (folder) => tar([{ name: './', type: '5' }, ...entriesOf(folder, './')])],
  ['a tar.gz with one folder', (folder) => tgz([{ name: 'p/', type: '5' }, ...entriesOf(folder, 'p/')])],
  ['a tar.gz that macOS made', (folder) => tgz([...junk, ...entriesOf(folder, 'session-skill-package/')])],
  ['a tar.gz in two pieces', (folder) => inPieces(tar(entriesOf(folder)))],
  ['a zip of more than 65,535 entries', (folder) => zip([...more, ...entriesOf(folder)])],
  [
    'a zip with links and pipes where nothing is read',
    (folder) => zip([{ name: 'skills/x', data: '/etc', mode: 0o120777 }, ...entriesOf(folder)]),
  ],
];

const inPieces = (bytes: Buffer): Buffer => Buffer.concat([gzipSync(bytes.subarray(0, 700)), gzipSync(bytes.subarray(700))]);

describe.each(FORMS)('%s', (_form, made) => {
  test('is the package that its folder is, whatever it is called', async () => {
    const folder = wholePackage(here);
    const file = save('package.bin', made(folder));
    const [asFolder, asArchive] = [planNow(here, folder), await run(file)];
    expect(asArchive.package).toMatchObject({ path: file, form: 'archive', digest: asFolder.package.digest });
    expect(asArchive.plan.sessions).toEqual(asFolder.plan.sessions);
    expect(asArchive.plan.warnings).toEqual(asFolder.plan.warnings);
    expect(JSON.stringify(asArchive.plan.sessions)).not.toContain(temporary.folder);
  });
});

test('a plan is expected by its digest, and the archive is what the journal names', async () => {
  const file = save('plant.zip', zip(entriesOf(wholePackage(here), 'plant/')));
  const planned = await run(file);
  const done = await run(file, { execute: true, expectPlan: planned.plan.digest });
  expect(done.plan.digest).toBe(planned.plan.digest);
  expect(done.transactionId).not.toBeNull();
  const [journal] = listJournals(here.codexHome);
  expect(JSON.parse(fs.readFileSync(journal!.file('manifest.json'), 'utf8')).package).toBe(file);
});

test('a tar with times before 1970 has one plan digest', async () => {
  const old = tar(entriesOf(wholePackage(here)).map((entry) => ({ ...entry, time: -5 })));
  const file = save('old.tar', old);
  const first = await run(file);
  await new Promise((resolve) => setTimeout(resolve, 1100));
  expect((await run(file)).plan.digest).toBe(first.plan.digest);
});

test('another content is not the plan that was expected', async () => {
  const packed = (one: typeof talk): Buffer => zip(entriesOf(writePackage(here, [{ conversation: one }])));
  const { plan } = await run(save('plant.zip', packed(talk)));
  const file = save('plant.zip', packed(withTurn(talk, 'more')));
  await expect(run(file, { execute: true, expectPlan: plan.digest })).rejects.toMatchObject({ code: 'stale_plan' });
});

test('what came in a folder is known in an archive, and the archive adds the rest', async () => {
  const packed = (one: typeof talk): string => writePackage(here, [{ conversation: one }]);
  syncNow(here, packed(talk));
  const classes = async (file: string) =>
    (await run(file, { execute: true })).plan.sessions.map(({ classification }) => classification);
  expect(await classes(save('same.tar.gz', tgz(entriesOf(packed(talk)))))).toEqual(['unchanged']);
  const more = save('more.tar.gz', tgz(entriesOf(packed(withTurn(talk, 'more')))));
  expect(await classes(more)).toEqual(['fast_forward_import']);
  expect(await classes(more)).toEqual(['unchanged']);
  expect(fs.readFileSync(rolloutOf(here, talk), 'utf8')).toContain('more');
});

describe('an error names the archive and the place in it:', () => {
  test.each<[string, (folder: string) => void, string, string]>([
    [
      'a row that is no JSON',
      (at) => fs.appendFileSync(path.join(at, 'metadata/threads.jsonl'), 'x\n'),
      'malformed_document',
      'p/metadata/threads.jsonl at byte',
    ],
    [
      'a manifest that is no JSON',
      (at) => fs.writeFileSync(path.join(at, 'package_manifest.json'), 'x'),
      'malformed_document',
      'p/package_manifest.json',
    ],
    ['no rows', (at) => fs.rmSync(path.join(at, 'metadata'), { recursive: true }), 'not_a_package', ''],
  ])('%s', async (_what, damage, code, place) => {
    const folder = writePackage(here, [{ conversation: talk }]);
    damage(folder);
    const file = save('plant.zip', zip(entriesOf(folder, 'p/')));
    const error = await run(file).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code, where: expect.stringContaining(place === '' ? file : `${file}: ${place}`) });
    expect((error as Error).message).not.toContain(temporary.folder);
  });

  test('a session that the archive does not have', async () => {
    const file = save('plant.zip', zip(entriesOf(wholePackage(here))));
    const asked = run(file, { threadIds: ['01a1a0e4-3200-70d8-98e0-985ecc7f6041'] });
    await expect(asked).rejects.toMatchObject({ code: 'nothing_selected', where: file });
  });
});

test.each([
  ['zip', zip],
  ['tar.gz', tgz],
])('a skill that is asked for comes out of a %s, and of the others only the names', async (name, pack) => {
  const folder = writePackage(here, [{ conversation: talk }]);
  for (const skill of ['plot', 'other']) addSkill(folder, skill);
  const file = save(
    `plant.${name}`,
    pack([...entriesOf(folder), { name: 'skills/other/link', data: '', link: '/etc/passwd', mode: 0o120777, type: '2' }]),
  );
  const { package: read, plan } = await run(file, { includeSkills: ['plot'], execute: true });
  expect([read.skills.names, plan.skills.map((skill) => [skill.name, skill.action])]).toEqual([
    ['other', 'plot'],
    [['plot', 'create']],
  ]);
  expect(fs.readFileSync(path.join(here.codexHome, 'skills', 'plot', 'SKILL.md'), 'utf8')).toBe(SKILL_MD);
  expect(fs.readdirSync(path.join(here.codexHome, 'skills'))).toEqual(['plot']);
  await expect(run(file, { includeSkills: ['other'] })).rejects.toMatchObject({ code: 'unsafe_package' });
  await expect(run(file, { includeSkills: ['absent'] })).rejects.toMatchObject({ code: 'usage' });
});

test('what is unpacked is for this user alone, and is gone when the work fails', async () => {
  const file = save('plant.zip', zip(entriesOf(writePackage(here, [{ conversation: talk }]))));
  const work = withPackageFolder({ named: file, skills: [] }, (place) => {
    expect(path.dirname(place.package)).toBe(os.tmpdir());
    expect(fs.statSync(place.package).mode & 0o777).toBe(0o700);
    expect(fs.statSync(path.join(place.package, 'package_manifest.json')).mode & 0o777).toBe(0o600);
    throw new Error('a bug');
  });
  await expect(work).rejects.toThrow('a bug');
});
