// Whether somebody has a file open for writing, as Windows tells: opened for reading and shared with readers alone, it is refused then.

import path from 'node:path';
import type Koffi from 'koffi';
import { NATIVE, type Native } from '../locks/file_lock.ts';
import { isOpenAnywhere } from '../open_files/sharing.ts';
import type { OpenFiles } from './holder_probe.ts';

const GENERIC_READ = 0x80000000;
const SHARE_READ_DELETE = 1 | 4;
const OPEN_EXISTING = 3;
const INVALID_HANDLE = -1;
const ERROR_SHARING_VIOLATION = 32;

/** While we look, nobody can open the file for writing: for microseconds, and whoever knows Windows tries again. */
export function openFilesOnWindows(native: Native = NATIVE): OpenFiles {
  try {
    return { has: writerProbe(native.load('koffi') as typeof Koffi), blind: null };
  } catch {
    // Node can ask as well, if less exactly: a reader counts, too.
    return { has: (file) => isOpenAnywhere(file), blind: null };
  }
}

function writerProbe(koffi: typeof Koffi): (file: string) => boolean {
  const kernel32 = koffi.load('kernel32.dll');
  const open = kernel32.func('intptr_t __stdcall CreateFileW(str16, uint32_t, uint32_t, void *, uint32_t, uint32_t, intptr_t)');
  const close = kernel32.func('int __stdcall CloseHandle(intptr_t)');
  const lastError = kernel32.func('uint32_t __stdcall GetLastError()');
  return (file) => {
    // A longer path than 260 characters needs the prefix, which Node adds by itself.
    const handle = open(path.toNamespacedPath(file), GENERIC_READ, SHARE_READ_DELETE, null, OPEN_EXISTING, 0, 0);
    if (handle === INVALID_HANDLE) return lastError() === ERROR_SHARING_VIOLATION;
    close(handle);
    return false;
  };
}
