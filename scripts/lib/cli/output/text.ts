// How texts, columns and sizes are spelled for people.

import { printable } from './printable.ts';

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

/** Of an ISO time, in UTC, to the second. */
export const timeText = (time: string): string => time.slice(0, 19).replace('T', ' ');
