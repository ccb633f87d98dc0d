import { initConfig } from '../../commands/config/init_config.ts';
import { showConfig } from '../../commands/config/show_config.ts';
import { validateConfig } from '../../commands/config/validate_config.ts';
import { tomlOf } from '../../domain/config/config_text.ts';
import type { Verb } from '../command_line/command.ts';
import { EXIT } from '../command_line/exit_codes.ts';
import { textFlag } from '../command_line/flags.ts';
import { problemText, requireValid } from '../command_line/settings.ts';
import { table } from '../output/text.ts';

export const configInit: Verb = (flags, environment) => {
  const from = textFlag(flags, 'from');
  const request = { output: textFlag(flags, 'output'), named: textFlag(flags, 'config'), force: flags.force === true, from };
  const { path, taken, notTaken } = initConfig(request, environment);
  return {
    document: { kind: 'config_init', schema_version: 1, path, from, taken, not_taken: notTaken },
    lines: [
      `Configuration file written: ${path}`,
      ...taken.map(({ from: key, key: own }) => `taken: ${key} is ${own}`),
      ...notTaken.map(({ from: key, reason }) => `not taken: ${key}: ${reason}`),
      'What is not set is commented out: edit it, then run config validate.',
    ],
  };
};

export const configShow: Verb = (flags, environment) => {
  const { path, chosenBy, exists, problems, values } = showConfig(textFlag(flags, 'config'), environment);
  requireValid(problems, path);
  const rows = values.map(({ key, value, source }) => [key, value === null ? '' : tomlOf(value), source]);
  return {
    document: { kind: 'configuration', schema_version: 1, path, chosen_by: chosenBy, exists, values },
    lines: [...headOf(path, exists), '', ...table([['KEY', 'VALUE', 'FROM'], ...rows])],
  };
};

const headOf = (path: string, exists: boolean): string[] => [
  `Configuration file: ${path}${exists ? '' : ' (not there: the defaults hold)'}`,
];

export const configValidate: Verb = (flags, environment) => {
  const { path, chosenBy, exists, settings, problems } = validateConfig(textFlag(flags, 'config'), environment);
  const known = [...settings].map(([key, value]) => ({ key, value }));
  const isValid = problems.length === 0;
  return {
    document: {
      kind: 'config_validation',
      schema_version: 1,
      path,
      chosen_by: chosenBy,
      exists,
      valid: isValid,
      settings: known,
      problems,
    },
    lines: [
      ...headOf(path, exists),
      ...problems.map(problemText),
      isValid ? `Valid: ${known.length} key(s) set.` : `${problems.length} problem(s).`,
    ],
    exitCode: isValid ? EXIT.done : EXIT.usage,
  };
};
