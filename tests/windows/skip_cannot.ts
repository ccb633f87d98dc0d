// Loaded before each test file on Windows: what is in the table of `cannot.ts` is skipped there with its reason, and so counted.

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { beforeEach, type TestContext } from 'vitest';
import { CANNOT } from './cannot.ts';

const isWine = process.env.CODEX_SYNC_UNDER_WINE !== undefined;

type Named = { name: string; suite?: Named | undefined };

/** With the names of the suites that it is in. */
const fullName = ({ name, suite }: Named): string => (suite?.name ? `${fullName(suite)} ${name}` : name);

// As the disk spells it: a variable may have another letter case or short names (RUNNER~1).
process.env.TEMP = fs.realpathSync.native(os.tmpdir());

beforeEach(({ task, skip }: TestContext) => {
  const file = path.relative('tests', task.file.filepath).replaceAll('\\', '/');
  const name = fullName(task);
  const cannot = CANNOT.find(
    (one) => `${one.file}.test.ts` === file && one.test.test(name) && (isWine || one.where === 'windows'),
  );
  skip(cannot !== undefined, cannot?.because);
});
