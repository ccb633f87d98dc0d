import { findFault } from '../domain/json_bytes.ts';
import { readHead } from '../domain/rollout_line.ts';
import { parseSessionMeta } from '../domain/transcript.ts';
import { statFile } from './disk.ts';
import { LineReader } from './line_reader.ts';

/** What an append must know of a rollout: its identity as a whole, and how its last line ends. */
export type RolloutEnd = {
  size: number;
  mtime: number;
  digest: string;
  historyMode: string;
  /** Ordinal of the last line that has one; null in a legacy rollout. */
  lastOrdinal: number | null;
  metaCwd: string;
  /** The last thread_settings_applied line: what a resumed paginated thread takes its folder from (0.148+). */
  lastSettings: Buffer | null;
  /** False where the file ends inside a line, as a killed Codex leaves it. */
  endsWithNewline: boolean;
};

/** Reads the whole file: nothing is written on the strength of a fingerprint alone. */
export function readRolloutEnd(file: string): RolloutEnd {
  const { size, mtime } = statFile(file) as { size: number; mtime: number };
  const reader = new LineReader(file, { limit: size, hash: true });
  let historyMode = 'legacy';
  let metaCwd = '';
  let lastSettings: Buffer | null = null;
  let lastOrdinal: number | null = null;
  let endsWithNewline = true;
  for (let line = reader.next(), isFirst = true; line; line = reader.next(), isFirst = false) {
    const head = readHead(line.bytes);
    endsWithNewline = line.closed;
    if (isFirst && head.kind === 'session_meta') ({ historyMode, cwd: metaCwd } = parseSessionMeta(line.bytes, head));
    if (head.kind === 'event_msg/thread_settings_applied') lastSettings = Buffer.from(line.bytes);
    if (head.ordinal !== null && (line.closed || !findFault(line.bytes))) lastOrdinal = head.ordinal;
  }
  return { size, mtime, digest: reader.digest(), historyMode, metaCwd, lastSettings, lastOrdinal, endsWithNewline };
}
