// What a transaction will put into a rollout, written to its own folder first: the planned lines, each localized.

import type { Readers } from '../../adapters/disk/file_modes.ts';
import { type FileWriter, writeNew } from '../../adapters/disk/file_writing.ts';
import { type LineReader, withLines } from '../../adapters/lines/line_reader.ts';
import { readRanges } from '../../adapters/lines/range_reader.ts';
import { isBlank } from '../../domain/json/json_bytes.ts';
import { findFault, isRecord } from '../../domain/json/json_faults.ts';
import { LINE_END } from '../../domain/json/json_syntax.ts';
import { toLegacy } from '../../domain/legacy/legacy_form.ts';
import { LocalizedCopy } from '../../domain/localize/localized_copy.ts';
import type { FileState } from '../../domain/operation/operation.ts';
import type { RolloutForm, SourceLines } from '../../domain/plan/plan.ts';
import { type AddedEvent, eventLine } from '../../domain/rights/settings_line.ts';
import { lengthOf } from '../../domain/rollout/byte_range.ts';
import { type FirstLineChanges, respellFirstLine } from '../../domain/rollout/first_line_changes.ts';
import { type RolloutLine, readHead } from '../../domain/rollout/rollout_line.ts';

/** How the lines of a source are written. `behind`: content of another file that comes first; `opening`: bytes before them; `added`: a record behind them. */
export type StagedRollout = {
  lines: SourceLines;
  /** Ordinal of the first line; null where each keeps its own. */
  nextOrdinal: number | null;
  firstLine: FirstLineChanges | null;
  behind: string | null;
  opening: Buffer | null;
  added: AddedEvent | null;
  mtime: number;
};

/** Writes the new file; an unfinished last line is not there yet. */
export function writeRollout(file: string, staged: StagedRollout, readers: Readers): FileState {
  const { source, from } = staged.lines;
  const write = (writer: FileWriter): FileState => {
    withLines(source.ranges, (reader) => writeLines(writer, reader, staged), { offset: from });
    return writer.finish(staged.mtime);
  };
  return writeNew(file, write, readers, lengthOf(source.ranges) - from);
}

function writeLines(writer: FileWriter, reader: LineReader, staged: StagedRollout): void {
  const { firstLine, behind, opening } = staged;
  const { localization, form } = staged.lines;
  const copy = new LocalizedCopy(localization, staged.nextOrdinal);
  const writeLine = (line: Buffer): void => {
    for (const written of inForm(copy.line(line), form)) {
      writer.write(written);
      writer.write(LINE_END);
    }
  };
  if (behind) readRanges([{ file: behind, from: 0, to: Number.POSITIVE_INFINITY }], (chunk) => writer.write(chunk));
  if (opening) writer.write(opening);
  if (firstLine) {
    let line = reader.next() as RolloutLine;
    for (; isBlank(line.bytes); line = reader.next() as RolloutLine) writeLine(line.bytes);
    writeLine(respellFirstLine(line.bytes, firstLine));
  }
  if (form === 'as_it_is') copyBlocks(reader, copy, writer);
  for (let line = reader.next(); line; line = reader.next()) if (line.closed || !findFault(line.bytes)) writeLine(line.bytes);
  if (staged.added) writer.write(Buffer.from(`${eventLine(staged.added, copy.nextOrdinal ?? staged.added.ordinal)}\n`));
}

/** All whole lines, most of them as they are. */
function copyBlocks(reader: LineReader, copy: LocalizedCopy, writer: FileWriter): void {
  for (let block = reader.nextBlock(); block; block = reader.nextBlock())
    for (const piece of copy.block(block)) writer.write(piece);
}

/** What is no record says nothing in either form. */
const inForm = (line: Buffer, form: RolloutForm): Buffer[] =>
  form === 'as_it_is' || !isRecord(line) ? [line] : toLegacy(line, readHead(line));
