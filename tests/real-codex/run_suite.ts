// npm run test:codex [-- VERSION [--home-version VERSION] [--facts-only]] [vitest's own arguments]
// Without a version: the suite as it is. With one: that Codex is installed beside the others, stands for the newest in the whole suite, and
// the row that references/codex-on-disk.md keeps of each version is printed.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { codexBinary, extraFolder } from './lab/codex_versions.ts';
import { kindsSeen, newKinds } from './lab/line_kinds.ts';
import { homesFolder, repositoryFolder, suiteFolder } from './lab/places.ts';
import { factsOf, type VersionFacts } from './lab/version_facts.ts';

type Outcome = { status: number; passed: number; failed: number };

const isVersion = (text: string | undefined): text is string => /^\d+\.\d+\.\d+(-[\w.]+)?$/.test(text ?? '');

function fail(message: string): never {
  console.error(message);
  process.exit(4);
}

/** Takes one flag out of the arguments. */
function take(args: string[], flag: string, hasValue: boolean): string | undefined {
  const at = args.indexOf(flag);
  return at < 0 ? undefined : args.splice(at, hasValue ? 2 : 1)[hasValue ? 1 : 0];
}

function install(version: string): void {
  if (existsSync(codexBinary(version))) return;
  const folder = extraFolder(version);
  mkdirSync(folder, { recursive: true });
  console.error(`Installing Codex ${version} into ${path.relative(repositoryFolder, folder)} …`);
  const npm = ['install', '--no-audit', '--no-fund', '--no-save', '--prefix', folder, `@openai/codex@${version}`];
  const { status } = spawnSync('npm', npm, { stdio: ['ignore', 'ignore', 'inherit'], shell: process.platform === 'win32' });
  if (status !== 0 || !existsSync(codexBinary(version))) {
    rmSync(folder, { recursive: true, force: true });
    fail(`Codex ${version} could not be installed.`);
  }
}

function runSuite(args: readonly string[], environment: NodeJS.ProcessEnv = {}): number {
  const vitest = path.join(repositoryFolder, 'node_modules', 'vitest', 'vitest.mjs');
  const command = [vitest, 'run', '--config', path.join(suiteFolder, 'vitest.config.ts'), ...args];
  const env = { ...process.env, ...environment };
  return spawnSync(process.execPath, command, { cwd: repositoryFolder, stdio: 'inherit', env }).status ?? 1;
}

function prove(args: readonly string[], notes: string, environment: NodeJS.ProcessEnv): Outcome {
  const report = path.join(notes, 'report.json');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const kinds = { CODEX_SUITE_KINDS: path.join(notes, 'kinds') };
  const status = runSuite([...args, ...reporters], { ...environment, ...kinds });
  if (!existsSync(report)) return { status, passed: 0, failed: 0 };
  const { numPassedTests, numFailedTests } = JSON.parse(readFileSync(report, 'utf8')) as Record<string, number>;
  return { status, passed: numPassedTests ?? 0, failed: numFailedTests ?? 0 };
}

function row(version: string, facts: VersionFacts, kinds: string, suite: string): string {
  const unknown = facts.unknownColumns.length > 0 ? `, new: ${facts.unknownColumns.join(' ')}` : '';
  const cells = [
    version,
    facts.stateMigrations,
    `${facts.columns}${unknown}`,
    facts.historyMigration ?? 'none',
    facts.historyMode,
    kinds,
    suite,
  ];
  return `| ${cells.join(' | ')} |`;
}

const heading = [
  '| Codex | state migrations | columns of `threads` | projection migration | a new session is | new kinds of lines | suite |',
  '|---|---|---|---|---|---|---|',
];

async function main(): Promise<number> {
  const args = process.argv.slice(2);
  if (!isVersion(args[0])) return runSuite(args);
  const version = args.shift()!;
  const wantsHome = args.includes('--home-version');
  const home = take(args, '--home-version', true);
  if (wantsHome && !isVersion(home)) fail('--home-version needs a version such as 0.169.0.');
  const factsOnly = take(args, '--facts-only', false) !== undefined;
  for (const needed of [version, ...(home ? [home] : [])]) install(needed);

  mkdirSync(homesFolder, { recursive: true });
  const facts = await factsOf(version);
  let [kinds, suite, status] = ['not run', 'not run', 0];
  if (!factsOnly) {
    const notes = mkdtempSync(path.join(os.tmpdir(), 'codex-suite-'));
    const environment = { CODEX_SUITE_NEWEST: version, ...(home ? { CODEX_SUITE_HOME: home } : {}) };
    const outcome = prove(args, notes, environment);
    const seen = existsSync(path.join(notes, 'kinds')) ? kindsSeen(path.join(notes, 'kinds'), version) : [];
    kinds = newKinds(seen).join(', ') || 'none';
    suite = `${outcome.passed} passed, ${outcome.failed} failed${home ? ` (homes of ${home})` : ''}`;
    status = outcome.status;
    rmSync(notes, { recursive: true, force: true });
  }
  console.log(['', ...heading, row(version, facts, kinds, suite)].join('\n'));
  console.log(`\nTables with a thread or a session: ${facts.tables.join(', ')}.`);
  return status;
}

process.exitCode = await main();
