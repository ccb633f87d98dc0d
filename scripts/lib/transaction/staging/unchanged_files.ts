import { statFile } from '../../adapters/disk/file_reading.ts';
import type { PackedRange } from '../../domain/package/package.ts';
import { stalePlan } from '../operations/stale_plan.ts';

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
