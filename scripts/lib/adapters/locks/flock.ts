import fs from 'node:fs';
import type Koffi from 'koffi';
import type { FileLock } from './lock_files.ts';

/** The same numbers on Linux and macOS. */
const LOCK_EX_NB = 2 | 4;

/** flock(2) of glibc, musl or libSystem. */
export function flockOf(koffi: typeof Koffi): FileLock {
  // Null is the process itself, so no library needs a name.
  const call = koffi.load(null).func('int flock(int, int)');
  const take: FileLock['take'] = (descriptor) => {
    for (;;) {
      if (call(descriptor, LOCK_EX_NB) === 0) return 'taken';
      const code = koffi.errno();
      if (code === koffi.os.errno.EWOULDBLOCK) return 'held';
      if (code !== koffi.os.errno.EINTR) throw new Error(`flock(2) fails with errno ${code}`);
    }
  };
  return { take, close: (descriptor) => fs.closeSync(descriptor) };
}
