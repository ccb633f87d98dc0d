// One layer at a time: LAYER=domain or LAYER=transaction. See README.md.

const layer = process.env.LAYER ?? 'domain';

export default {
  mutate: [`scripts/lib/${layer}/**/*.ts`, '!scripts/lib/domain/{codes,reasons,findings}/*.ts'],
  // Messages are read by people; their wording is no behaviour.
  mutator: { excludedMutations: ['StringLiteral'] },
  plugins: ['@stryker-mutator/vitest-runner', './tests/mutation/sample.mjs'],
  checkers: ['sample'],
  testRunner: 'vitest',
  vitest: { configFile: 'tests/mutation/vitest.config.ts', related: false },
  coverageAnalysis: 'perTest',
  // What runs once per file, tables and patterns, would need a new process with every test for each mutant.
  ignoreStatic: true,
  concurrency: 1,
  timeoutMS: 60_000,
  disableTypeChecks: false,
  tempDirName: '.stryker/sandbox',
  ignorePatterns: ['.stryker', 'tests/real-codex'],
  dryRunTimeoutMinutes: 30,
  reporters: ['progress-append-only', 'clear-text', 'json'],
  clearTextReporter: { allowColor: false, reportTests: false, allowEmojis: false },
  jsonReporter: { fileName: `.stryker/${process.env.OUT ?? layer}.json` },
};
