// A package names folders that it wants to have made. Those that are made are in the plan before; none lies where programs keep what is theirs.

import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { openCodexHome } from '../../scripts/lib/adapters/codex_home/codex_home.ts';
import { inspectPackage } from '../../scripts/lib/cli/verbs/sync_commands.ts';
import { sync } from '../../scripts/lib/commands/sync/sync.ts';
import { problemWithFolder } from '../../scripts/lib/domain/paths/allowed_folder.ts';
import { conversation } from '../fixtures/conversation.ts';
import { type Machine, NOW, optionsFor, planNow, syncNow, undoNow, writePackage } from '../fixtures/machine.ts';
import { machinesOfEachTest } from '../fixtures/machines.ts';

const machine = machinesOfEachTest();

/** A package whose one session is worked on in `cwd` and that requires `folders`. */
function packageWith(here: Machine, folders: unknown[], cwd = here.userHome): string {
  const folder = writePackage(here, [{ conversation: conversation('one', cwd, ['hi']) }]);
  fs.writeFileSync(path.join(folder, 'skeleton', 'required-directories.json'), JSON.stringify(folders));
  return folder;
}

const foldersIn = ({ root }: Machine): string[] =>
  fs
    .readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)))
    .filter((name) => !/^package|\/(sessions|sync-journal|sync-sidecar)(\/|$)/.test(name));

/** What a sync makes, which is what its plan has shown. */
function made(here: Machine, folder: string, options: Parameters<typeof syncNow>[2] = {}): string[] {
  const { folders } = planNow(here, folder, options).plan;
  const before = foldersIn(here);
  syncNow(here, folder, options);
  const now = foldersIn(here).filter((name) => !before.includes(name));
  expect(folders.make.map((each) => path.relative(here.root, each)).sort()).toEqual(now.sort());
  return now;
}

const HOSTILE: [what: string, name: string][] = [
  ['a file of ours', '.codex/sync-sidecar/sidecar.sqlite'],
  ['a journal', '.codex/sync-journal/x/manifest.json'],
  ['an index that is no file', '.codex/session_index.jsonl/x'],
  ['credentials of Codex', '.codex/auth.json'],
  ['a skill', '.codex/skills/evil'],
  ['the Codex home in capitals', '.CODEX/auth.json'],
  ['the Codex home by a detour', 'Documents/../.codex/auth.json'],
  ['keys', '.ssh/authorized_keys'],
  ['settings of git', '.gitconfig'],
  ['what starts with the desktop', '.config/autostart'],
  ['a hidden folder further down', 'project/.git/hooks'],
  ['what starts on macOS', 'Library/LaunchAgents'],
  ['a dot behind a character that nobody sees', '\u200c.ssh'],
  ['a name with a control character', 'pro\u0007ject'],
];

describe.each([
  ['a required folder', (here: Machine, place: string) => packageWith(here, [place])],
  ['a working folder', (here: Machine, place: string) => packageWith(here, [], place)],
])('%s that is not to work in', (_what, pack) => {
  test.each(HOSTILE)('%s is not made, and the plan says so', (_shown, name) => {
    const here = machine('never started');
    const folder = pack(here, `${here.userHome}/${name}`);
    expect(planNow(here, folder).plan.folders).toMatchObject({ make: [], not_made_count: 1 });
    expect(made(here, folder)).toEqual([]);
  });
});

test('a mapping of the user’s leads a package’s name no further than the user said', () => {
  const here = machine();
  const mapPaths = [{ from: '/home/far', to: here.userHome }];
  const asked = ['/home/far/.ssh/authorized_keys', '/home/far/.codex/auth.json', '/home/far/work'];
  expect(made(here, packageWith(here, asked, '/home/far/project'), { mapPaths })).toEqual(['user/project', 'user/work']);
});

