// What `--help` shows. Made of the same table that a command line is read by.

import type { Described, Flag } from './command.ts';
import { membersOf } from './command_names.ts';

/** `group`: only its commands. */
export function helpOfTool(tool: string, commands: Described[], group: string | null = null): string[] {
  const shown = group === null ? commands : membersOf(group, commands);
  const rows = shown.map((command): [string, string] => [usage(command), plain(command.describe)]);
  const words = group === null ? 'COMMAND' : `${group} COMMAND`;
  return [`${tool} ${words} [flags]`, '', ...described(rows), '', `Flags of a command: ${tool} ${words} --help`];
}

export function helpOfCommand(tool: string, command: Described): string[] {
  const words = command.positionals.map(({ name, describe }): [string, string] => [name.toUpperCase(), plain(describe)]);
  const flags = command.flags.map((flag): [string, string] => [
    `${spelled(flag)}${flag.times ? ' (repeatable)' : ''}`,
    plain(flag.describe),
  ]);
  return [
    `${tool} ${usage(command)} [flags]`,
    '',
    plain(command.describe),
    ...(command.aliases ? [`Also: ${command.aliases.join(', ')}.`] : []),
    `Writes ${plain(writesOf(command))}.`,
    '',
    ...described([...words, ...flags]),
  ];
}

/** Of markdown, what is read on a terminal. */
const plain = (text: string): string => text.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').replaceAll('`', '');

export const writesOf = ({ writes = 'nothing', flags }: Described): string =>
  flags.some(({ name }) => name === 'execute') ? `with \`--execute\`: ${writes}` : writes;

export const usage = ({ name, positionals }: Described): string =>
  [name, ...positionals.map((one) => (one.isOptional ? `[${one.name.toUpperCase()}]` : one.name.toUpperCase()))].join(' ');

export function spelled({ name, aliases = [], takes, times, oneOf }: Flag): string {
  const value = oneOf?.join('|') ?? takes;
  const ending = `${value === undefined ? '' : ` ${value}`}${times === 'several' ? ' …' : ''}`;
  return [name, ...aliases].map((one) => `${one.length === 1 ? '-' : '--'}${one}${ending}`).join(', ');
}

/** A long name has its description on the next line. */
function described(rows: [string, string][]): string[] {
  const width = Math.min(32, Math.max(...rows.map(([name]) => name.length)));
  return rows.flatMap(([name, text]) =>
    name.length <= width ? [`  ${name.padEnd(width)}  ${text}`] : [`  ${name}`, `  ${' '.repeat(width)}  ${text}`],
  );
}
