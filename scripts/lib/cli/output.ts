// The only place that prints. One JSON object or text on stdout; everything else on stderr.

export type Output = { json: boolean; quiet: boolean };

/** A report is shown as JSON to programs and as lines to people; long lines may be made only when they are asked for. */
export type Report = { document: Record<string, unknown>; lines: string[]; warnings: string[] };

export function print(report: Report, output: Output): void {
  if (output.json) for (const text of jsonText(report.document)) process.stdout.write(text);
  else process.stdout.write(`${report.lines.join('\n')}\n`);
  if (!output.quiet) for (const warning of report.warnings) process.stderr.write(`Warning: ${printable(warning)}\n`);
}

/** The document as one line of JSON, in portions: the list of 20,000 sessions as one text would be held several times over. */
export function* jsonText(document: Record<string, unknown>): Generator<string> {
  let portion: string[] = [];
  for (const piece of piecesOf(document)) {
    if (portion.push(piece) < PIECES) continue;
    // Joined, not added up: what waits for a slow reader is then the text alone, without its pieces.
    yield portion.join('');
    portion = [];
  }
  yield `${portion.join('')}\n`;
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

/** Text of a package goes to a terminal: control characters in it must not steer that. */
export const printable = (text: string): string => text.replace(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]+/g, ' ');

/** Columns aligned for a fixed-width terminal; the last one is not padded. */
export function table(rows: string[][]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => displayWidth(row[column] ?? ''))));
  return rows.map((row) =>
    row
      .map((cell, column) => (column === row.length - 1 ? cell : pad(cell, widths[column] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
}

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
