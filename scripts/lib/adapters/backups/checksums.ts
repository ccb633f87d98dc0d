// metadata/checksums.txt of a backup: what each file was when it was written, as `sha256sum --check` reads it.

import path from 'node:path';
import { SyncError } from '../../domain/codes/errors.ts';
import { asDigest } from '../../domain/operation/operation.ts';
import { digestFile } from '../disk/file_reading.ts';
import { linesOf } from '../lines/line_reader.ts';
import { writeText } from '../package/package_documents.ts';
import type { PackageTarget } from '../package/package_target.ts';
import { isPlainFile } from '../paths/entries.ts';

const CHECKSUMS = 'metadata/checksums.txt';

/** Of a file in a package, by its name with `/` in between. */
export type FileChecksum = { name: string; digest: string };

export const writeChecksums = (target: PackageTarget, checksums: readonly FileChecksum[]): void =>
  writeText(target, CHECKSUMS, checksums.map(({ name, digest }) => `${digest.replace(/^sha256:/, '')}  ${name}\n`).join(''));

/** Names of files below `folder` that are missing or not as they were written. `isAsked`: which are looked at. */
export function findChanged(folder: string, isAsked: (name: string) => boolean): string[] {
  const changed: string[] = [];
  for (const { name, digest } of readChecksums(folder)) {
    const file = path.join(folder, ...name.split('/'));
    if (isAsked(name) && !(isPlainFile(file) && digestFile(file) === digest)) changed.push(name);
  }
  return changed;
}

function* readChecksums(folder: string): Generator<FileChecksum> {
  const file = path.join(folder, ...CHECKSUMS.split('/'));
  if (!isPlainFile(file)) throw new SyncError('backup_damaged', `${CHECKSUMS} is missing.`, { where: folder });
  for (const { bytes, offset } of linesOf(file)) {
    const [, digest, name] = /^([0-9a-f]{64}) {2}([^\\]+)$/.exec(bytes.toString('utf8')) ?? [];
    if (digest === undefined || name === undefined || name.split('/').includes('..'))
      throw new SyncError('backup_damaged', 'A line of the checksums cannot be read.', { where: `${file} at byte ${offset}` });
    yield { name, digest: asDigest(digest) };
  }
}
