import { describe, expect, test } from 'vitest';
import { declaredName, isSkillName, problemWithEntry } from '../../../scripts/lib/domain/package/skill.ts';

test.each(['plot', 'Plot-2', 'a.b_c', '0', 'x'.repeat(64)])('a skill may be named %s', (name) =>
  expect(isSkillName(name)).toBe(true),
);

test.each([
  '',
  '.',
  '..',
  '.system',
  '.hidden',
  'a/b',
  'a\\b',
  '../x',
  'C:x',
  'nul',
  'CON',
  'com1.txt',
  'dot.',
  'space ',
  'two words',
  'a\0',
  'a\n',
  '-x',
  'x'.repeat(65),
])('a skill is not named %j', (name) => expect(isSkillName(name)).toBe(false));

describe('an entry of a skill', () => {
  test.each([
    [[], 'SKILL.md'],
    [[], '.gitignore'],
    [['scripts'], 'plot über.py'],
    [['a', 'b'], 'SKILL.md.txt'],
    [[], 'rollout.jsonl'],
  ])('is taken: %j %s', (below, name) => expect(problemWithEntry(below, name)).toBeNull());

  test.each([
    [[], '..', 'not a valid name'],
    [[], 'a\\b', 'not a valid name'],
    [[], 'a:b', 'not a valid name'],
    [[], 'aux.py', 'not a valid name'],
    [[], 'end.', 'not a valid name'],
    [[], 'end ', 'not a valid name'],
    [[], 'a\u001b[2K', 'not a valid name'],
    [[], 'exe\u202etxt', 'not a valid name'],
    [[], 'not\ufffdtext', 'not a valid name'],
    [[], '.git', 'a git repository'],
    [['lib'], '.GIT', 'a git repository'],
    [['assets'], 'SKILL.md', 'another skill'],
    [['assets'], 'skill.MD', 'another skill'],
    [[], 'rollout-2026-11-21T10-08-08-01a1fdc4-f12b-7c20-b9ad-2810b4906631.jsonl', 'named like a session'],
    [[], 'rollout-2026-11-21T10-08-08-01a1fdc4-f12b-7c20-b9ad-2810b4906631.jsonl.zst', 'named like a session'],
  ])('is refused: %j %j', (below, name, why) => {
    const problem = problemWithEntry(below, name);
    expect(problem).toMatchObject({ reason_code: 'skill_unsafe', reason: expect.stringContaining(why) });
  });
});

test.each([
  ['---\nname: plot\n---\n', 'plot'],
  ['\uFEFF---\r\ndescription: x\r\nname:  "plot it" \r\n---\r\n', 'plot it'],
  ["---\nname: 'plot'\n---", 'plot'],
  ['---\ndescription: x\n---\nname: plot\n', null],
  ['name: plot\n', null],
  ['---\nname:\n---\n', null],
  ['', null],
])('the opening lines %j say the name %j', (text, name) => expect(declaredName(text)).toBe(name));
