// A checker that lets a part of the mutants through: those whose hash is low, or those that another report says nobody noticed.

import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { PluginKind } from '@stryker-mutator/api/plugin';

const PART = Number(process.env.PART ?? 1);
const SEED = process.env.SEED ?? '1';
const STATUSES = (process.env.STATUS ?? 'Survived NoCoverage').split(' ');

const nameOf = (file, { mutatorName, location: { start, end }, replacement }) =>
  [file, mutatorName, start.line, start.column, end.line, end.column, replacement].join(' ');

/** Report locations count from 1, a mutant's from 0. */
function unnoticedIn(report) {
  const names = new Set();
  for (const [file, { mutants }] of Object.entries(JSON.parse(fs.readFileSync(report, 'utf8')).files))
    for (const mutant of mutants) if (STATUSES.includes(mutant.status)) names.add(nameOf(file, mutant));
  return names;
}

const unnoticed = process.env.AMONG ? unnoticedIn(process.env.AMONG) : null;

function isChosen(mutant) {
  const { start, end } = mutant.location;
  const counted = (at) => ({ line: at.line + 1, column: at.column + 1 });
  const name = nameOf(path.relative(process.cwd(), mutant.fileName), {
    ...mutant,
    location: { start: counted(start), end: counted(end) },
  });
  if (unnoticed) return unnoticed.has(name);
  return createHash('sha256').update(`${SEED} ${name}`).digest().readUInt32BE() < PART * 2 ** 32;
}

const checker = {
  init: async () => {},
  check: async (mutants) =>
    Object.fromEntries(
      mutants.map((mutant) => [
        mutant.id,
        isChosen(mutant) ? { status: 'passed' } : { status: 'compileError', reason: 'not in the sample' },
      ]),
    ),
  group: async (mutants) => [mutants.map(({ id }) => id)],
};

export const strykerPlugins = [{ kind: PluginKind.Checker, name: 'sample', factory: () => checker }];
