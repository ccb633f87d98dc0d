import { SyncError } from '../../domain/codes/errors.ts';
import { type Explained, explain as explanationsOf } from '../../domain/codes/explanations.ts';
import type { Command } from '../command_line/command.ts';
import { EXIT } from '../command_line/exit_codes.ts';
import { textFlag } from '../command_line/flags.ts';
import { type Report, table } from '../output/output.ts';

export const explain: Command = (flags) => {
  const code = textFlag(flags, 'code');
  const explanations = explanationsOf(code);
  if (explanations.length === 0)
    throw new SyncError('usage', `Unknown code \`${code}\`.`, {
      where: 'explain',
      hint: 'run explain without a code to list all',
    });
  return { report: reportExplanations(explanations, code !== null), exitCode: EXIT.done };
};

const reportExplanations = (explanations: Explained[], atLength: boolean): Report => ({
  document: { kind: 'explanations', schema_version: 1, explanations },
  lines: atLength ? explanations.flatMap(paragraphs) : table(explanations.map(({ kind, code, means }) => [kind, code, means])),
  warnings: [],
});

const paragraphs = ({ code, kind, means, matters, remedy }: Explained): string[] => [
  `${code} (${kind})`,
  `  ${means}`,
  `  ${matters}`,
  `  What to do: ${remedy}`,
];
