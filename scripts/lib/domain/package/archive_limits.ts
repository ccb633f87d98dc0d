// How much an archive may have in it, and what it is told by.

/** Each has a name that is held; a package of 20,000 sessions has some 20,010. */
export const MOST_ENTRIES = 200_000;

const RATIO = 200;
const ALWAYS = 256 << 20;

/** Conversations pack to a tenth of their size; what unpacks to more than this was made to fill a disk. */
export const mostUnpacked = (archiveBytes: number): number => Math.max(ALWAYS, RATIO * archiveBytes);

export type ArchiveFormat = 'zip' | 'tar' | 'tar.gz';

/** `length`: how many of the first bytes of a file tell. */
export const MAGIC_LENGTH = 512;

const FORMATS: [format: ArchiveFormat, at: number, bytes: string][] = [
  ['zip', 0, 'PK\x03\x04'],
  ['zip', 0, 'PK\x05\x06'],
  ['tar.gz', 0, '\x1f\x8b\x08'],
  ['tar', 257, 'ustar'],
];

/** What people also send, so that the refusal can name it. */
const OTHERS: [name: string, bytes: string][] = [
  ['7z', '7z\xbc\xaf\x27\x1c'],
  ['rar', 'Rar!\x1a\x07'],
  ['bzip2', 'BZh'],
  ['xz', '\xfd7zXZ\0'],
  ['zstd', '\x28\xb5\x2f\xfd'],
];

const hasAt = (start: Buffer, at: number, bytes: string): boolean => start.toString('latin1', at, at + bytes.length) === bytes;

/** By its content; whatever a file is called, it is what it is. */
export const formatOf = (start: Buffer): ArchiveFormat | null =>
  FORMATS.find(([, at, bytes]) => hasAt(start, at, bytes))?.[0] ?? (isOldTar(start) ? 'tar' : null);

export const otherFormatOf = (start: Buffer): string | null => OTHERS.find(([, bytes]) => hasAt(start, 0, bytes))?.[0] ?? null;

/** A tar of before 1988 has no magic, only the sum of its header: all bytes, with the sum's own field as spaces. */
function isOldTar(start: Buffer): boolean {
  if (start.length < 512 || start[0] === 0) return false;
  const said = Number.parseInt(start.toString('latin1', 148, 156).trim(), 8);
  const sum = start.subarray(0, 512).reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 0x20 : byte), 0);
  return said === sum;
}
