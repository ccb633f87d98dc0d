// Which command the words name. A name is one word (`sync`) or two (`config init`); the first of two is the noun of a group.

import { nearestName } from '../../domain/ids/nearest_name.ts';
import type { Described } from './command.ts';

/** `rest`: the words behind the name. `group`: the noun, where the words name one and none of its commands. */
export type Named<Command> = { command: Command | null; group: string | null; rest: string[] };

export function findCommand<Command extends Described>(words: string[], commands: Command[]): Named<Command> {
  const [first = '', second] = words;
  for (const name of [[first, second], [first]]) {
    const command = commands.find((one) => namesOf(one).includes(name.join(' ')));
    if (command) return { command, group: null, rest: words.slice(name.length) };
  }
  return { command: null, group: membersOf(first, commands).length > 0 ? first : null, rest: words };
}

/** The commands of a group. */
export const membersOf = <Command extends Described>(group: string, commands: Command[]): Command[] =>
  commands.filter(({ name }) => name.startsWith(`${group} `));

const namesOf = ({ name, aliases = [] }: Described): string[] => [name, ...aliases];

/** What is wrong where no command is named. */
export function noCommand(words: string[], commands: Described[]): string {
  const [first, second] = words;
  if (first === undefined) return `Missing command. For example: ${commands[0]?.name}.`;
  const members = membersOf(first, commands);
  if (members.length > 0 && second === undefined)
    return `\`${first}\` is not complete: ${members.map(({ name }) => name).join(', ')}.`;
  return unknownCommand(members.length > 0 ? `${first} ${second}` : first, second, commands);
}

/** A group may be mistyped as well, so both words are looked at together. */
function unknownCommand(shown: string, second: string | undefined, commands: Described[]): string {
  const names = commands.flatMap(namesOf);
  const near = nearestName(shown, names) ?? (second === undefined ? null : nearestName(`${shown} ${second}`, names));
  return `Unknown command \`${shown}\`.${near ? ` Did you mean \`${near}\`?` : ''}`;
}
