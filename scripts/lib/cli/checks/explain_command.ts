import { SyncError } from '../../domain/codes/errors.ts';
import type { Verb } from '../command_line/command.ts';
import { textFlag } from '../command_line/flags.ts';
import { type Explained, explain as explanationsOf } from '../output/explanations.ts';
import { table } from '../output/text.ts';

export const explain: Verb = (flags) => {
  const code = textFlag(flags, 'code');
  const explanations = explanationsOf(code);
  if (explanations.length === 0)
    throw new SyncError('usage', `Unknown code \`${code}\`.`, {
      where: 'explain',
      hint: 'run explain without a code to list all',
    });
  return {
    document: { kind: 'explanations', schema_version: 1, explanations },
    lines:
      code === null ? table(explanations.map(({ kind, code, means }) => [kind, code, means])) : explanations.flatMap(paragraphs),
  };
};

const paragraphs = ({ code, kind, means, matters, remedy }: Explained): string[] => [
  `${code} (${kind})`,
  `  ${means}`,
  `  ${matters}`,
  `  What to do: ${remedy}`,
];
