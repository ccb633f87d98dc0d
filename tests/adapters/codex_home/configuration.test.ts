import fs from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { ConfigurationFiles } from '../../../scripts/lib/adapters/codex_home/configuration.ts';
import { temporaryFolder } from '../../fixtures/temporary_folder.ts';

let root: string;

beforeEach(() => {
  root = temporaryFolder();
});

const make = (...folder: string[]): string => {
  const made = path.join(root, ...folder);
  fs.mkdirSync(made, { recursive: true });
  return made;
};
const trustIn = (folder: string, levels: Record<string, string>) => {
  const home = make('home');
  const projects = Object.entries(levels).map(
    ([place, level]) => `[projects.${JSON.stringify(place)}]\ntrust_level = "${level}"\n`,
  );
  fs.writeFileSync(path.join(home, 'config.toml'), projects.join(''));
  return new ConfigurationFiles(home, path.join(root, 'system')).for(folder).trust;
};

/** As real Codex 0.150, 0.160.1 and 0.171 answer to `thread/start` in such a folder. */
describe.each(['trusted', 'untrusted'] as const)('where a repository is %s, so is', (level) => {
  const inRepository = () => {
    const repository = make('repository');
    make('repository', '.git', 'worktrees', 'other');
    return repository;
  };

  test('a folder of it, also through a link', () => {
    const repository = inRepository();
    const deep = make('repository', 'deep');
    fs.symlinkSync(repository, path.join(root, 'link'));
    fs.symlinkSync(make('elsewhere'), path.join(deep, 'link'));
    for (const place of [deep, path.join(root, 'link'), path.join(deep, 'link')])
      expect(trustIn(place, { [repository]: level })).toBe(level);
  });

  test('a worktree of it', () => {
    const repository = inRepository();
    const inner = make('worktree', 'inner');
    fs.writeFileSync(path.join(root, 'worktree', '.git'), `gitdir: ${repository}/.git/worktrees/other\n`);
    expect(trustIn(inner, { [repository]: level })).toBe(level);
  });

  test('no submodule of it', () => {
    const repository = inRepository();
    const submodule = make('repository', 'sub');
    fs.writeFileSync(path.join(submodule, '.git'), 'gitdir: ../.git/modules/sub\n');
    expect(trustIn(submodule, { [repository]: level })).toBeNull();
    expect(trustIn(submodule, { [submodule]: level })).toBe(level);
  });
});

test('distrust counts before trust', () => {
  const repository = make('repository');
  make('repository', '.git');
  const deep = make('repository', 'deep');
  expect(trustIn(deep, { [repository]: 'untrusted', [deep]: 'trusted' })).toBe('untrusted');
});

test('the configuration of a submodule is looked for in it alone', () => {
  const repository = make('repository');
  make('repository', '.git');
  const submodule = make('repository', 'sub');
  fs.writeFileSync(path.join(submodule, '.git'), 'gitdir: ../.git/modules/sub\n');
  for (const place of [repository, submodule]) {
    fs.mkdirSync(path.join(place, '.codex'));
    fs.writeFileSync(path.join(place, '.codex', 'config.toml'), `model = "${path.basename(place)}"\n`);
  }
  const home = make('home');
  fs.writeFileSync(path.join(home, 'config.toml'), `[projects.${JSON.stringify(submodule)}]\ntrust_level = "trusted"\n`);
  const { tables } = new ConfigurationFiles(home, path.join(root, 'system')).for(submodule);
  expect(tables?.map(({ model }) => model).filter(Boolean)).toEqual(['sub']);
});

/** Which files of `repository/middle/deep` count, as real Codex 0.150, 0.160.1 and 0.171 answer to `thread/start` there. */
describe('of a project', () => {
  const FOLDERS = { repository: 'repository', middle: 'repository/middle', deep: 'repository/middle/deep' };
  type Folder = keyof typeof FOLDERS;

  const filesThatCount = (levels: Partial<Record<Folder, string>>, markers = '', inRepository = '.git') => {
    const [home] = [make('home'), make('repository', inRepository)];
    for (const [name, folder] of Object.entries(FOLDERS))
      fs.writeFileSync(path.join(make(folder, '.codex'), 'config.toml'), `model = "${name}"\n`);
    const projects = Object.entries(levels).map(
      ([name, level]) => `[projects.${JSON.stringify(path.join(root, FOLDERS[name as Folder]))}]\ntrust_level = "${level}"\n`,
    );
    fs.writeFileSync(path.join(home, 'config.toml'), markers + projects.join(''));
    const found = new ConfigurationFiles(home, path.join(root, 'system')).for(path.join(root, FOLDERS.deep));
    const namesIn = (tables: typeof found.tables) => tables?.map(({ model }) => model).filter(Boolean);
    return { counting: namesIn(found.tables), ifTrusted: namesIn(found.tablesIfTrusted) };
  };

  test.each<[Partial<Record<Folder, string>>, Folder[]]>([
    [{ repository: 'trusted' }, ['repository', 'middle', 'deep']],
    [{ deep: 'trusted' }, ['deep']],
    [{ middle: 'trusted', deep: 'trusted' }, ['middle', 'deep']],
    [{ middle: 'untrusted', deep: 'trusted' }, ['deep']],
    [{ middle: 'trusted', deep: 'untrusted' }, ['middle']],
    [{ repository: 'trusted', deep: 'untrusted' }, ['repository', 'middle']],
    [{ repository: 'trusted', middle: 'untrusted' }, ['repository', 'deep']],
    [{ repository: 'untrusted', deep: 'trusted' }, ['deep']],
  ])('where %j, the files of %j count', (levels, counting) => {
    expect(filesThatCount(levels).counting).toEqual(counting);
  });

  test('that nobody has decided about no file counts, but all would if Codex came to trust it', () => {
    expect(filesThatCount({})).toEqual({ counting: [], ifTrusted: ['repository', 'middle', 'deep'] });
    expect(filesThatCount({ middle: 'untrusted' })).toEqual({ counting: [], ifTrusted: ['repository', 'deep'] });
  });

  test.each<[string, string, Folder[]]>([
    ['["MARK"]', 'MARK', ['repository', 'middle', 'deep']],
    ['["MARK"]', '.git', ['deep']],
    ['[]', '.git', ['deep']],
  ])('with the markers %s and a folder %s the root is found as Codex finds it', (markers, inRepository, counting) => {
    const trusted = { repository: 'trusted', middle: 'trusted', deep: 'trusted' };
    expect(filesThatCount(trusted, `project_root_markers = ${markers}\n`, inRepository).counting).toEqual(counting);
  });
});

test.skipIf(process.platform === 'win32')('what an administrator insists on is not looked for in the home', () => {
  const home = make('home');
  fs.writeFileSync(path.join(home, 'managed_config.toml'), 'approval_policy = "never"\n');
  const { tables } = new ConfigurationFiles(home, path.join(root, 'system')).for(make('folder'));
  expect(tables?.flatMap(Object.keys)).toEqual([]);
});
