// What somebody else has made is never removed or changed, whatever name it has.

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { v7 as uuidv7 } from 'uuid';
import { describe, expect, test } from 'vitest';
import { makeUnpackFolder } from '../../scripts/lib/adapters/temporary_folders/private_temporary_folder.ts';
import { packup } from '../../scripts/lib/commands/packup/packup.ts';
import { withPackageFolder } from '../../scripts/lib/commands/sync/package_place.ts';
import { pruneJournal } from '../../scripts/lib/commands/transactions/prune_journal.ts';
import { recoverHome } from '../../scripts/lib/commands/transactions/recover.ts';
import { conversation } from '../fixtures/conversation.ts';
import { addSession, homeOf, type Machine, NOW, syncNow, undoNow, writePackage } from '../fixtures/machine.ts';
import { machinesOfEachTest } from '../fixtures/machines.ts';
import { tmpdirIn } from '../fixtures/tmpdir.ts';

const machine = machinesOfEachTest();

const pack = (here: Machine, output: string) => packup(homeOf(here), { cwdFilter: null, threadIds: [], all: true }, output, NOW);

function withSession(): { here: Machine; output: string } {
  const here = machine();
  addSession(here, conversation('one', '/x', ['first']));
  return { here, output: path.join(here.root, 'out') };
}

/** A file with something in it that nobody else has. */
function write(file: string): void {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, `of somebody: ${file}`);
}

describe('packup', () => {
  test('leaves a folder beside its output alone, whatever it is called', () => {
    const { here, output } = withSession();
    const gone = `${output}.building.${os.hostname().replace(/[^A-Za-z0-9-]/g, '_')}.4194301.abcdef`;
    for (const folder of [`${output}.building`, gone]) write(path.join(folder, 'thesis.txt'));
    pack(here, output);
    for (const folder of [`${output}.building`, gone]) expect(fs.readdirSync(folder)).toEqual(['thesis.txt']);
  });

  test('removes what a killed one has left', () => {
    const { here, output } = withSession();
    const gone = `${output}.building.${os.hostname().replace(/[^A-Za-z0-9-]/g, '_')}.4194301.abcdef`;
    for (const name of ['metadata', 'sessions']) fs.mkdirSync(path.join(gone, name), { recursive: true });
    pack(here, output);
    expect(fs.existsSync(gone)).toBe(false);
  });

  test('keeps a link to an empty folder and puts the package where it leads', () => {
    const { here, output } = withSession();
    fs.mkdirSync(path.join(here.root, 'disk'));
    fs.symlinkSync('disk', output);
    pack(here, output);
    expect(fs.readlinkSync(output)).toBe('disk');
    expect(fs.existsSync(path.join(here.root, 'disk', 'package_manifest.json'))).toBe(true);
  });

  test.each([
    ['a file', (output: string) => write(output)],
    ['a folder with something in it', (output: string) => write(path.join(output, 'x'))],
    ['a link that leads nowhere', (output: string) => fs.symlinkSync('nowhere', output)],
  ])('writes nothing where there is %s', (_what, make) => {
    const { here, output } = withSession();
    make(output);
    const before = snapshotOfNames(here);
    expect(() => pack(here, output)).toThrow(expect.objectContaining({ code: 'output_exists' }));
    expect(snapshotOfNames(here)).toEqual(before);
  });

  test.each([
    ['sessions of the Codex home', (here: Machine) => path.join(here.codexHome, 'sessions', 'x')],
    ['the Codex home itself', (here: Machine) => here.codexHome],
    ['the Codex home by a link', (here: Machine) => path.join(here.userHome, 'link', 'x', 'y')],
    ['the Codex home of the user who runs it', () => path.join(os.homedir(), '.codex', 'x')],
    ['this skill', () => path.resolve('scripts', 'x')],
  ])('writes nothing into %s', (_what, place) => {
    const { here } = withSession();
    fs.symlinkSync(here.codexHome, path.join(here.userHome, 'link'));
    const before = snapshotOfNames(here);
    expect(() => pack(here, place(here))).toThrow(expect.objectContaining({ code: 'usage' }));
    expect(snapshotOfNames(here)).toEqual(before);
  });

  test('takes away the folders that it had made for a package that did not come about', () => {
    const { here } = withSession();
    fs.writeFileSync(path.join(here.root, 'taken'), '');
    const before = snapshotOfNames(here);
    expect(() => pack(here, path.join(here.root, 'a', 'b', 'x'.repeat(250)))).toThrow();
    expect(snapshotOfNames(here)).toEqual(before);
  });
});

const snapshotOfNames = ({ root }: Machine): string[] => (fs.readdirSync(root, { recursive: true }) as string[]).sort();

