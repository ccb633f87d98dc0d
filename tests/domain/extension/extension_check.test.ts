import { expect, test } from 'vitest';
import {
  type Classified,
  type Classifier,
  isAsSafe,
  type Localizer,
  spelledBy,
} from '../../../scripts/lib/domain/extension/extension.ts';
import { faultsOfAnswers, faultsOfShape, faultsOfSource } from '../../../scripts/lib/domain/extension/extension_check.ts';

const localizer: Localizer = {
  kind: 'localizer',
  name: 'as-it-is',
  version: '1.0.0',
  contract: 1,
  localize: (path) => path,
  invert: (path) => path,
};
const classifier: Classifier = {
  kind: 'classifier',
  name: 'careful',
  version: '10.20.30',
  contract: 1,
  classify: (_relation, builtIn) => builtIn,
};

test('what a source must not have is quoted, each word once', () => {
  const source = `import fs from 'node:fs';
    import type { Localizer } from './extension.ts';
    // process.env is not read
    const now = () => Date.now() + Date.now() + process.uptime();`;
  expect(faultsOfSource(source).map(({ problem }) => problem)).toEqual([
    "its source has `import fs from 'node:fs';`",
    'its source has `Date`',
    'its source has `process`',
  ]);
});

test.each<[string, unknown, string[]]>([
  ['a localizer', localizer, []],
  ['a classifier', classifier, []],
  ['a version that is a number', { ...localizer, version: 1 }, ['version is not like 1.0.0']],
  ['a version of two parts', { ...localizer, version: '1.0' }, ['version is not like 1.0.0']],
  ['a list that reads like a version', { ...localizer, version: ['1.0.0'] }, ['version is not like 1.0.0']],
  ['a name in capitals', { ...localizer, name: 'Mine' }, ['name is not lower case with hyphens']],
  ['another contract', { ...localizer, contract: 2 }, ['contract is not 1']],
  ['one way only', { ...localizer, invert: null }, ['invert is not a function']],
  ['no methods', { ...classifier, classify: 'x' }, ['classify is not a function']],
  [
    'nothing',
    null,
    [
      'it must export `extension` with the kind localizer or classifier',
      'name is not lower case with hyphens',
      'version is not like 1.0.0',
      'contract is not 1',
    ],
  ],
])('%s has the faults that its shape has', (_what, value, problems) =>
  expect(faultsOfShape(value)).toEqual(problems.map((problem) => ({ rule: 'contract', problem }))),
);

test.each<[string, Partial<Localizer>, string[]]>([
  ['keeps every path', {}, []],
  ['knows none', { localize: () => null }, []],
  ['folds the case of a Windows path', { localize: (path) => path.replace('C:\\Users\\a', 'c:\\USERS\\a') }, []],
  ['gives a name', { localize: () => 'x' }, ['surface']],
  ['gives a number', { localize: () => 7 as never }, ['surface']],
  ['climbs', { localize: () => '/home/b/..' }, ['surface']],
  ['cannot go back', { invert: () => null }, ['invertible']],
  ['goes back to what lies below', { invert: (path) => `${path}/below` }, ['invertible']],
  ['goes back to what lies above', { invert: () => '/' }, ['invertible']],
  ['throws on its way back', { invert: () => fail() }, ['invertible']],
  ['throws', { localize: () => fail() }, ['surface']],
])('a localizer that %s', (_what, ways, rules) =>
  expect(faultsOfAnswers({ ...localizer, ...ways }).map(({ rule }) => rule)).toEqual(rules),
);

test('each rule is told once, with its first case', () => {
  let times = 0;
  const [first, ...more] = faultsOfAnswers({ ...localizer, localize: () => `/x/${times++}` });
  expect(first).toMatchObject({ rule: 'deterministic', problem: expect.stringMatching(/^\/Users\/a is \/x\/0 and then /) });
  expect(more).toEqual([]);
});

function fail(): never {
  throw new Error('no');
}

test.each<[string, Classified, string[]]>([
  ['unchanged for all', 'unchanged', ['safer']],
  ['a branch for all', 'diverged_lineage', ['safer']],
  ['to leave out all', 'refuse', []],
])('a classifier that says %s', (_what, answer, rules) =>
  expect(faultsOfAnswers({ ...classifier, classify: () => answer }).map(({ rule }) => rule)).toEqual(rules),
);

test.each<[Classified, Parameters<typeof isAsSafe>[1], boolean]>([
  ['refuse', 'new_lineage', true],
  ['unchanged', 'unchanged', true],
  ['diverged_lineage', 'fast_forward_import', true],
  ['diverged_lineage', 'unchanged', false],
  ['fast_forward_import', 'diverged_lineage', false],
])('%s for %s: %s', (answer, builtIn, isSafe) => expect(isAsSafe(answer, builtIn)).toBe(isSafe));

test.each<[unknown, string | null]>([
  ['/home/b/x', '/home/b/x'],
  ['x', null],
  ['/home/b/../x', null],
  [null, null],
  [7, null],
  [['/home/b/x'], null],
])('a localizer that gives %j spells %j', (given, spelled) =>
  expect(spelledBy({ ...localizer, localize: () => given as never }, '/a', { userHome: '/home/b', sourceHome: null })).toBe(
    spelled,
  ),
);
