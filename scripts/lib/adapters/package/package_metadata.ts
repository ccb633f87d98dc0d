// The documents of a package folder: manifest, rows, required directories. Only regular files are opened.

import fs from 'node:fs';
import path from 'node:path';
import { SyncError } from '../../domain/codes/errors.ts';
import { isTooDeep, MAX_DEPTH } from '../../domain/json/json_faults.ts';
import { storable } from '../../domain/json/storable_text.ts';
import type { Cell, Row } from '../../domain/operation/operation.ts';
import { FORMAT_VERSION, PACKAGE_KIND, type PackageManifest } from '../../domain/package/package.ts';
import { MANIFEST } from '../../domain/package/package_layout.ts';
import { SharedTexts } from '../../domain/package/shared_texts.ts';
import { parseDocument, readPackageManifest } from '../documents/documents.ts';
import { linesOf } from '../lines/line_reader.ts';
import { statToRead } from '../open_files/distrusted_path.ts';
import { exists, isFolder } from '../paths/entries.ts';

export const notAPackage = (where: string, why: string): SyncError =>
  new SyncError('not_a_package', `This is not a session package: ${why}.`, {
    where,
    hint: `a package is a folder with ${MANIFEST}, metadata/ and sessions/, or a .zip, .tar or .tar.gz of it`,
  });

export function readManifest(folder: string): PackageManifest {
  if (!isFolder(folder)) throw notAPackage(folder, 'there is no such folder or archive');
  const file = path.join(folder, MANIFEST);
  if (!exists(file)) throw notAPackage(folder, `it has no ${MANIFEST}`);
  requireRegular(file);
  const manifest = readPackageManifest(file);
  if (manifest.package_kind !== PACKAGE_KIND) throw notAPackage(file, `its kind is \`${manifest.package_kind}\``);
  if (manifest.format_version !== FORMAT_VERSION) {
    throw new SyncError(
      'unsupported_format_version',
      `The package has format_version ${manifest.format_version}; this version reads ${FORMAT_VERSION}.`,
      {
        where: file,
        hint: 'update codex-session-sync, or ask for a package in the older format',
      },
    );
  }
  return manifest;
}

/** A link would read outside the package, a pipe would wait for ever: only regular files are opened. */
function requireRegular(file: string): void {
  const stat = fs.lstatSync(file);
  if (stat.isFile()) return;
  const what = stat.isSymbolicLink() ? 'a symbolic link' : 'not a regular file';
  throw new SyncError('unsafe_package', `A file of the package is ${what}.`, { where: file });
}

export function requireFolder(folder: string): void {
  const stat = fs.lstatSync(folder, { throwIfNoEntry: false });
  if (!stat || stat.isDirectory()) return;
  throw new SyncError('unsafe_package', 'A folder of the package is a symbolic link or not a folder.', { where: folder });
}

/** The rows of a metadata file. Values that SQLite cannot hold become their JSON text. `texts`: of all files of one package. */
export function readRows(file: string, texts = new SharedTexts()): Row[] {
  if (!exists(file)) return [];
  requireRegular(file);
  requireSize(file);
  const rows: Row[] = [];
  for (const line of linesOf(file)) {
    if (rows.length === MOST_ROWS) throw tooMany(file);
    const text = line.bytes
      .toString('utf8')
      .replace(/^\uFEFF/, '')
      .trim();
    if (text !== '') rows.push(parseRow(text, texts, `${file} at byte ${line.offset}`));
  }
  return rows;
}

/** Rows are held in memory. 20,000 threads have some 40 MB of them, and six times as much where first messages of 4 KB are title and preview. */
export const MAX_METADATA_BYTES = 256 << 20;
/** Short ones take more memory than bytes. */
const MOST_ROWS = 1_000_000;

const tooMany = (where: string): SyncError =>
  new SyncError('malformed_document', `A metadata file has more than ${MOST_ROWS.toLocaleString('en')} lines.`, {
    where,
    hint: 'pack fewer sessions at a time',
  });

function requireSize(file: string): void {
  if ((statToRead(file)?.size ?? 0) <= MAX_METADATA_BYTES) return;
  throw new SyncError('malformed_document', `A metadata file is larger than ${MAX_METADATA_BYTES >> 20} MiB.`, {
    where: file,
    hint: 'pack fewer sessions at a time',
  });
}

function parseRow(text: string, texts: SharedTexts, where: string): Row {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new SyncError('malformed_document', `A metadata line is not JSON: ${(error as Error).message}`, { where });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new SyncError('malformed_document', 'A metadata line is not a JSON object.', { where });
  if (isTooDeep(Buffer.from(text)))
    throw new SyncError('malformed_document', `A metadata line is nested more than ${MAX_DEPTH} levels deep.`, { where });
  return asRow(value as Record<string, unknown>, texts);
}

/** In place: a row that is built anew takes half as much memory again. */
function asRow(value: Record<string, unknown>, texts: SharedTexts): Row {
  for (const [column, cell] of Object.entries(value)) {
    // What is set by this name is something else, and no column is called so.
    if (column === '__proto__') Reflect.deleteProperty(value, column);
    else value[column] = asCell(cell, texts);
  }
  return value as Row;
}

function asCell(value: unknown, texts: SharedTexts): Cell {
  if (typeof value === 'string') return texts.share(storable(value));
  if (typeof value === 'number' || value === null) return value;
  return typeof value === 'boolean' ? Number(value) : JSON.stringify(value);
}

export function readRequiredDirectories(folder: string): string[] {
  const file = path.join(folder, 'skeleton', 'required-directories.json');
  if (!exists(file)) return [];
  requireRegular(file);
  const value = parseDocument(file);
  return Array.isArray(value) ? value.filter((entry): entry is string => typeof entry === 'string') : [];
}
