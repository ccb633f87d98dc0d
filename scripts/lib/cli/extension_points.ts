// The developer's commands, all of which only read.

import { checkExtension, SHIPPED } from '../adapters/process/extension_file.ts';
import { tryClassify, tryLocalize } from '../commands/sync/try_extension_points.ts';
import { SyncError } from '../domain/codes/errors.ts';
import { homeIn } from '../domain/extension/extension.ts';
import { BUILT_IN, type ExtensionPoint } from '../domain/extension/extension_points.ts';
import { pathExtensions } from '../planning/context/extensions_in_use.ts';
import type { Flags, Positional, RunnableCommand } from './command_line/command.ts';
import { EXIT } from './command_line/exit_codes.ts';
import { COMMON, PATHS } from './command_line/flag_table.ts';
import { pathRulesOf } from './command_line/flags.ts';
import type { Report } from './output/report.ts';
import { table } from './output/text.ts';
import { run } from './run.ts';

const POINTS: ExtensionPoint[] = [
  ...BUILT_IN,
  ...SHIPPED.map(
    ({ name, kind, version }): ExtensionPoint => ({
      name,
      kind,
      version,
      origin: 'shipped',
      replaceable: true,
      page: 'references/extension-points.md',
      does: `used with --extension ${name}`,
    }),
  ),
];

const word = (name: string, describe: string): Positional => ({ name, describe });

const COMMANDS: RunnableCommand[] = [
  { name: 'list', describe: 'the pieces of a sync', positionals: [], flags: COMMON, find: () => list },
  {
    name: 'describe',
    describe: 'one of them',
    positionals: [word('name', 'as list shows it')],
    flags: COMMON,
    find: () => describe,
  },
  {
    name: 'try-classify',
    describe: 'how two rollouts relate, and where they first differ',
    positionals: [word('local', 'a rollout'), word('incoming', 'another one')],
    flags: COMMON,
    find: () => classify,
  },
  {
    name: 'try-localize',
    describe: 'how a path or rollout is spelled locally',
    positionals: [word('what', 'a path, or a rollout')],
    flags: [...PATHS, ...COMMON],
    find: () => localize,
  },
  {
    name: 'check',
    describe: 'whether an extension keeps its contract',
    positionals: [word('file', 'the extension')],
    flags: COMMON,
    find: () => check,
  },
];

/** Runs one command line; answers with the exit code. */
export const runExtensionPoints = (words: string[]): Promise<number> =>
  run(words, process.env, { name: 'sync_extension_points', commands: COMMANDS });

const reported = (document: Record<string, unknown>, lines: string[], exitCode: number = EXIT.done): Report => ({
  document: { ...document, schema_version: 1 },
  lines,
  exitCode,
});

const list = (): Report =>
  reported(
    { kind: 'extension_points', points: POINTS },
    table([
      ['NAME', 'KIND', 'VERSION', 'ORIGIN', 'REPLACEABLE', 'PAGE'],
      ...POINTS.map((point) => [
        point.name,
        point.kind,
        point.version,
        point.origin,
        point.replaceable ? 'yes' : 'no',
        point.page,
      ]),
    ]),
  );

function describe({ name }: Flags): Report {
  const point = POINTS.find((one) => one.name === name);
  if (!point) throw new SyncError('usage', `Unknown piece \`${String(name)}\`.`, { hint: 'list shows the known ones' });
  return reported({ ...point, kind: 'extension_point', piece: point.kind }, [
    `${point.name} ${point.version} (${point.kind}, ${point.origin})`,
    `  ${point.does}`,
    `  in words: ${point.page}`,
  ]);
}

function classify({ local, incoming }: Flags): Report {
  const tried = tryClassify(String(local), String(incoming));
  const { lines, turns, first_difference: part } = tried;
  const side = (name: string, shown: { unmasked: string; masked: string } | null | undefined): string[] =>
    shown ? [`${name}, unmasked: ${shown.unmasked}`, `${name}, masked:   ${shown.masked}`] : [`${name}: nothing more`];
  return reported({ kind: 'tried_classification', ...tried }, [
    `${tried.classification}: ${tried.reason}`,
    `lines: ${lines.shared} shared, ${lines.local_only} local only, ${lines.incoming_only} incoming only`,
    `turns: ${turns.shared} shared, ${turns.local_only} local only, ${turns.incoming_only} incoming only`,
    `shared prefix: ${tried.shared_prefix} lines, ${tried.identical_lines} of them byte for byte`,
    ...(part
      ? [`first difference: line ${part.line}`, ...side('local', part.local), ...side('incoming', part.incoming)]
      : ['no difference']),
  ]);
}

function localize(flags: Flags): Report {
  const { extensions, ...rules } = pathRulesOf(flags);
  const given = { extensions, userHome: rules.userHome };
  const tried = tryLocalize(String(flags.what), { ...rules, ...pathExtensions(given, homeIn(String(flags.what))) });
  return reported(
    { ...tried, kind: 'tried_localization', what: tried.kind },
    tried.kind === 'path'
      ? [`${tried.source} -> ${tried.path} (${tried.rule})`]
      : [
          `${tried.changed} of ${tried.lines} lines change`,
          ...(tried.first_change
            ? [`line ${tried.first_change.line}: ${tried.first_change.before}`, `becomes: ${tried.first_change.after}`]
            : []),
        ],
  );
}

function check({ file }: Flags): Report {
  const { faults } = checkExtension(String(file));
  return reported(
    { kind: 'extension_check', file, faults },
    faults.length === 0 ? ['It keeps the contract.'] : faults.map(({ rule, problem }) => `${rule}: ${problem}`),
    faults.length === 0 ? EXIT.done : EXIT.findings,
  );
}
