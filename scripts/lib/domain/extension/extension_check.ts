// Is a piece what its contract says? Looks at its source before it is loaded, and at what it answers afterwards. Not a sandbox.

import type { Classification } from '../codes/class_table.ts';
import { emptyRelation } from '../compare/relation.ts';
import { isSamePath, parsePath } from '../paths/foreign_path.ts';
import { isMakeable } from '../paths/valid_name.ts';
import { type Classifier, CONTRACT, isAsSafe, type Localizer, type LocalizerContext, type SyncExtension } from './extension.ts';

/** `contract`: what it exports; the others are what a piece must be. */
export type ExtensionFault = {
  rule: 'contract' | 'pure' | 'deterministic' | 'invertible' | 'surface' | 'safer';
  problem: string;
};

const fault = (rule: ExtensionFault['rule'], problem: string): ExtensionFault => ({ rule, problem });

const IMPURE =
  /\brequire\s*\(|\bimport\s*\(|\bprocess\b|\bglobalThis\b|\bfetch\b|\bDate\b|\bMath\.random\b|\bcrypto\b|\bperformance\b|\bset(?:Timeout|Interval|Immediate)\b|\beval\b|\bFunction\s*\(|\bconsole\b/g;
const IMPORT = /^\s*(?:import(?!\s+type\b)|export\b[^'"\n]*\bfrom)\b.*$/gm;

/** What the source itself says; comments are no code. */
export function faultsOfSource(text: string): ExtensionFault[] {
  const code = text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '');
  const words = [...(code.match(IMPORT) ?? []), ...(code.match(IMPURE) ?? [])].map((word) => word.trim());
  return [...new Set(words)].map((word) => fault('pure', `its source has \`${word}\``));
}

/** Null, with what is wrong, for what is no extension at all. */
export function faultsOfShape(value: unknown): ExtensionFault[] {
  const { kind, name, version, contract, ...rest } = (typeof value === 'object' && value !== null ? value : {}) as Record<
    string,
    unknown
  >;
  const methods = kind === 'localizer' ? ['localize', 'invert'] : kind === 'classifier' ? ['classify'] : [];
  const problems = [
    ...(methods.length === 0 ? ['it must export `extension` with the kind localizer or classifier'] : []),
    ...(typeof name === 'string' && /^[a-z][a-z0-9-]{0,39}$/.test(name) ? [] : ['name is not lower case with hyphens']),
    ...(typeof version === 'string' && /^\d+\.\d+\.\d+$/.test(version) ? [] : ['version is not like 1.0.0']),
    ...(contract === CONTRACT ? [] : [`contract is not ${CONTRACT}`]),
    ...methods.filter((method) => typeof rest[method] !== 'function').map((method) => `${method} is not a function`),
  ];
  return problems.map((problem) => fault('contract', problem));
}

export const faultsOfAnswers = (extension: SyncExtension): ExtensionFault[] =>
  extension.kind === 'localizer' ? faultsOfLocalizer(extension) : faultsOfClassifier(extension);

const CONTEXTS: LocalizerContext[] = [
  { userHome: '/home/b', sourceHome: '/Users/a' },
  { userHome: '/Users/b', sourceHome: 'C:\\Users\\a' },
  { userHome: 'C:\\Users\\b', sourceHome: '/home/a' },
  { userHome: '/home/b', sourceHome: null },
].map((context) => Object.freeze(context));

const SAMPLES = [
  '/Users/a',
  '/Users/a/work/app',
  '/Users/ab/work',
  '/home/a/work/app',
  '/mnt/c/Users/a/x',
  '/mnt/d/x y/ü',
  '/opt/app',
  'C:\\Users\\a',
  'C:\\Users\\a\\Documents\\R\\x',
  'D:\\work\\x y',
  '\\\\server\\share\\x',
];

function faultsOfLocalizer(localizer: Localizer): ExtensionFault[] {
  const cases = CONTEXTS.flatMap((context) => SAMPLES.map((path) => ({ path, context })));
  const first = cases.map(({ path, context }) => answer(() => localizer.localize(path, context)));
  // The other way round, so that what it remembers of earlier paths shows.
  const second = [...cases]
    .reverse()
    .map(({ path, context }) => answer(() => localizer.localize(path, context)))
    .reverse();
  const faults = cases.flatMap(({ path, context }, at) => {
    const [given, again] = [first[at], second[at]];
    if (given !== again) return [fault('deterministic', `${path} is ${given} and then ${again}`)];
    if (given === null) return [];
    if (typeof given !== 'string' || !parsePath(given) || !isMakeable(given))
      return [fault('surface', `${path} becomes ${String(given)}, which is not an absolute path that can be created`)];
    const back = answer(() => localizer.invert(given, context));
    return typeof back === 'string' && isSamePath(back, path)
      ? []
      : [fault('invertible', `${path} becomes ${given}, and that becomes ${String(back)}`)];
  });
  return firstOfEach(faults);
}

/** A piece that throws gives a text that no path is. */
function answer(ask: () => unknown): unknown {
  try {
    return ask() ?? null;
  } catch (error) {
    return `throws ${String(error)}`;
  }
}

const CLASSES: Classification[] = [
  'new_lineage',
  'unchanged',
  'fast_forward_import',
  'diverged_lineage',
  'id_collision_unrelated',
];

function faultsOfClassifier(classifier: Classifier): ExtensionFault[] {
  const relation = Object.freeze({ ...emptyRelation(), sharedHistory: 3, localAhead: 1, incomingAhead: 2 });
  const cases = CLASSES.flatMap((builtIn) => [null, relation].map((one) => ({ builtIn, one })));
  const faults = cases.flatMap(({ builtIn, one }) => {
    const [given, again] = [answer(() => classifier.classify(one, builtIn)), answer(() => classifier.classify(one, builtIn))];
    if (given !== again) return [fault('deterministic', `${builtIn} is ${given} and then ${again}`)];
    return isAsSafe(given as Classification, builtIn) ? [] : [fault('safer', `${builtIn} becomes ${String(given)}`)];
  });
  return firstOfEach(faults);
}

const firstOfEach = (faults: ExtensionFault[]): ExtensionFault[] =>
  faults.filter(({ rule }, at) => faults.findIndex((other) => other.rule === rule) === at);