test('a folder that the user has mapped to is made, dots and all', () => {
  const here = machine();
  const mapPaths = [{ from: '/home/far/project', to: path.join(here.root, 'elsewhere', '.work') }];
  expect(made(here, packageWith(here, [], '/home/far/project'), { mapPaths })).toEqual(['elsewhere', 'elsewhere/.work']);
});

test('where an earlier package has put a session is no choice of the user’s', () => {
  const here = machine();
  const keys = path.join(here.userHome, '.ssh', 'authorized_keys');
  const [first, second] = [conversation('one', keys, ['hi', 'a']), conversation('one', '/home/far/other', ['hi', 'b'])];
  syncNow(here, writePackage(here, [{ conversation: first }]));
  const { plan } = syncNow(here, writePackage(here, [{ conversation: second }]));
  expect(plan.sessions[0]?.action).toBe('branch');
  expect(fs.existsSync(path.dirname(keys))).toBe(false);
});

test('a link of the user’s that leads into the Codex home leads no folder there', () => {
  const here = machine();
  fs.symlinkSync(here.codexHome, path.join(here.userHome, 'work'));
  fs.symlinkSync('work', path.join(here.userHome, 'play'));
  const asked = ['work/auth.json', 'play/sync-journal/x', 'play/../work/skills/x'].map((name) => `${here.userHome}/${name}`);
  expect(made(here, packageWith(here, asked))).toEqual([]);
});

test('a Codex home without a dot in its name is kept free as well, however it is spelled', () => {
  const here = machine('never started');
  const plain = { ...here, codexHome: path.join(here.userHome, 'codex-home') };
  fs.renameSync(here.codexHome, plain.codexHome);
  for (const name of ['codex-home/auth.json', 'Codex-Home/auth.json', 'codex-home//./skills/x'])
    expect(made(plain, packageWith(plain, [`${here.userHome}/${name}`])), name).toEqual([]);
});

test('the databases of Codex are kept free where they lie elsewhere, and only they where all else lies there too', () => {
  const here = machine();
  const planned = (databases: string) => {
    fs.mkdirSync(databases, { recursive: true });
    const asked = [path.join(databases, 'state_5.sqlite-wal', 'x'), path.join(databases, 'project')];
    const home = openCodexHome(here.codexHome, { CODEX_SQLITE_HOME: databases });
    const request = { ...optionsFor(here, packageWith(here, asked)), execute: false, expectPlan: null };
    return sync(home, request, NOW).plan.folders.make;
  };
  expect(planned(path.join(here.userHome, 'db'))).toEqual([]);
  expect(planned(here.userHome)).toEqual([path.join(here.userHome, 'project')]);
});

test('neither the package nor this skill gets a folder', () => {
  const here = machine();
  const folder = packageWith(here, []);
  const asked = [path.join(folder, 'sessions', 'new'), path.resolve('scripts', 'new')];
  fs.writeFileSync(path.join(folder, 'skeleton', 'required-directories.json'), JSON.stringify(asked));
  const mapPaths = asked.map((each) => ({ from: path.dirname(each), to: path.dirname(each) }));
  const { not_made } = planNow(here, folder, { mapPaths }).plan.folders;
  expect(not_made.map(({ reason_code }) => reason_code)).toContain('folder_of_codex');
  expect(planNow(here, folder, { mapPaths }).plan.folders.make).toEqual([]);
});

test('what lies in the way of one folder stops no sync', () => {
  const here = machine();
  fs.writeFileSync(path.join(here.userHome, 'notes.txt'), 'mine');
  fs.symlinkSync('/nowhere', path.join(here.userHome, 'gone'));
  const asked = ['notes.txt/x', 'gone', 'gone/x', 'fine'].map((name) => path.join(here.userHome, name));
  const folder = packageWith(here, asked);
  expect(planNow(here, folder).plan.folders.not_made.map(({ reason_code }) => reason_code)).toEqual([
    'folder_in_the_way',
    'folder_in_the_way',
  ]);
  expect(made(here, folder)).toEqual(['user/fine']);
  expect(fs.readFileSync(path.join(here.userHome, 'notes.txt'), 'utf8')).toBe('mine');
});

