// Flags as yargs gives them, turned into what commands take.

import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import type { Argv } from 'yargs';
import { type CodexHome, openCodexHome } from '../adapters/codex_home.ts';
import type { SyncOptions } from '../commands/sync_context.ts';
import { SyncError } from '../domain/errors.ts';
import type { LoadedExtension } from '../domain/extension.ts';
import { type LocalPath, parsePath } from '../domain/foreign_path.ts';
import type { PathRule } from '../domain/localization.ts';
import { asThreadId } from '../domain/thread_id.ts';
import type { Output } from './output.ts';

export type Flags = Record<string, unknown>;

export const withCommonFlags = (yargs: Argv): Argv =>
  yargs
    .option('codex-home', { type: 'string', describe: 'the Codex home [default: $CODEX_HOME, else ~/.codex]' })
    .option('user-home', {
      alias: 'remote-home',
      type: 'string',
      describe: "this machine's user home, for localization [default: yours]",
    })
    .option('json', { type: 'boolean', default: false, describe: 'print exactly one JSON object on stdout' })
    .option('quiet', { type: 'boolean', default: false, describe: 'no warnings on stderr' })
    .option('color', { type: 'boolean', default: true, describe: 'colour where stderr is a terminal; off with --no-color' });

const withThreadFlag = (yargs: Argv): Argv =>
  yargs.option('thread-id', { type: 'string', array: true, nargs: 1, default: [], describe: 'only this session (repeatable)' });

export const withExecuteFlag = (yargs: Argv): Argv =>
  yargs.option('execute', { type: 'boolean', default: false, describe: 'write; without it nothing is written' }).option('wait', {
    type: 'number',
    requiresArg: true,
    describe: 'with --execute: wait so many seconds for another sync of this home to end [default: 0]',
  });

/** How long to wait for another sync, in seconds. */
export function waitFlag({ wait }: Flags): number {
  if (wait === undefined) return 0;
  if (typeof wait === 'number' && wait >= 0 && wait < Number.POSITIVE_INFINITY) return wait;
  throw new SyncError('usage', 'That is no number of seconds.', { where: '--wait' });
}

/** What decides how paths are spelled here. */
export const withPathFlags = (yargs: Argv): Argv =>
  yargs
    .option('map-path', {
      type: 'string',
      array: true,
      nargs: 1,
      default: [],
      describe: 'FROM=TO: what lies below FROM there lies below TO here (repeatable)',
    })
    .option('extension', {
      type: 'string',
      array: true,
      nargs: 1,
      default: [],
      describe: 'wsl, home-prefix, or your own file: a localizer or classifier (repeatable)',
    });

export const withSyncFlags = (yargs: Argv): Argv =>
  withPathFlags(withThreadFlag(yargs))
    .positional('package', {
      type: 'string',
      demandOption: true,
      describe: 'the package: a folder, or a .zip, .tar or .tar.gz of it',
    })
    .option('map-provider', {
      type: 'string',
      array: true,
      nargs: 1,
      default: [],
      describe: 'FROM=TO: sessions of model provider FROM run with TO here (repeatable)',
    })
    .option('convert-history', {
      choices: ['keep', 'legacy'] as const,
      default: 'keep' as const,
      describe: 'write new sessions in the form that a Codex before 0.147 reads',
    })
    .option('include-pins', { type: 'boolean', default: false, describe: 'new sessions are pinned where they were pinned there' })
    .option('include-skills', {
      type: 'string',
      array: true,
      requiresArg: true,
      default: [],
      describe: 'NAME …: install these skills of the package as well; without it none',
    })
    .option('resurrect', { type: 'boolean', default: false, describe: 'bring back sessions that were deleted here' })
    .option('target-codex', {
      type: 'string',
      describe: 'the Codex version that will open the sessions [default: told by the home]',
    })
    .option('on-divergence', {
      choices: ['branch', 'skip', 'abort'] as const,
      default: 'branch' as const,
      describe: 'when both sides went on',
    })
    .option('on-collision', {
      choices: ['skip', 'import-as-new'] as const,
      default: 'skip' as const,
      describe: 'when an unrelated session has the same id',
    });

export const textFlag = (flags: Flags, name: string): string | null => (typeof flags[name] === 'string' ? flags[name] : null);

export const outputOf = (flags: Flags): Output => ({ json: flags.json === true, quiet: flags.quiet === true });

export function homePathOf(flags: Flags, environment: NodeJS.ProcessEnv): string {
  const named = typeof flags.codexHome === 'string' ? flags.codexHome : environment.CODEX_HOME;
  return path.resolve(named || path.join(os.homedir(), '.codex'));
}

export const codexHomeOf = (flags: Flags, environment: NodeJS.ProcessEnv): CodexHome =>
  openCodexHome(homePathOf(flags, environment), environment);

export const threadIdsOf = (flags: Flags): string[] => {
  const ids = (flags.threadId ?? []) as string[];
  const wrong = ids.filter((id) => !asThreadId(id));
  if (wrong.length > 0)
    throw new SyncError('usage', `No thread id: ${wrong.join(', ')}.`, {
      where: '--thread-id',
      hint: 'a thread id is a UUID in lower case',
    });
  return ids;
};

const userHomeOf = (flags: Flags): LocalPath =>
  path.resolve(typeof flags.userHome === 'string' ? flags.userHome : os.homedir()) as LocalPath;

