// Flags as they were given, turned into what commands take. What they may look like was looked at before (flag_table.ts).

import path from 'node:path';
import { type CodexHome, openCodexHome } from '../../adapters/codex_home/codex_home.ts';
import { localSpelling } from '../../adapters/paths/local_paths.ts';
import { loadExtension } from '../../adapters/process/extension_file.ts';
import { userFolder } from '../../adapters/process/runtime_environment.ts';
import { SyncError } from '../../domain/codes/errors.ts';
import type { LoadedExtension } from '../../domain/extension/extension.ts';
import type { PathRule } from '../../domain/localize/localization.ts';
import { isSamePath, type LocalPath } from '../../domain/paths/foreign_path.ts';
import type { ThreadSelection } from '../../domain/thread/thread_selection.ts';
import type { SyncOptions } from '../../planning/context/sync_context.ts';
import type { Output } from '../output/output.ts';
import type { Flags } from './command.ts';
import { parseRule } from './flag_table.ts';
import { parseWhen } from './when.ts';

export const textFlag = (flags: Flags, name: string): string | null => (typeof flags[name] === 'string' ? flags[name] : null);

export const listFlag = (flags: Flags, name: string): string[] => (flags[name] ?? []) as string[];

export const outputOf = (flags: Flags): Output => ({ json: flags.json === true, quiet: flags.quiet === true });

/** `waitSeconds`: how long to wait for another sync. */
export const executionOf = (flags: Flags): { execute: boolean; waitSeconds: number } => ({
  execute: flags.execute === true,
  waitSeconds: numberFlag(flags, 'wait') ?? 0,
});

/** An empty `CODEX_HOME` is none, as for Codex (0.117 to 0.171). */
export function homePathOf(flags: Flags, environment: NodeJS.ProcessEnv): string {
  return localSpelling(textFlag(flags, 'codexHome') ?? (environment.CODEX_HOME || path.join(userFolder(), '.codex')));
}

export const codexHomeOf = (flags: Flags, environment: NodeJS.ProcessEnv): CodexHome =>
  openCodexHome(homePathOf(flags, environment), environment, { mayBeNew: flags.newHome === true });

/** Whole ids or beginnings of them; ids are in lower case. */
export const threadIdsOf = (flags: Flags): string[] => listFlag(flags, 'threadId').map((id) => id.toLowerCase());

const userHomeOf = (flags: Flags): LocalPath => localSpelling(textFlag(flags, 'userHome') ?? userFolder()) as LocalPath;

function mapPathsOf(flags: Flags): PathRule[] {
  const rules = listFlag(flags, 'mapPath').map((text) => parseRule(text) as PathRule);
  const twice = rules.find((rule, at) =>
    rules.some(({ from, to }, before) => before < at && isSamePath(from, rule.from) && !isSamePath(to, rule.to)),
  );
  if (!twice) return rules;
  throw new SyncError('usage', `--map-path maps \`${twice.from}\` to two different folders.`, {
    hint: 'give each FROM once',
  });
}

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
  mapProviders: listFlag(flags, 'mapProvider').map(providerRule),
  convertHistory: (flags.convertHistory ?? 'keep') as SyncOptions['convertHistory'],
  targetCodex: textFlag(flags, 'targetCodex'),
  includePins: flags.includePins === true,
  keepPermissions: flags.keepPermissions === true,
  includeSkills: listFlag(flags, 'includeSkills'),
  resurrect: flags.resurrect === true,
  userHome: userHomeOf(flags),
  onDivergence: (flags.onDivergence ?? 'branch') as SyncOptions['onDivergence'],
  onCollision: (flags.onCollision ?? 'skip') as SyncOptions['onCollision'],
});

const extensionsOf = (flags: Flags): LoadedExtension[] => listFlag(flags, 'extension').map(loadExtension);

function providerRule(text: string): { from: string; to: string } {
  const [from = '', to = ''] = text.split('=');
  return { from, to };
}

export const selectionOf = (flags: Flags, now: Date): ThreadSelection => ({
  since: timeFlag(flags, 'since', now, 'start'),
  until: timeFlag(flags, 'until', now, 'end'),
  project: textFlag(flags, 'project'),
  archived: (flags.archived ?? 'yes') as ThreadSelection['archived'],
});

function timeFlag(flags: Flags, name: string, now: Date, edge: 'start' | 'end'): number | null {
  const text = textFlag(flags, name);
  return text === null ? null : parseWhen(text, now, edge);
}

export function numberFlag(flags: Flags, name: string): number | null {
  const value = textFlag(flags, name);
  return value === null ? null : Number(value);
}

/** Days such as `30d`, in milliseconds. */
export function daysFlag(flags: Flags, name: string): number | null {
  const value = textFlag(flags, name);
  return value === null ? null : Number(value.slice(0, -1)) * 86_400_000;
}
