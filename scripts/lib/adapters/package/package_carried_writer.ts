// Packs what belongs to sessions beside transcripts and rows: spawn edges, goals, images.

import fs from 'node:fs';
import path from 'node:path';
import type { Row } from '../../domain/operation/operation.ts';
import type { ImageFacts } from '../../domain/package/package.ts';
import { IMAGES } from '../../domain/thread/generated_image.ts';
import { findImages, readGoals, readSpawnEdges } from '../codex_home/carried_home.ts';
import type { CodexHome } from '../codex_home/codex_home.ts';
import { copyTail } from '../disk/disk.ts';

export type PackedCarried = { edges: Row[]; goals: Row[]; images: Record<string, ImageFacts[]> };

/** Copies the images into the package; the rows are the caller's to write. */
export function packCarried(folder: string, home: CodexHome, threadIds: readonly string[]): PackedCarried {
  const [edges, goals] = [readSpawnEdges(home).rows, readGoals(home).rows];
  const rowsOf = (table: Map<string, Row>): Row[] => threadIds.flatMap((id) => (table.has(id) ? [table.get(id) as Row] : []));
  const images = threadIds
    .map((id) => [id, packImages(folder, home.path, id)] as const)
    .filter(([, packed]) => packed.length > 0);
  return { edges: rowsOf(edges), goals: rowsOf(goals), images: Object.fromEntries(images) };
}

function packImages(folder: string, home: string, threadId: string): ImageFacts[] {
  const target = path.join(folder, 'files', IMAGES, threadId);
  return findImages(home, threadId).map(({ name, file }) => {
    fs.mkdirSync(target, { recursive: true, mode: 0o700 });
    const { size, digest } = copyTail(file, 0, path.join(target, name));
    return { name, bytes: size, digest };
  });
}

/** A transcript can name an image that somebody has tidied away; the conversation is whole without it. */
export const missingImages = (savedPaths: readonly string[]): string[] =>
  [...new Set(savedPaths)]
    .filter((file) => path.isAbsolute(file) && !fs.existsSync(file))
    .map((file) => `image ${file} is missing and is not packed`);
