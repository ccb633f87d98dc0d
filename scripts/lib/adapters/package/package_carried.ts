// What a package brings of its threads beside transcripts and rows. All of it is optional, and hostile until checked (invariant 6): rows
// of threads that the package does not have, names that are no plain file names, links and oversized files are left out.

import fs from 'node:fs';
import path from 'node:path';
import type { Row } from '../../domain/operation/operation.ts';
import type { CarriedFile } from '../../domain/package/package.ts';
import { asSpawnEdge, type SpawnEdge } from '../../domain/rollout/thread_tree.ts';
import { IMAGES, isImageName } from '../../domain/thread/generated_image.ts';
import { digestFile, exists } from '../disk/disk.ts';
import { readRows, requireFolder } from './package_metadata.ts';

export const CARRIED_METADATA = ['metadata/thread_spawn_edges.jsonl', 'metadata/thread_goals.jsonl'] as const;

/** By thread id; an edge is that of the child. */
export type Carried = {
  edges: Map<string, SpawnEdge>;
  goals: Map<string, Row>;
  images: Map<string, CarriedFile[]>;
  warnings: string[];
};

/** `known` are the threads of the package. */
export function readCarried(folder: string, known: ReadonlySet<string>): Carried {
  const [edgeFile, goalFile] = CARRIED_METADATA;
  const warnings: string[] = [];
  const edges = readRows(path.join(folder, edgeFile)).flatMap((row) => asSpawnEdge(row) ?? []);
  const goals = readRows(path.join(folder, goalFile)).filter(({ thread_id }) => known.has(String(thread_id)));
  return {
    edges: new Map(edges.filter(({ child_thread_id }) => known.has(child_thread_id)).map((edge) => [edge.child_thread_id, edge])),
    goals: new Map(goals.map((goal) => [String(goal.thread_id), goal])),
    images: readImages(path.join(folder, 'files'), known, warnings),
    warnings,
  };
}

/** Larger ones than any model makes are not even hashed. */
const MAX_IMAGE_BYTES = 64 << 20;

function readImages(files: string, known: ReadonlySet<string>, warnings: string[]): Map<string, CarriedFile[]> {
  const images = new Map<string, CarriedFile[]>();
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

function imagesIn(folder: string, warnings: string[]): CarriedFile[] {
  return fs
    .readdirSync(folder)
    .sort()
    .flatMap((name) => {
      const file = path.join(folder, name);
      const stat = fs.lstatSync(file);
      const isTaken = isImageName(name) && stat.isFile() && stat.size <= MAX_IMAGE_BYTES;
      if (!isTaken) warnings.push(`files/${IMAGES}/${path.basename(folder)}/${JSON.stringify(name)} is no image and is left out`);
      return isTaken ? [{ name, file, size: stat.size, mtime: stat.mtimeMs, digest: digestFile(file) }] : [];
    });
}
