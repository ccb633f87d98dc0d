// Packs what goes with sessions beside transcripts and rows.

import fs from 'node:fs';
import path from 'node:path';
import { ATTACHED_TABLES, metadataFile } from '../../domain/attachments/attached_tables.ts';
import { IMAGES } from '../../domain/attachments/generated_image.ts';
import type { Row } from '../../domain/operation/operation.ts';
import type { ImageFacts } from '../../domain/package/package.ts';
import type { CodexHome } from '../codex_home/codex_home.ts';
import { readChunks, statFile } from '../disk/file_reading.ts';
import { withHomeRows } from '../local_sessions/home_rows.ts';
import { findImages } from '../local_sessions/image_files.ts';
import { type PackageTarget, writeInto } from './package_target.ts';

/** The rows of these threads, by the file of the package that they belong into. */
export const attachedRows = (home: CodexHome, threadIds: readonly string[]): { file: string; rows: Row[] }[] =>
  withHomeRows(home, (all) =>
    ATTACHED_TABLES.map((table) => {
      const { database, columns } = all.locate(table);
      const rowsOf = (id: string): Row[] => all.select(database, table.table, { [table.key[0]]: id });
      return { file: metadataFile(table), rows: columns.length > 0 ? threadIds.flatMap(rowsOf) : [] };
    }),
  );

/** By thread that has any. */
export function packImages(target: PackageTarget, home: string, threadIds: readonly string[]): Record<string, ImageFacts[]> {
  const packed = threadIds.map((id) => [id, imagesOf(id, home, target)] as const);
  return Object.fromEntries(packed.filter(([, images]) => images.length > 0));
}

const imagesOf = (threadId: string, home: string, target: PackageTarget): ImageFacts[] =>
  findImages(home, threadId).map(({ name, file }) => {
    const folder = `files/${IMAGES}/${threadId}`;
    target.makeFolder(folder);
    return writeInto(target, `${folder}/${name}`, (image) => {
      readChunks(file, 0, Number.POSITIVE_INFINITY, (chunk) => image.write(chunk));
      const { size, digest } = image.finish(statFile(file)?.mtime ?? 0);
      return { name, bytes: size, digest };
    });
  });

/** A transcript can name an image that somebody has tidied away; the conversation is whole without it. */
export const missingImages = (savedPaths: readonly string[]): string[] =>
  [...new Set(savedPaths)]
    .filter((file) => path.isAbsolute(file) && !fs.existsSync(file))
    .map((file) => `image ${file} is missing and is not packed`);
