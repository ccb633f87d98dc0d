// The only place that prints. One JSON object or text on stdout; everything else on stderr.

import type { ErrorCode } from '../../domain/codes/error_table.ts';
import { printable, safeJson } from './printable.ts';

export type Output = { json: boolean; quiet: boolean };

/** A report is shown as JSON to programs and as lines to people; long lines may be made only when they are asked for. */
export type Report = { document: Record<string, unknown>; lines: string[]; warnings: string[] };

export function print(report: Report, { json, quiet }: Output): void {
  const { codex_home } = report.document;
  if (json) for (const text of jsonText(report.document)) process.stdout.write(text);
  else printLines([...(typeof codex_home === 'string' ? [`Codex home: ${codex_home}`] : []), ...report.lines]);
  if (!quiet) for (const warning of report.warnings) process.stderr.write(`Warning: ${printable(warning)}\n`);
}

export const printLines = (lines: string[]): void => void process.stdout.write(`${lines.map(printable).join('\n')}\n`);

/** As it happens, whatever is printed at the end. */
export const printStep = (step: string): void => void process.stderr.write(`debug: ${printable(step)}\n`);

/** `frames`: where a bug was met. */
export type Failure = { code: ErrorCode; message: string; where: string | null; hint: string | null; frames: string[] };

/** For programs on stdout, for people on stderr; a bug shows its stack in both cases. */
export function printError({ frames, ...error }: Failure, { json }: Pick<Output, 'json'>): void {
  if (json) process.stdout.write(safeJson(`${JSON.stringify({ kind: 'error', schema_version: 1, ...error })}\n`));
  if (json && frames.length === 0) return;
  const lines = [
    `Error: ${error.message}`,
    ...(error.where ? [`  at: ${error.where}`] : []),
    ...(error.hint ? [`Hint: ${error.hint}`] : []),
    ...frames,
  ];
  process.stderr.write(`${lines.map(printable).join('\n')}\n`);
}

/** The document as one line of JSON, in portions: the list of 20,000 sessions as one text would be held several times over. */
export function* jsonText(document: Record<string, unknown>): Generator<string> {
  let portion: string[] = [];
  for (const piece of piecesOf(document)) {
    if (portion.push(piece) < PIECES) continue;
    // Joined, not added up: what waits for a slow reader is then the text alone, without its pieces.
    yield safeJson(portion.join(''));
    portion = [];
  }
  yield safeJson(`${portion.join('')}\n`);
}

const PIECES = 256;

function* piecesOf(document: Record<string, unknown>): Generator<string> {
  const fields = Object.entries(document).filter(([, value]) => value !== undefined);
  for (const [at, [name, value]] of fields.entries()) {
    yield `${at === 0 ? '{' : ','}${JSON.stringify(name)}:`;
    if (Array.isArray(value)) yield* entriesOf(value);
    else yield JSON.stringify(value);
  }
  yield fields.length === 0 ? '{}' : '}';
}

function* entriesOf(list: unknown[]): Generator<string> {
  yield '[';
  for (const [at, entry] of list.entries()) yield `${at === 0 ? '' : ','}${JSON.stringify(entry) ?? 'null'}`;
  yield ']';
}

/** What became of something; of a dry run, what would become of it. */
export const outcomeText = (mode: 'dry-run' | 'executed', outcome: string): string =>
  mode === 'dry-run' && WOULD_BE.has(outcome) ? `would be ${outcome.replace('_', ' ')}` : outcome.replace('_', ' ');

const WOULD_BE = new Set(['rolled_back', 'adopted', 'refused']);

/** Columns aligned for a fixed-width terminal; the last one is not padded. */
export function table(rows: string[][]): string[] {
  const cells = rows.map((row) => row.map(printable));
  const widths = (cells[0] ?? []).map((_, column) => widest(cells.map((row) => row[column] ?? '')));
  return cells.map((row) =>
    row
      .map((cell, column) => (column === row.length - 1 ? cell : pad(cell, widths[column] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
}

/** Not by spreading: a call takes no list of 200,000. */
const widest = (texts: string[]): number => texts.reduce((width, text) => Math.max(width, displayWidth(text)), 0);

const pad = (cell: string, width: number): string => cell + ' '.repeat(Math.max(0, width - displayWidth(cell)));

/** East Asian wide characters take two columns. */
const displayWidth = (text: string): number =>
  [...text].reduce(
    (width, character) =>
      width +
      (/[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|[\u{1f300}-\u{1faff}]/u.test(
        character,
      )
        ? 2
        : 1),
    0,
  );

export function shorten(text: string, width: number): string {
  const plain = printable(text).trim();
  return plain.length > width ? `${plain.slice(0, width - 1)}…` : plain;
}

export const bytesText = (bytes: number): string => {
  const units = ['B', 'KB', 'MB', 'GB'];
  const power = Math.min(units.length - 1, bytes < 1 ? 0 : Math.floor(Math.log10(bytes) / 3));
  return `${power === 0 ? bytes : (bytes / 1000 ** power).toFixed(1)} ${units[power]}`;
};
