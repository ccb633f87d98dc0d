// flock(2), which Node has not. koffi calls it in the C library that this process runs with anyway; nothing is compiled.

import { createRequire } from 'node:module';
import type Koffi from 'koffi';
import { firstLineOf } from '../disk/system_errors.ts';

/** Takes an exclusive lock on an open file, without waiting; it is gone when the descriptor is closed or the process ends. */
export type Flock = (descriptor: number) => 'taken' | 'held';

const modules = createRequire(import.meta.url);

/** Why there is no lock, as far as it can be told without loading anything; null where there seems to be one. */
export function whyNoFlock(): string | null {
  if (process.platform !== 'linux') return `Codex's locks on ${process.platform} are unknown`;
  try {
    modules.resolve('koffi');
    return null;
  } catch {
    return 'the optional module koffi is not installed';
  }
}

/** The lock, or why this process cannot take one. */
export function loadFlock(load: (name: string) => unknown = modules): Flock | { missing: string } {
  const missing = whyNoFlock();
  if (missing) return { missing };
  try {
    return flockOf(load('koffi') as typeof Koffi);
  } catch (error) {
    return { missing: `koffi does not load (${firstLineOf(error)})` };
  }
}

const LOCK_EX_NB = 2 | 4;

function flockOf(koffi: typeof Koffi): Flock {
  // Null is the process itself, so glibc and musl need no name of a file.
  const call = koffi.load(null).func('int flock(int, int)');
  return (descriptor) => {
    for (;;) {
      if (call(descriptor, LOCK_EX_NB) === 0) return 'taken';
      const code = koffi.errno();
      if (code === koffi.os.errno.EWOULDBLOCK) return 'held';
      if (code !== koffi.os.errno.EINTR) throw new Error(`flock(2) fails with errno ${code}`);
    }
  };
}
