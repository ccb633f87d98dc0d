// An archive as a package comes in it: what it is, what it has, and how that gets into a folder.

import fs from 'node:fs';
import path from 'node:path';
import { SyncError } from '../../domain/codes/errors.ts';
import type { ArchiveEntry, ChosenEntry } from '../../domain/package/archive_entries.ts';
import { type ArchiveFormat, formatOf, MAGIC_LENGTH, MOST_ENTRIES, otherFormatOf } from '../../domain/package/archive_limits.ts';
import { readStart } from '../disk/file_reading.ts';
import { writeAll } from '../disk/file_writing.ts';
import { makeFolders } from '../disk/folders.ts';
import { asSyncError } from '../disk/system_errors.ts';
import { notAPackage } from '../package/package_metadata.ts';
import { stopIfInterrupted } from '../run/interruption.ts';
import { TEMPORARY } from '../temporary_folders/private_temporary_folder.ts';
import type { Sink, Visit, Walk } from './archive_visit.ts';
import { walkTar, walkTarGz } from './tar_archive.ts';
import { walkZip } from './zip_archive.ts';

const WALKS: Record<ArchiveFormat, Walk> = { zip: walkZip, tar: walkTar, 'tar.gz': walkTarGz };

/** All entries, in their order. */
export async function listArchive(file: string): Promise<ArchiveEntry[]> {
  const entries: ArchiveEntry[] = [];
  await walk(file, (entry) => {
    if (entries.push(entry) > MOST_ENTRIES) throw tooMany(file);
    return null;
  });
  return entries;
}

/** One file of an archive, null where it is missing or larger than `most`; and what files there are in all, by the table of contents. */
export async function readFromArchive(
  file: string,
  name: string,
  most: number,
): Promise<{ content: Buffer | null; files: number; bytes: number }> {
  const found = { content: null as Buffer | null, files: 0, bytes: 0 };
  await walk(file, (entry) => {
    if (entry.kind === 'folder') return null;
    found.files++;
    found.bytes += entry.size;
    if (entry.name !== name || entry.size > most) return null;
    const chunks: Buffer[] = [];
    return {
      write: (chunk) => void chunks.push(Buffer.from(chunk)),
      end() {
        found.content = Buffer.concat(chunks);
      },
    };
  });
  return found;
}

const tooMany = (file: string): SyncError =>
  new SyncError('unsafe_package', `The archive has more than ${MOST_ENTRIES} entries.`, {
    where: file,
    hint: 'pack fewer sessions at a time',
  });

/** Into `folder`, which is empty. Files get the times that the archive says, so that the same archive is the same package. */
export async function unpackArchive(file: string, chosen: ChosenEntry[], folder: string): Promise<void> {
  const wanted = new Map(chosen.map((one) => [one.at, one]));
  let at = 0;
  let open: UnpackedFile | null = null;
  try {
    await walk(file, (entry) => {
      const one = wanted.get(at++);
      if (!one) return null;
      if (one.entry.name !== entry.name || one.entry.size !== entry.size) throw new Error('it changed while it was being read');
      const { components } = one;
      open = inTemporary(folder, () => new UnpackedFile(path.join(folder, ...components), entry.mtime));
      return sinkIn(folder, open);
    });
  } finally {
    // Windows removes no folder with an open file in it.
    (open as UnpackedFile | null)?.close();
  }
}

const sinkIn = (folder: string, sink: Sink): Sink => ({
  write: (chunk) => inTemporary(folder, () => sink.write(chunk)),
  end: () => inTemporary(folder, () => sink.end()),
});

/** What the system refuses there is no fault of the archive. */
function inTemporary<Result>(folder: string, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    const known = error instanceof SyncError ? null : asSyncError(error);
    if (!known) throw error;
    throw new SyncError(known.code, `The archive cannot be unpacked into the temporary folder: ${known.message}`, {
      where: folder,
      hint: ROOM,
      cause: error,
    });
  }
}

class UnpackedFile implements Sink {
  readonly #mtime: number;
  #handle: number | null;

  constructor(file: string, mtime: number) {
    makeFolders(path.dirname(file), 0o700);
    this.#handle = fs.openSync(file, 'wx', 0o600);
    this.#mtime = mtime;
  }

  write(chunk: Buffer): void {
    stopIfInterrupted();
    writeAll(this.#handle as number, chunk);
  }

  end(): void {
    // Node takes a time before 1970 for now, and the plan would be another one each time.
    const seconds = Number.isFinite(this.#mtime) ? Math.max(0, this.#mtime / 1000) : 0;
    fs.futimesSync(this.#handle as number, seconds, seconds);
    this.close();
  }

  close(): void {
    if (this.#handle !== null) fs.closeSync(this.#handle);
    this.#handle = null;
  }
}

/** The last entry that was shown is the one that an error is about. */
async function walk(file: string, visit: Visit): Promise<void> {
  let last: string | null = null;
  try {
    await WALKS[requireFormat(file)](file, (entry) => {
      last = entry.name;
      return visit(entry);
    });
  } catch (error) {
    throw asRefusal(error, file, last);
  }
}

function asRefusal(error: unknown, file: string, last: string | null): unknown {
  const where = last === null ? file : `${file}: ${last}`;
  if (error instanceof SyncError)
    return error.where ? error : new SyncError(error.code, error.message, { where, hint: error.hint });
  const { code, syscall, message } = error as NodeJS.ErrnoException;
  const known = asSyncError(error);
  if (known?.code === 'too_many_files' || known?.code === 'no_memory') return known;
  const why = syscall ? `it cannot be read (${code})` : message;
  return new SyncError('archive_unreadable', `The archive cannot be unpacked: ${why}.`, { where, cause: error });
}

export const ROOM = `free some space there, or set ${TEMPORARY} to another folder that this user may write to`;

function requireFormat(file: string): ArchiveFormat {
  const start = readStart(file, MAGIC_LENGTH);
  const format = formatOf(start);
  if (format) return format;
  const other = otherFormatOf(start);
  throw notAPackage(file, other ? `it is a ${other} file, a format that is not supported` : 'it is a file but not an archive');
}
