import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ConfigurationFiles } from '../../../scripts/lib/adapters/codex_home/configuration.ts';

let root: string;

beforeEach(() => {
  root = fs.mkdtempSync(path.join(os.tmpdir(), 'codex-session-sync-'));
});
afterEach(() => fs.rmSync(root, { recursive: true, force: true }));

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
