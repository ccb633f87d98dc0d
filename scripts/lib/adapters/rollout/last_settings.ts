import { isCompressed } from '../../domain/ids/rollout_name.ts';
import { readHead, SETTINGS } from '../../domain/rollout/rollout_line.ts';
import { statFile } from '../disk/file_reading.ts';
import { linesOf } from '../lines/line_reader.ts';

/** A relocation is the last thing that was written; a whole turn is seldom longer. */
const LOOKED_AT = 64 << 10;

/** The last settings near the end of a rollout, for a session that is not read as a whole; null where there are none so near. */
export function lastSettingsNearEnd(file: string): Buffer | null {
  const size = isCompressed(file) ? 0 : (statFile(file)?.size ?? 0);
  let found: Buffer | null = null;
  for (const { bytes } of linesOf(file, { offset: Math.max(0, size - LOOKED_AT), limit: size }))
    if (readHead(bytes).kind === SETTINGS) found = Buffer.from(bytes);
  return found;
}
