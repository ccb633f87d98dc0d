import { statFile } from '../../adapters/disk/file_reading.ts';
import { SyncError } from '../../domain/codes/errors.ts';
import type { PackedRange } from '../../domain/package/package.ts';

/** The home or the package is no longer as it was when the plan was made. */
export const stalePlan = (where: string, message = 'A file has changed since the plan was made.'): SyncError =>
  new SyncError('stale_plan', message, { where });

/** Size and time tell that a file is still the one that the plan was made with. */
export function requireUnchanged(file: string, planned: { size: number; mtime: number }): void {
  const now = statFile(file);
  if (!now || now.size !== planned.size || now.mtime !== planned.mtime) throw stalePlan(file);
}

export function requireSame(ranges: readonly PackedRange[]): void {
  for (const { file, fileSize, fileTime, identity } of ranges) {
    requireUnchanged(file, { size: fileSize, mtime: fileTime });
    if (statFile(file)?.identity !== identity) throw stalePlan(file);
  }
}
