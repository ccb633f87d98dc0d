// The only place that prints. One JSON object or text on stdout; everything else on stderr.

import { once } from 'node:events';
import type { ErrorCode } from '../../domain/codes/error_table.ts';
import { printable, safeJson } from './printable.ts';
import type { Report } from './report.ts';

export type Output = { json: boolean; quiet: boolean };

export async function print(report: Report, { json, quiet }: Output): Promise<void> {
  const { codex_home } = report.document;
  if (json) for (const text of jsonText(report.document)) await written(text);
  else printLines([...(typeof codex_home === 'string' ? [`Codex home: ${codex_home}`] : []), ...report.lines]);
  if (!quiet) for (const warning of report.warnings ?? []) printWarning(warning);
}

/**
 * Waits for a slow reader: what is written meanwhile would be held by this thread, by the one that prints, and on the way between them. That it
 * cannot be written is told by the launcher.
 */
async function written(text: string): Promise<void> {
  if (process.stdout.destroyed || process.stdout.write(text)) return;
  await once(process.stdout, 'drain').catch(() => {});
}

export const printLines = (lines: string[]): void => void process.stdout.write(`${lines.map(printable).join('\n')}\n`);

export const printWarning = (warning: string): void => void process.stderr.write(`Warning: ${printable(warning)}\n`);

/** A line of JSON, as it happens. */
export const printEvent = (document: Record<string, unknown>): void =>
  void process.stdout.write(safeJson(`${JSON.stringify(document)}\n`));

/** As it happens, whatever is printed at the end. */
export const printStep = (step: string): void => void process.stderr.write(`debug: ${printable(step)}\n`);

/** `frames`: where a bug was met. */
export type Failure = {
  codex_home: string | null;
  code: ErrorCode;
  message: string;
  where: string | null;
  hint: string | null;
  frames: string[];
};

/** For programs on stdout, for people on stderr; a bug shows its stack in both cases. */
export function printError({ frames, ...error }: Failure, { json }: Pick<Output, 'json'>): void {
  if (json) process.stdout.write(safeJson(`${JSON.stringify({ kind: 'error', schema_version: 1, ...error })}\n`));
  if (json && frames.length === 0) return;
  const lines = [
    ...(error.codex_home === null ? [] : [`Codex home: ${error.codex_home}`]),
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
