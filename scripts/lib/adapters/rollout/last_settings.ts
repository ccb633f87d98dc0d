import { isCompressed } from '../../domain/ids/rollout_name.ts';
import { readHead } from '../../domain/rollout/rollout_line.ts';
import { statFile } from '../disk/disk.ts';
import { LineReader } from '../lines/line_reader.ts';

/** A relocation is the last thing that was written; a whole turn is seldom longer. */
const LOOKED_AT = 64 << 10;

/** The last settings near the end of a rollout, for a session that is not read as a whole; null where there are none so near. */
export function lastSettingsNearEnd(file: string): Buffer | null {
  const size = isCompressed(file) ? 0 : (statFile(file)?.size ?? 0);
  const reader = new LineReader(file, { offset: Math.max(0, size - LOOKED_AT), limit: size });
  let found: Buffer | null = null;
  try {
    for (let line = reader.next(); line; line = reader.next())
      if (readHead(line.bytes).kind === 'event_msg/thread_settings_applied') found = Buffer.from(line.bytes);
  } finally {
    reader.close();
  }
  return found;
}
