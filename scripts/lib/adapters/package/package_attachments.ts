// What a package brings of its threads beside transcripts and rows. All of it is optional, and hostile until checked (invariant 6): rows
// of threads that the package does not have, names that are no plain file names, links and oversized files are left out.

import fs from 'node:fs';
import path from 'node:path';
import type { AttachedTable } from '../../domain/attachments/attached_table.ts';
import { ATTACHED_TABLES, type Attachments, metadataFile, type PackedFile } from '../../domain/attachments/attached_tables.ts';
import { IMAGES, isImageName } from '../../domain/attachments/generated_image.ts';
import type { Row } from '../../domain/operation/operation.ts';
import type { SharedTexts } from '../../domain/package/shared_texts.ts';
import { digestFile } from '../disk/file_reading.ts';
import { exists } from '../paths/entries.ts';
import { readRows, requireFolder } from './package_metadata.ts';

/** What is there of each thread. */
export type PackedAttachments = { of(threadId: string): Attachments; warnings: string[] };

/** `known` are the threads of the package. */
export function readAttachments(folder: string, known: ReadonlySet<string>, texts: SharedTexts): PackedAttachments {
  const warnings: string[] = [];
  const tables = ATTACHED_TABLES.map((table) => [table.table, rowsByThread(folder, table, known, texts)] as const);
  const images = readImages(path.join(folder, 'files'), known, warnings);
  const rowsOf = (threadId: string): Attachments['rows'] => {
    const found = tables.flatMap(([table, rows]) => (rows.has(threadId) ? [[table, rows.get(threadId) as Row[]] as const] : []));
    return found.length > 0 ? new Map(found) : NO_TABLES;
  };
  return { of: (threadId) => ({ rows: rowsOf(threadId), images: images.get(threadId) ?? NO_IMAGES }), warnings };
}

const NO_TABLES: Attachments['rows'] = new Map();
const NO_IMAGES: Attachments['images'] = [];

function rowsByThread(folder: string, table: AttachedTable, known: ReadonlySet<string>, texts: SharedTexts): Map<string, Row[]> {
  const threadOf = (row: Row): string => String(row[table.key[0]]);
  const rows = readRows(path.join(folder, metadataFile(table)), texts)
    .map(table.check)
    .filter((row) => row !== null);
  return Map.groupBy(
    rows.filter((row) => known.has(threadOf(row))),
    threadOf,
  );
}

/** Larger ones than any model makes are not even hashed. */
const MAX_IMAGE_BYTES = 64 << 20;

function readImages(files: string, known: ReadonlySet<string>, warnings: string[]): Map<string, PackedFile[]> {
  const images = new Map<string, PackedFile[]>();
  const folder = path.join(files, IMAGES);
  for (const at of [files, folder]) requireFolder(at);
  if (!exists(folder)) return images;
  for (const threadId of fs.readdirSync(folder)) {
    if (!known.has(threadId)) continue;
    requireFolder(path.join(folder, threadId));
    const found = imagesIn(path.join(folder, threadId), warnings);
    if (found.length > 0) images.set(threadId, found);
  }
  return images;
}

function imagesIn(folder: string, warnings: string[]): PackedFile[] {
  return fs
    .readdirSync(folder)
    .sort()
    .flatMap((name) => {
      const file = path.join(folder, name);
      const stat = fs.lstatSync(file);
      const isTaken = isImageName(name) && stat.isFile() && stat.size <= MAX_IMAGE_BYTES;
      if (!isTaken)
        warnings.push(`files/${IMAGES}/${path.basename(folder)}/${JSON.stringify(name)} is not an image and is left out`);
      return isTaken ? [{ name, file, size: stat.size, mtime: stat.mtimeMs, digest: digestFile(file) }] : [];
    });
}
