// Who has a file open, as Windows itself tells. Where koffi does not load Node tells it, too, if less exactly.

import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { nativeProbe } from '../../scripts/lib/adapters/holders/native_probe.ts';
import { NATIVE, type Native } from '../../scripts/lib/adapters/locks/file_lock.ts';
import { temporaryFolder } from '../fixtures/temporary_folder.ts';

const thread = '01a1fdbd-5289-76e1-b6b9-ab15617e9773';

const withoutKoffi: Native = {
  platform: 'win32',
  load() {
    throw new Error('no koffi');
  },
};

test.each([
  ['koffi', NATIVE, { writer: 'file', reader: null, nobody: null }],
  ['Node alone', withoutKoffi, { writer: 'file', reader: 'file', nobody: null }],
] as const)('%s sees who has a file open, and what it looks at stays as it was', (_, native, expected) => {
  const home = temporaryFolder();
  fs.mkdirSync(path.join(home, 'thread-writer-locks'));
  const file = path.join(home, 'rollout');
  fs.writeFileSync(file, 'text');
  const signWhile = (flags: string | null) => {
    const handle = flags === null ? null : fs.openSync(file, flags);
    const sign = nativeProbe(home, native).signOf(thread, file, false);
    if (handle !== null) fs.closeSync(handle);
    return sign;
  };
  expect({ writer: signWhile('a'), reader: signWhile('r'), nobody: signWhile(null) }).toEqual(expected);
  expect(fs.readFileSync(file, 'utf8')).toBe('text');
  expect(fs.readdirSync(path.join(home, 'thread-writer-locks'))).toEqual([]);
});
