// What commands and flags are declared as.

import type { Report } from '../output/report.ts';

/** A flag of the command line. Without `takes` it is a switch: given or not. */
export type Flag = {
  name: string;
  /** Other names of the same flag. */
  aliases?: string[];
  /** What its value is, as help shows it. */
  takes?: string;
  /** `again`: may be repeated. `several`: also takes all words up to the next flag. Otherwise it is given once. */
  times?: 'again' | 'several';
  oneOf?: readonly string[];
  isRequired?: boolean;
  /** The switch without which it would do nothing. */
  needs?: string;
  /** What is wrong with a value; null where nothing is. */
  check?(value: string): string | null;
  /** Markdown; links are as references/ has them. */
  describe: string;
};

/** A word that is no flag, by its place. */
export type Positional = Pick<Flag, 'check' | 'describe'> & { name: string; isOptional?: boolean };

/**
 * `name`: one word, or two where several commands belong to one noun (`config init`). `aliases`: other names, of one or two words.
 * `ignoresConfig`: no configuration file is read for it. `writes`: what it changes on the disk, where it changes anything; with `--execute` only, if it has that flag.
 */
export type Described = {
  name: string;
  aliases?: string[];
  describe: string;
  writes?: string;
  ignoresConfig?: boolean;
  flags: Flag[];
  positionals: Positional[];
};

/** `codex-home` is `codexHome` in code. */
export const keyOf = (name: string): string => name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());

/** What a command is given: by the name in camelCase, text, a list of texts, or true. What was not given is not there. */
export type Flags = Record<string, unknown>;

/** Does what a command is for. */
export type Verb = (flags: Flags, environment: NodeJS.ProcessEnv) => Report | Promise<Report>;

/** What a command needs is loaded when it is found, so that a small one starts fast. */
export type RunnableCommand = Described & { find(): Verb | Promise<Verb> };
