import { expect, test } from 'vitest';
import { hasNoBlocks, isRecalled } from '../../../scripts/lib/adapters/open_files/cloud_files.ts';

test.each([
  ['darwin', 8192, 0, true],
  ['win32', 8192, 0, true],
  // Part of it is here.
  ['win32', 8192, 8, false],
  // In the table of NTFS.
  ['win32', 600, 0, false],
  ['win32', 0, 0, false],
  // Networks.
  ['linux', 8192, 0, false],
] as const)('on %s %i bytes in %i blocks: away is %s', (platform, size, blocks, expected) =>
  expect(hasNoBlocks({ size, blocks }, platform)).toBe(expected),
);

test.each([
  ['pinned, and not yet here', 0x00480020, true],
  ['offline', 0x00001020, true],
  ['recalled by opening', 0x00040020, true],
  ['an archive like any other', 0x00000020, false],
  ['sparse', 0x00000220, false],
  ['unknown', null, true],
])('%s: recalled is %s', (_what, attributes, expected) => expect(isRecalled(attributes)).toBe(expected));
