import { expect, test } from 'vitest';
import { isAcrossBorder } from '../../../scripts/lib/adapters/codex_home/wsl_border.ts';

const V9FS = 0x01021997;
const EXT4 = 0xef53;

test.each([
  ['win32', '\\\\wsl$\\Ubuntu\\home\\al\\.codex', false, null, true],
  ['win32', '\\\\wsl.localhost\\Ubuntu\\home\\al\\.codex', false, null, true],
  ['win32', 'C:\\Users\\al\\.codex', false, null, false],
  ['win32', '\\\\server\\wsl\\x', false, null, false],
  ['linux', '/mnt/c/Users/al/.codex', true, EXT4, true],
  ['linux', '/c/Users/al/.codex', true, V9FS, true],
  ['linux', '/home/al/.codex', true, EXT4, false],
  ['linux', '/mnt/cache/.codex', true, EXT4, false],
  // A virtual machine has such mounts as well, and no border.
  ['linux', '/mnt/c/x', false, V9FS, false],
  ['darwin', '/mnt/c/x', false, null, false],
] as const)('on %s the home %s (in WSL: %s, file system %s) is across: %s', (platform, folder, isWsl, fileSystem, expected) =>
  expect(isAcrossBorder(folder, { platform, isWsl, fileSystem })).toBe(expected),
);
