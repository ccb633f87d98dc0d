// `npm run tables`: the tables of commands, flags, errors and findings in the pages, made of those that the code goes by.

import fs from 'node:fs';
import type { Flag } from '../../scripts/lib/cli/command_line/command.ts';
import { exitCodeOf } from '../../scripts/lib/cli/command_line/exit_codes.ts';
import { COMMON, PLAN } from '../../scripts/lib/cli/command_line/flag_table.ts';
import { spelled, usage, writesOf } from '../../scripts/lib/cli/command_line/help.ts';
import { COMMANDS } from '../../scripts/lib/cli/command_table.ts';
import { ERRORS, type ErrorCode } from '../../scripts/lib/domain/codes/error_table.ts';
import type { FindingEntry } from '../../scripts/lib/domain/codes/explanation.ts';
import { CODEXSYNC_KEYS, NO_KEY } from '../../scripts/lib/domain/config/codexsync_keys.ts';
import { CONFIG_KEYS } from '../../scripts/lib/domain/config/config_keys.ts';
import { tomlOf } from '../../scripts/lib/domain/config/config_text.ts';
import { expected } from '../../scripts/lib/domain/config/config_values.ts';
import { DOCTOR } from '../../scripts/lib/domain/findings/doctor_findings.ts';
import { HEALTH } from '../../scripts/lib/domain/findings/health_findings.ts';
import { ADOPT, VERIFY } from '../../scripts/lib/domain/findings/session_findings.ts';
import { policyRows, surfaceRows } from './column_tables.ts';

function table(head: string[], rows: string[][]): string[] {
  const row = (cells: string[]): string => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [row(head), `|${'---|'.repeat(head.length)}`, ...rows.map(row)];
}

const code = (text: string): string => `\`${text}\``;
const codes = (texts: string[]): string => texts.map(code).join(', ');

const flagRow = (flag: Flag): [string, string] => [
  codes(spelled(flag).split(', ')),
  `${flag.describe}${flag.times ? '; may be repeated' : ''}`,
];

/** Commands may have flags of one name that differ in what they take. */
const single = [...new Set(COMMANDS.flatMap(({ flags }) => flags))].filter((flag) => !COMMON.includes(flag));
const takersOf = (flag: Flag): string[] => COMMANDS.filter(({ flags }) => flags.includes(flag)).map(({ name }) => name);

const executors = COMMANDS.filter(({ flags }) => flags.some(({ name }) => name === 'execute')).map(({ name }) => name);
const EVERY = 'every command that writes with `--execute`';

/** A list of nearly all commands that write is told by those that it lacks. */
function takers(flag: Flag): string {
  const names = takersOf(flag);
  const others = executors.filter((name) => !names.includes(name));
  if (names.length < 8 || names.some((name) => !executors.includes(name)) || others.length > 2) return codes(names);
  return others.length === 0 ? EVERY : `${EVERY}, but not ${codes(others)}`;
}

/** Flags that the same commands take stand together. */
function flagTables(): string[] {
  const groups = [...Map.groupBy(single, takers)];
  const isLarge = ([names, flags]: [string, Flag[]]): boolean => flags.length > 4 && names.includes(', ');
  const together = groups
    .filter(isLarge)
    .flatMap(([names, flags]) => [`Of ${names}:`, '', ...table(['flag', 'meaning'], flags.map(flagRow)), '', 'Of others:', '']);
  const rest = groups.filter((group) => !isLarge(group)).flatMap(([, flags]) => flags);
  const rows = single.filter((flag) => rest.includes(flag)).map((flag) => [flagRow(flag)[0], takers(flag), flagRow(flag)[1]]);
  return [...together, 'Others:', '', ...table(['flag', 'of', 'meaning'], rows)];
}

const exits = [...new Set((Object.keys(ERRORS) as ErrorCode[]).map(exitCodeOf))].sort((one, other) => one - other);
const withExit = (exit: number): string[] => (Object.keys(ERRORS) as ErrorCode[]).filter((one) => exitCodeOf(one) === exit);

/** One row for all codes of a kind that are as severe; each finding, and `explain`, says what mends it. */
function findings(about: string, entries: Record<string, FindingEntry>): string[][] {
  const groups = Map.groupBy(Object.entries(entries), ([, { severity }]) => severity);
  return [...groups].map(([severity, found]) => [about, severity, codes(found.map(([name]) => name))]);
}

const TABLES: Record<string, string[]> = {
  commands: table(
    ['command', 'does', 'writes'],
    COMMANDS.map((command) => [codes([usage(command), ...(command.aliases ?? [])]), command.describe, writesOf(command)]),
  ),
  'common flags': table(['flag', 'meaning'], COMMON.map(flagRow)),
  flags: flagTables(),
  'plan flags': [`${codes(PLAN.map(spelled))}.`],
  'configuration keys': table(
    ['key', 'value', 'default', 'flag', 'what it is for'],
    CONFIG_KEYS.map(({ name, type, default: usual, flag, variable, describe }) => [
      code(name),
      expected(type),
      usual === undefined ? '' : code(tomlOf(usual)),
      flag ? code(`--${flag}`) : '',
      `${describe}${variable ? `; \`$${variable}\` wins` : ''}`,
    ]),
  ),
  'codexsync keys': table(
    ['codexSync', 'here'],
    Object.entries(CODEXSYNC_KEYS).map(([name, rule]) => [
      code(name),
      'why' in rule ? rule.why : CONFIG_KEYS.some((key) => key.name === rule.to) ? code(rule.to) : NO_KEY,
    ]),
  ),
  errors: table(
    ['exit', 'errors'],
    exits.map((exit) => [String(exit), codes(withExit(exit))]),
  ),
  findings: table(
    ['about', 'severity', 'codes'],
    [...findings('session', { ...VERIFY, ...ADOPT }), ...findings('home', DOCTOR), ...findings('sidecar', HEALTH)],
  ),
  'rewrite surface': table(['line', 'place in `payload`', 'holds'], surfaceRows()),
  'columns of one policy': table(['columns', 'new session', 'fast-forward'], policyRows()),
};

export const PAGES = [
  'references/cli-shape.md',
  'references/compatibility-contract.md',
  'references/configuration.md',
  'references/sync-sidecar-schema.md',
  'SKILL.md',
];

/** A page with its tables as they are made now. */
export const withTables = (page: string): string =>
  page.replace(
    /^(<!-- ([a-z ]+): made by `npm run tables` -->\n)[\s\S]*?^(?=<!-- end of \2 -->)/gm,
    (_, start: string, name: string) => `${start}${TABLES[name]?.join('\n')}\n`,
  );

export const fileOf = (page: string): URL => new URL(`../../${page}`, import.meta.url);

if (process.argv[1] === new URL(import.meta.url).pathname)
  for (const page of PAGES) fs.writeFileSync(fileOf(page), withTables(fs.readFileSync(fileOf(page), 'utf8')));
