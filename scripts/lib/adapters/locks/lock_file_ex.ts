import fs from 'node:fs';
import type Koffi from 'koffi';
import type { FileLock } from './lock_files.ts';

const FAIL_IMMEDIATELY_EXCLUSIVE = 1 | 2;
/** Offset 0 to the last possible byte, as Rust's `File::try_lock` takes it. */
const WHOLE = [0xffffffff, 0xffffffff] as const;
/** An OVERLAPPED with nothing in it: its offset is where the lock begins. */
const noOverlap = (): Buffer => Buffer.alloc(32);

const ERROR_LOCK_VIOLATION = 33;
const ERROR_IO_PENDING = 997;

/** LockFileEx of kernel32. The handle behind a descriptor is told by libuv, which node.exe exports. */
export function lockFileExOf(koffi: typeof Koffi): FileLock {
  const kernel32 = koffi.load('kernel32.dll');
  const handleOf = koffi.load(null).func('intptr_t uv_get_osfhandle(int)');
  const lock = kernel32.func('int __stdcall LockFileEx(intptr_t, uint32_t, uint32_t, uint32_t, uint32_t, void *)');
  const unlock = kernel32.func('int __stdcall UnlockFileEx(intptr_t, uint32_t, uint32_t, uint32_t, void *)');
  const lastError = kernel32.func('uint32_t __stdcall GetLastError()');
  const take: FileLock['take'] = (descriptor) => {
    if (lock(handleOf(descriptor), FAIL_IMMEDIATELY_EXCLUSIVE, 0, ...WHOLE, noOverlap()) !== 0) return 'taken';
    const code = lastError();
    if (code === ERROR_LOCK_VIOLATION || code === ERROR_IO_PENDING) return 'held';
    throw new Error(`LockFileEx fails with error ${code}`);
  };
  const close: FileLock['close'] = (descriptor) => {
    // Of a handle that is only closed Windows gives the lock back when it has the time.
    unlock(handleOf(descriptor), 0, ...WHOLE, noOverlap());
    fs.closeSync(descriptor);
  };
  return { take, close };
}