test('folders of a plan go with a rollback, but for those that somebody uses', () => {
  const here = machine();
  const asked = ['a/b', 'c'].map((name) => path.join(here.userHome, name));
  syncNow(here, packageWith(here, asked));
  fs.writeFileSync(path.join(here.userHome, 'c', 'mine'), '');
  undoNow(here, null);
  expect(['a', 'a/b', 'c'].map((name) => fs.existsSync(path.join(here.userHome, name)))).toEqual([false, false, true]);
});

test('of 200,000 required folders a thousand are made, and the answer is soon there and short', () => {
  const here = machine();
  const asked = Array.from({ length: 200_000 }, (_, at) => `${here.userHome}/work/folder-${at}`);
  const folder = packageWith(here, asked);
  const began = performance.now();
  const { folders } = planNow(here, folder).plan;
  expect(performance.now() - began).toBeLessThan(20_000);
  expect(folders.make).toHaveLength(1000);
  expect(folders.not_made).toHaveLength(20);
  expect(folders.not_made_count).toBe(199_001);
});

test('a path of a megabyte is shown short', () => {
  const here = machine();
  const folder = packageWith(here, [`${here.userHome}/${'x'.repeat(1 << 20)}`]);
  expect(JSON.stringify(planNow(here, folder).plan.folders).length).toBeLessThan(2000);
});

test('the plan that is printed names every folder, and its digest changes with them', async () => {
  const here = machine();
  const flags = { codexHome: here.codexHome, userHome: here.userHome };
  const shown = async (asked: string[]) => await inspectPackage({ ...flags, package: packageWith(here, asked) }, {});
  const one = await shown([`${here.userHome}/one`, `${here.userHome}/.two`]);
  const other = await shown([`${here.userHome}/other`]);
  expect(one.lines.join('\n')).toContain(`create folder ${here.userHome}/one`);
  expect(one.lines.join('\n')).toMatch(/folder .*\.two is not created: it is hidden/);
  expect(one.document).toMatchObject({ folders: { make: [`${here.userHome}/one`], not_made_count: 1 } });
  expect(one.document.plan_digest).not.toBe(other.document.plan_digest);
});

describe('a name that is judged', () => {
  const judge = (folder: string, bases: string[] = []) =>
    problemWithFolder(folder, { userHome: folder.startsWith('/') ? '/home/me' : 'C:\\Users\\Me', bases })?.reason_code ?? null;
  test.each([
    ['/home/me/project', null],
    ['/home/me/Documents/R/x', null],
    ['c:\\users\\me\\Documents\\x', null],
    ['C:\\Users\\Me\\AppData\\Roaming\\x', 'folder_of_system'],
    ['C:\\Users\\Me\\SSH~1\\x', 'folder_cannot_be'],
    ['C:\\Users\\Me\\.ssh\\x', 'folder_hidden'],
    ['C:\\Users\\Me\\x.', 'folder_cannot_be'],
    ['\\\\?\\C:\\Users\\Me\\.codex\\x', 'folder_hidden'],
    ['C:\\Windows\\x', 'folder_not_below_home'],
    ['/etc/cron.d', 'folder_not_below_home'],
    ['/home/meat/x', 'folder_not_below_home'],
    ['/home/me/..', 'folder_cannot_be'],
  ])('%s: %s', (folder, code) => expect(judge(folder)).toBe(code));
  test.each([
    ['/etc/cron.d', ['/'], 'folder_of_system'],
    ['/etc/cron.d', ['/etc'], null],
    ['/data/x', ['/'], null],
    ['/home/me/.work/x', ['/home/me/.work'], null],
    ['/home/me/.work/.x', ['/home/me/.work'], 'folder_hidden'],
    ['/home/me/Library/x', ['/home/me/Library'], null],
  ])('%s below %j: %s', (folder, bases, code) => expect(judge(folder, bases)).toBe(code));
});
