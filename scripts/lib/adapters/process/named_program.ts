// How a program is started that the user has named. On Windows npm installs `codex.cmd`: the system finds no such file by the bare name, and
// Node refuses to start a batch file without a shell (CVE-2024-27980).

import type { SpawnOptionsWithoutStdio } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

export type Start = { program: string; words: string[]; options: SpawnOptionsWithoutStdio };

type Environment = Readonly<NodeJS.ProcessEnv>;

/** `words` are ours and need no quotes. */
export function startOf(named: string, words: string[], environment: Environment, system = process.platform): Start {
  if (system !== 'win32') return { program: named, words, options: { env: environment } };
  const program = findOnWindows(named, environment) ?? named;
  return /\.(cmd|bat)$/i.test(program)
    ? throughShell(program, words, environment)
    : { program, words, options: { env: environment } };
}

/** Null where no folder of PATH has it. The current folder is not looked into: anybody may have put something there. */
function findOnWindows(named: string, environment: Environment): string | null {
  const folders = /[\\/:]/.test(named) ? [''] : pathOf(environment).split(';').filter(Boolean);
  const names = path.win32.extname(named) ? [named] : ['.exe', '.cmd', '.bat'].map((extension) => `${named}${extension}`);
  const places = folders.flatMap((folder) => names.map((name) => path.win32.join(folder, name)));
  return places.find((place) => fs.statSync(place, { throwIfNoEntry: false })?.isFile()) ?? null;
}

/** A copy of the environment is no longer indifferent to the case of its names, and Windows itself writes `Path`. */
const pathOf = (environment: Environment): string =>
  Object.entries(environment).find(([name]) => name.toUpperCase() === 'PATH')?.[1] ?? '';

const PROGRAM = 'CODEX_SYNC_PROGRAM';

/** As a variable, the path is never read as part of the command, whatever characters are in it. */
const throughShell = (program: string, words: string[], environment: Environment): Start => ({
  program: environment.ComSpec ?? environment.COMSPEC ?? 'cmd.exe',
  words: ['/d', '/s', '/v:off', '/c', `""%${PROGRAM}%" ${words.join(' ')}"`],
  options: { env: { ...environment, [PROGRAM]: program }, windowsVerbatimArguments: true },
});