const mapPathsOf = (flags: Flags): PathRule[] => ((flags.mapPath ?? []) as string[]).map(parseRule);

/** For a path that belongs to no session. */
export const pathRulesOf = (flags: Flags): { explicit: PathRule[]; userHome: LocalPath; extensions: LoadedExtension[] } => ({
  explicit: mapPathsOf(flags),
  userHome: userHomeOf(flags),
  extensions: extensionsOf(flags),
});

export const syncOptionsOf = (flags: Flags): SyncOptions => ({
  package: String(flags.package),
  threadIds: threadIdsOf(flags),
  extensions: extensionsOf(flags),
  mapPaths: mapPathsOf(flags),
  mapProviders: ((flags.mapProvider ?? []) as string[]).map(parseProviders),
  convertHistory: flags.convertHistory as SyncOptions['convertHistory'],
  targetCodex: versionFlag(flags),
  includePins: flags.includePins === true,
  includeSkills: (flags.includeSkills ?? []) as string[],
  resurrect: flags.resurrect === true,
  userHome: userHomeOf(flags),
  onDivergence: flags.onDivergence as SyncOptions['onDivergence'],
  onCollision: flags.onCollision as SyncOptions['onCollision'],
});

/** Only where one is named: it is no part of what other commands load. */
function extensionsOf({ extension }: Flags): LoadedExtension[] {
  const named = (extension ?? []) as string[];
  if (named.length === 0) return [];
  const load = createRequire(import.meta.url)('../adapters/extension_file.ts') as typeof import('../adapters/extension_file.ts');
  return named.map(load.loadExtension);
}

function versionFlag(flags: Flags): string | null {
  const version = textFlag(flags, 'targetCodex');
  if (version === null || /^\d+\.\d+(\.\d+)?/.test(version)) return version;
  throw new SyncError('usage', `\`${version}\` is no Codex version such as 0.145.0.`, { where: '--target-codex' });
}

function parseProviders(text: string): { from: string; to: string } {
  const [from, to, ...more] = text.split('=');
  if (from && to && more.length === 0) return { from, to };
  throw new SyncError('usage', `\`${text}\` is not FROM=TO with two model providers.`, { where: '--map-provider' });
}

function parseRule(text: string): PathRule {
  const at = text.indexOf('=');
  const rule = { from: text.slice(0, at), to: text.slice(at + 1) };
  if (at > 0 && parsePath(rule.from) && path.isAbsolute(rule.to)) return rule;
  throw new SyncError('usage', `\`${text}\` is not FROM=TO with two absolute paths.`, { where: '--map-path' });
}

export const withCodexFlag = (yargs: Argv): Argv =>
  withThreadFlag(yargs).option('with-codex', {
    type: 'string',
    describe: 'a Codex binary to ask; it also materialises imported histories',
  });

export const withCodePositional = (yargs: Argv): Argv =>
  yargs.positional('code', { type: 'string', describe: 'the code; without it all are listed' });

export const withPackupFlags = (yargs: Argv): Argv =>
  withThreadFlag(yargs)
    .option('cwd-filter', { type: 'string', describe: 'sessions of this working folder' })
    .option('all', { type: 'boolean', default: false, describe: 'every session' })
    .option('output', { alias: 'output-dir', type: 'string', demandOption: true, describe: 'the package folder to make' });

export const withAdoptFlags = (yargs: Argv): Argv =>
  withExecuteFlag(withThreadFlag(yargs))
    .option('all', { type: 'boolean', default: false, describe: 'every session [default: those of codex-session-transfer]' })
    .option('repair', { type: 'boolean', default: false, describe: "mend rows and a database that today's Codex refuses" });

export const withRollbackFlags = (yargs: Argv): Argv =>
  withExecuteFlag(withThreadFlag(yargs))
    .option('skill', { type: 'string', array: true, nargs: 1, default: [], describe: 'only this skill (repeatable)' })
    .option('transaction-id', { type: 'string', describe: 'as list-transactions shows it' })
    .option('latest', { type: 'boolean', default: false, describe: 'the newest completed transaction' });

export const withPruneFlags = (yargs: Argv): Argv =>
  withExecuteFlag(yargs)
    .option('keep', { type: 'number', requiresArg: true, describe: 'drop all but so many of the newest' })
    .option('older-than', { type: 'string', requiresArg: true, describe: 'drop those that are older, for example 30d' });

/** A whole number that is not negative. */
export function numberFlag(flags: Flags, name: string): number | null {
  const value = flags[name];
  if (value === undefined) return null;
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  throw new SyncError('usage', 'That is no whole number.', { where: `--${name}` });
}

/** Days such as `30d`, in milliseconds. */
export function daysFlag(flags: Flags, name: string): number | null {
  const value = flags[name];
  if (value === undefined) return null;
  const days = /^(\d{1,5})d$/.exec(String(value))?.[1];
  if (days !== undefined) return Number(days) * 86_400_000;
  throw new SyncError('usage', `\`${String(value)}\` is no number of days such as 30d.`, { where: '--older-than' });
}

export const withPlanFlags = (yargs: Argv): Argv =>
  withExecuteFlag(withSyncFlags(yargs)).option('expect-plan', {
    type: 'string',
    describe: 'with --execute: apply exactly the plan of this digest, or nothing',
  });
