// Goes through a zip by its central directory, which alone counts: local headers may say something else.

import { isUtf8 } from 'node:buffer';
import { createRequire } from 'node:module';
import type { Readable } from 'node:stream';
import { crc32 } from 'node:zlib';
import type { Entry, ZipFile } from 'yauzl';
import type { ArchiveEntry } from '../../domain/package/archive_entries.ts';
import type { Sink, Visit } from './archive_visit.ts';

// Loaded where a zip is read: most packages are none.
const yauzl = () => createRequire(import.meta.url)('yauzl') as typeof import('yauzl');

export async function walkZip(file: string, visit: Visit): Promise<void> {
  // Names are decoded here: yauzl would end at the first one that leads outside, and all of them are to be told.
  const zip = await yauzl().openPromise(file, { decodeStrings: false });
  // A walk that has ended for one reason is not ended for another.
  zip.on('error', () => {});
  try {
    for await (const entry of zip.eachEntry()) {
      const sink = visit(described(entry));
      if (sink) await copy(zip, entry, sink);
    }
  } finally {
    zip.close();
  }
}

const UTF8 = 0x800;

function described(entry: Entry): ArchiveEntry {
  // The zip of most Unixes writes UTF-8 and does not say so.
  const flags = entry.generalPurposeBitFlag | (isUtf8(entry.fileNameRaw) ? UTF8 : 0);
  const name = yauzl().getFileNameLowLevel(flags, entry.fileNameRaw, entry.extraFields, true);
  const { uncompressedSize: size } = entry;
  return { name, kind: kindOf(entry, name), size, mtime: entry.getLastModDate().getTime(), unreadable: unreadable(entry) };
}

/** The mode that a Unix packed; others leave those bits empty, and only the name tells a folder. */
function kindOf({ externalFileAttributes }: Entry, name: string): string {
  const type = (externalFileAttributes >>> 28) & 0xf;
  const special = KINDS[type];
  if (special) return special;
  return type === 0x4 || /[\\/]$/.test(name) ? 'folder' : 'file';
}

/** S_IFMT of a Unix mode; regular files (8) and folders (4) are none of these. */
const KINDS: Record<number, string> = { 1: 'a pipe', 2: 'a device', 6: 'a device', 10: 'a symbolic link', 12: 'a socket' };

function unreadable(entry: Entry): string | null {
  if (entry.isEncrypted()) return 'is encrypted';
  return entry.canDecodeFileData() ? null : `is compressed in an unknown way (method ${entry.compressionMethod})`;
}

async function copy(zip: ZipFile, entry: Entry, sink: Sink): Promise<void> {
  const content: Readable = await zip.openReadStreamPromise(entry);
  let sum = 0;
  for await (const chunk of content as AsyncIterable<Buffer>) {
    sum = crc32(chunk, sum);
    sink.write(chunk);
  }
  if (sum !== entry.crc32) throw new Error('its checksum is wrong');
  sink.end();
}
