import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { findSkills, readSkill } from '../../../scripts/lib/adapters/package/package_skills.ts';
import { addSkill, SKILL_MD } from '../../fixtures/skills.ts';
import { temporaryFolder } from '../../fixtures/temporary_folder.ts';

const skill = (): string => addSkill(temporaryFolder());
const within = (folder: string, place: string): string => path.join(folder, ...place.split('/'));

test('a skill is its files, by their path in its folder', () => {
  const folder = skill();
  fs.chmodSync(within(folder, 'scripts/plot.py'), 0o755);
  expect(readSkill(folder)).toMatchObject({
    files: [
      { name: 'SKILL.md', size: SKILL_MD.length, file: within(folder, 'SKILL.md') },
      { name: 'scripts/plot.py', digest: expect.stringMatching(/^sha256:/) },
    ],
    isRunnable: ['scripts/plot.py'],
    declaredName: 'plot',
    fault: null,
  });
});

test('of the folders beside each other only folders are skills, and none is looked into', () => {
  const folder = temporaryFolder();
  addSkill(folder, 'b', {});
  addSkill(folder, 'b', { x: '' });
  addSkill(folder, 'a', { y: '' });
  fs.writeFileSync(path.join(folder, 'skills', 'file'), '');
  fs.symlinkSync('/etc', path.join(folder, 'skills', 'link'));
  expect(findSkills(folder).names).toEqual(['a', 'b']);
});

test('where skills is a link or no folder there are none', () => {
  const folder = temporaryFolder();
  expect(findSkills(folder).names).toEqual([]);
  fs.writeFileSync(path.join(folder, 'skills'), '');
  expect(findSkills(folder).names).toEqual([]);
  fs.rmSync(path.join(folder, 'skills'));
  fs.symlinkSync('/', path.join(folder, 'skills'));
  expect(findSkills(folder).names).toEqual([]);
});

describe('a skill is refused', () => {
  const DAMAGES: Record<string, [damage: (folder: string) => void, code: string, reason: string]> = {
    'without SKILL.md': [(at) => fs.rmSync(within(at, 'SKILL.md')), 'skill_incomplete', 'SKILL.md'],
    'whose SKILL.md is a folder': [
      (at) => {
        fs.rmSync(within(at, 'SKILL.md'));
        fs.mkdirSync(within(at, 'SKILL.md'));
      },
      'skill_incomplete',
      'SKILL.md',
    ],
    'with a link to a file': [
      (at) => fs.symlinkSync('/etc/hostname', within(at, 'data')),
      'skill_unsafe',
      'data is a symbolic link',
    ],
    'with a link to a folder': [
      (at) => fs.symlinkSync('/etc', within(at, 'scripts/etc')),
      'skill_unsafe',
      'scripts/etc is a symbolic',
    ],
    'with a link that leads nowhere': [(at) => fs.symlinkSync('/nowhere', within(at, 'data')), 'skill_unsafe', 'symbolic link'],
    'with a hard link': [
      (at) => {
        fs.writeFileSync(`${at}.elsewhere`, 'secret');
        fs.linkSync(`${at}.elsewhere`, within(at, 'data'));
      },
      'skill_unsafe',
      'data is a hard link',
    ],
    'with a pipe, which is not waited for': [
      (at) => void execFileSync('mkfifo', [within(at, 'pipe')]),
      'skill_unsafe',
      'pipe is not a regular file',
    ],
    'with two names that are one on some systems': [
      (at) => fs.writeFileSync(within(at, 'Scripts'), ''),
      'skill_unsafe',
      'in other capitals',
    ],
    'with two spellings of one name': [
      (at) => {
        for (const name of ['\u00fc', 'u\u0308']) fs.writeFileSync(within(at, name), '');
      },
      'skill_unsafe',
      'in other capitals',
    ],
    'with another skill in it': [
      (at) => addSkill(path.join(at, 'assets'), 'inner'),
      'skill_unsafe',
      'assets/skills/inner/SKILL.md is another skill',
    ],
    'with too many files': [
      (at) => Array.from({ length: 1000 }, (_, count) => fs.writeFileSync(within(at, `file ${count}`), '')),
      'skill_too_large',
      'more than 1000 files',
    ],
    'with too many folders': [
      (at) => Array.from({ length: 1000 }, (_, count) => fs.mkdirSync(within(at, `folder ${count}`))),
      'skill_too_large',
      'more than 1000 files and folders',
    ],
    'with too many bytes': [
      (at) => {
        fs.writeFileSync(within(at, 'huge'), '');
        fs.truncateSync(within(at, 'huge'), (64 << 20) + 1);
      },
      'skill_too_large',
      'more than 64 MiB',
    ],
    'with too deep folders': [
      (at) => fs.mkdirSync(within(at, 'a/b/c/d/e/f/g/h/i'), { recursive: true }),
      'skill_too_large',
      'more than 8 deep',
    ],
    'with a name that is no text': [
      (at) => fs.writeFileSync(Buffer.concat([Buffer.from(`${at}/`), Buffer.from([0xff, 0x61])]), ''),
      'skill_unsafe',
      'is not a valid name on every system',
    ],
  };

  test.each(Object.entries(DAMAGES))('%s', (_how, [damage, code, reason]) => {
    const folder = skill();
    damage(folder);
    const { fault, files } = readSkill(folder);
    expect(fault).toMatchObject({ reason_code: code, reason: expect.stringContaining(reason) });
    expect(files).toEqual([]);
  });

  test('that the disk does not give back', () => {
    const folder = skill();
    fs.rmSync(folder, { recursive: true });
    expect(readSkill(folder).fault).toMatchObject({ reason_code: 'skill_unreadable', reason: expect.stringContaining('ENOENT') });
  });
});
