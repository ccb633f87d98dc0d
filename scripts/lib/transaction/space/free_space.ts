// Before step 1: a disk that would run full in the middle of a run stops it before its first write.

import { deviceOf, freeBytes } from '../../adapters/disk/volume.ts';
import { SyncError } from '../../domain/codes/errors.ts';

/** Bytes that a run puts below a folder. */
export type SpaceNeeded = { folder: string; bytes: number };

/** `free` tells what is left where a folder lies, `device` which disk that is; null where the system does not say. */
type Disks = { free(folder: string): number | null; device(folder: string): number | null };

const ROOM = 'free some space on that disk, or sync fewer sessions at once (--thread-id)';

export function requireSpace(
  needed: SpaceNeeded[],
  { disks = { free: freeBytes, device: deviceOf }, hint = ROOM }: { disks?: Disks; hint?: string } = {},
): void {
  const tooSmall = byDisk(needed, disks).flatMap(({ folder, bytes }) => {
    const left = disks.free(folder);
    return left === null || left >= bytes
      ? []
      : [{ folder, said: `${megabytes(bytes)} are needed, but only ${megabytes(left)} are free` }];
  });
  if (tooSmall.length === 0) return;
  throw new SyncError('no_space', `${tooSmall.map(({ said }) => said).join('; ')}.`, {
    where: tooSmall.map(({ folder }) => folder).join('; '),
    hint: `nothing was written; ${hint}`,
  });
}

/** What goes to one disk is added up. */
function byDisk(needed: SpaceNeeded[], { device }: Disks): SpaceNeeded[] {
  const found = new Map<number | string, SpaceNeeded>();
  for (const { folder, bytes } of needed) {
    const disk = device(folder) ?? folder;
    const before = found.get(disk);
    found.set(disk, { folder: before?.folder ?? folder, bytes: (before?.bytes ?? 0) + bytes });
  }
  return [...found.values()];
}

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