describe('what somebody has put into sync-journal', () => {
  const FOREIGN: [what: string, name: string][] = [
    ['a folder', 'notes/a.txt'],
    ['a file', 'a.txt'],
    ['a folder that is named as a transaction', `${uuidv7()}/a.txt`],
    ['a folder in one that is named as a transaction', `${uuidv7()}/staged/deep/a.txt`],
    ['a name of ours in a folder of theirs', 'notes/operations.jsonl'],
    ['a backup of theirs', `${uuidv7()}/backups/thesis.sqlite.bak`],
  ];

  test.each(FOREIGN)('%s stays with every command that writes', (_what, name) => {
    const here = machine();
    const file = path.join(here.codexHome, 'sync-journal', name);
    write(file);
    const at = (minutes: number): Date => new Date(NOW.getTime() + minutes * 60_000);
    syncNow(here, writePackage(here, [{ conversation: conversation('one', '/x', ['hi']) }]), {}, at(0));
    undoNow(here, null, at(1));
    recoverHome(homeOf(here), true, 0);
    pruneJournal(homeOf(here), { keep: 0, olderThan: null, execute: true }, at(2));
    expect(fs.readFileSync(file, 'utf8')).toBe(`of somebody: ${file}`);
    const first = name.split('/')[0] as string;
    expect(fs.readdirSync(path.join(here.codexHome, 'sync-journal'))).toEqual([first]);
  });

  test('a file in a transaction of ours stays when that is dropped', () => {
    const here = machine();
    const { transactionId } = syncNow(here, writePackage(here, [{ conversation: conversation('one', '/x', ['hi']) }]));
    const folder = path.join(here.codexHome, 'sync-journal', String(transactionId));
    for (const name of ['notes.txt', 'staged/notes.txt', 'backups/notes.txt']) write(path.join(folder, name));
    pruneJournal(homeOf(here), { keep: 0, olderThan: null, execute: true }, NOW);
    const names = fs.readdirSync(folder, { recursive: true }) as string[];
    expect(names.map((name) => name.replaceAll(path.sep, '/')).sort()).toEqual([
      'backups',
      'backups/notes.txt',
      'notes.txt',
      'staged',
      'staged/notes.txt',
    ]);
  });

  test('a link that is called as a file of the lock is not written through', () => {
    const here = machine();
    const mine = path.join(here.root, 'mine');
    write(mine);
    fs.mkdirSync(path.join(here.codexHome, 'sync-journal'));
    fs.symlinkSync(mine, path.join(here.codexHome, 'sync-journal', 'writer.pid'));
    syncNow(here, writePackage(here, [{ conversation: conversation('one', '/x', ['hi']) }]));
    expect(fs.readFileSync(mine, 'utf8')).toBe(`of somebody: ${mine}`);
    fs.symlinkSync(path.join(here.root, 'new'), path.join(here.codexHome, 'sync-journal', 'writer.lock'));
    expect(() => undoNow(here, null)).toThrow(expect.objectContaining({ code: 'configuration' }));
    expect(fs.existsSync(path.join(here.root, 'new'))).toBe(false);
  });
});

test('only folders that a process of this tool made are taken away in the temporary folder', async () => {
  const here = machine();
  const { folder, restore } = tmpdirIn(here.root);
  try {
    const made = makeUnpackFolder();
    const mark = path.basename(made.path).replace(/\.\d+\.[^.]+$/, '');
    const foreign = [`${mark}.4194301`, `${mark}.4194301.abcdef.bak`, `${mark}.4194301.notes-of-mine`, `${mark}.x.abcdef`];
    for (const name of foreign) write(path.join(folder, name, 'a.txt'));
    const left = path.join(folder, `${mark}.4194301.abcdef`);
    write(path.join(left, 'a.txt'));
    const archive = path.join(here.root, 'p.zip');
    fs.writeFileSync(archive, 'no archive');
    await withPackageFolder({ named: archive, skills: [] }, () => {}).catch(() => {});
    expect(fs.readdirSync(folder).sort()).toEqual([path.basename(made.path), ...foreign].sort());
    made.remove();
  } finally {
    restore();
  }
});

test.each(['symbolic', 'hard'])(
  'an index of names that is kept elsewhere by a %s link keeps the link through a rollback',
  (kind) => {
    const here = machine();
    const [kept, index] = [path.join(here.userHome, 'dotfiles'), path.join(here.codexHome, 'session_index.jsonl')];
    fs.writeFileSync(kept, '{"id":"a","thread_name":"mine","updated_at":"2026-11-01T00:00:00Z"}\n', { mode: 0o640 });
    if (kind === 'hard') fs.linkSync(kept, index);
    else fs.symlinkSync(kept, index);
    const before = fs.readFileSync(kept, 'utf8');
    syncNow(here, writePackage(here, [{ conversation: conversation('one', '/x', ['hi']), name: 'theirs' }]));
    expect(fs.readFileSync(kept, 'utf8')).toContain('theirs');
    undoNow(here, null);
    expect(fs.readFileSync(kept, 'utf8')).toBe(before);
    expect(fs.statSync(kept).mode & 0o777).toBe(0o640);
    expect(fs.statSync(index).ino).toBe(fs.statSync(kept).ino);
    expect(fs.lstatSync(index).isSymbolicLink()).toBe(kind === 'symbolic');
  },
);
