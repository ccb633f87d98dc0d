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
  /** What is wrong with a value; null where nothing is. */
  check?(value: string): string | null;
  /** Markdown; links are as references/ has them. */
  describe: string;
};

/** A word that is no flag, by its place. */
export type Positional = { name: string; isOptional?: boolean; describe: string };

/** `codex-home` is `codexHome` in code. */
export const keyOf = (name: string): string => name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
