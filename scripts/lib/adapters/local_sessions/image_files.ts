import fs from 'node:fs';
import path from 'node:path';
import { IMAGES, isImageName } from '../../domain/attachments/generated_image.ts';

/** The images of a thread: regular files with plain names. */
export function findImages(home: string, threadId: string): { name: string; file: string }[] {
  const folder = path.join(home, IMAGES, threadId);
  if (!fs.lstatSync(folder, { throwIfNoEntry: false })?.isDirectory()) return [];
  return fs
    .readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile() && isImageName(entry.name))
    .map(({ name }) => ({ name, file: path.join(folder, name) }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}
