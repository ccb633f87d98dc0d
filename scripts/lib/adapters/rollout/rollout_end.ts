import { SyncError } from '../../domain/codes/errors.ts';
import { isCompressed } from '../../domain/ids/rollout_name.ts';
import { isBlank } from '../../domain/json/json_bytes.ts';
import { findFault, findStrictFault } from '../../domain/json/json_faults.ts';
import { type ByteRange, lengthOf } from '../../domain/rollout/byte_range.ts';
import { refusalOfFirstLine } from '../../domain/rollout/first_line_faults.ts';
import { headOf, type LineHead, type LineSource, type RolloutLine, SETTINGS } from '../../domain/rollout/rollout_line.ts';
import { parseSessionMeta, type SessionMeta } from '../../domain/rollout/session_meta.ts';
import { statFile } from '../disk/file_reading.ts';
import { LineReader } from '../lines/line_reader.ts';

/** What an append must know of a rollout: its identity as a whole, and how its last line ends. `digest` is that of the whole transcript. */
export type RolloutEnd = {
  /** Of the file as it lies there; of a plain one, up to where it was read. */
  size: number;
  mtime: number;
  digest: string;
  historyMode: string;
  /** The highest ordinal of its own lines; null in a legacy rollout, and where none has one that can be counted on from. */
  lastOrdinal: number | null;
  metaCwd: string;
  /** The last thread_settings_applied line: what a resumed paginated thread takes its folder from (0.148+). */
  lastSettings: Buffer | null;
  /** The last turn_context behind it: what a resumed thread takes its approvals from (0.150 to 0.165). */
  lastContext: Buffer | null;
  lastTimestamp: string | null;
  /** False where the file ends inside a line, as a killed Codex leaves it. */
  endsWithNewline: boolean;
};

/** The lines of a transcript, noting on the way what an append will need; what it notes is whole when the last line was pulled. */
export class RolloutReader implements LineSource {
  readonly #reader: LineReader;
  readonly #file: string;
  readonly #end: Omit<RolloutEnd, 'digest'>;
  /** Where the file's own lines go on behind its first one. */
  readonly #ownFrom: number;
  #isFirst = true;

  constructor(ranges: readonly ByteRange[]) {
    const { file, to } = ranges.at(-1) as ByteRange;
    const { size: onDisk, mtime } = statFile(file) as { size: number; mtime: number };
    const size = isCompressed(file) ? onDisk : to;
    this.#file = file;
    this.#reader = new LineReader(ranges, { hash: true });
    this.#ownFrom = lengthOf(ranges.slice(0, -1));
    this.#end = {
      size,
      mtime,
      historyMode: 'legacy',
      metaCwd: '',
      lastSettings: null,
      lastContext: null,
      lastOrdinal: null,
      lastTimestamp: null,
      endsWithNewline: true,
    };
  }

  next(): RolloutLine | null {
    const line = this.#reader.next();
    if (line) this.#note(line);
    return line;
  }

  end(): RolloutEnd {
    while (this.next());
    return { ...this.#end, digest: this.#reader.digest() };
  }

  close(): void {
    this.#reader.close();
  }

  #note(line: RolloutLine): void {
    const head = headOf(line);
    this.#end.endsWithNewline = line.closed;
    if (isBlank(line.bytes)) return;
    if (this.#isFirst && head.kind === 'session_meta') {
      const meta = readMeta(line.bytes, head, `${this.#file} at byte 0`);
      Object.assign(this.#end, { historyMode: meta.historyMode, metaCwd: meta.cwd });
    }
    if (head.kind === SETTINGS) Object.assign(this.#end, { lastSettings: Buffer.from(line.bytes), lastContext: null });
    if (head.kind === 'turn_context') this.#end.lastContext = Buffer.from(line.bytes);
    const isOwn = this.#isFirst || line.offset >= this.#ownFrom;
    if (isOwn && head.ordinal !== null && (line.closed || !findFault(line.bytes)))
      this.#end.lastOrdinal = Math.max(head.ordinal, this.#end.lastOrdinal ?? 0);
    this.#end.lastTimestamp = head.timestamp ?? this.#end.lastTimestamp;
    this.#isFirst = false;
  }
}

/** Reads the whole transcript: nothing is written on the strength of a fingerprint alone. */
export const readRolloutEnd = (ranges: readonly ByteRange[]): RolloutEnd => new RolloutReader(ranges).end();

/** Nothing is added to what Codex cannot open. */
function readMeta(bytes: Buffer, head: LineHead, where: string): SessionMeta {
  if (findStrictFault(bytes)) throw new SyncError('malformed_rollout', 'its first line is not one JSON object.', { where });
  const meta = parseSessionMeta(bytes, head);
  const refusal = refusalOfFirstLine(bytes, meta);
  if (refusal) throw new SyncError('malformed_rollout', `${refusal.reason}.`, { where });
  return meta;
}
