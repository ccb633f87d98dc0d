// The records of a zip (APPNOTE.TXT 6.3.10, 4.3). Sizes and offsets that do not fit into 32 bits, and counts that do not fit into 16, stand in Zip64 fields.

/** What the archive says of one entry. `offset`: of its local header. `mtime`: milliseconds since 1970. A folder's name ends with `/`. */
export type ZipEntry = {
  name: string;
  mtime: number;
  method: 'stored' | 'deflated';
  crc: number;
  compressed: number;
  size: number;
  offset: number;
};

/** `isLarge`: there is room for sizes beyond 32 bits, which are not known when the header is written first. */
export function localHeader(entry: ZipEntry, isLarge: boolean): Buffer {
  const name = Buffer.from(entry.name);
  const sizes = isLarge ? zip64Field([entry.size, entry.compressed]) : NOTHING;
  const extra = Buffer.concat([sizes, timeField(entry.mtime)]);
  const fields = Buffer.alloc(30);
  fields.writeUInt32LE(0x04034b50, 0);
  writeCommon(fields, 4, entry, { name, extra });
  fields.writeUInt32LE(isLarge ? IN_ZIP64 : entry.compressed, 18);
  fields.writeUInt32LE(isLarge ? IN_ZIP64 : entry.size, 22);
  return Buffer.concat([fields, name, extra]);
}

export function centralHeader(entry: ZipEntry): Buffer {
  const name = Buffer.from(entry.name);
  const numbers = [entry.size, entry.compressed, entry.offset];
  const large = numbers.filter((number) => number >= IN_ZIP64);
  const extra = Buffer.concat([large.length > 0 ? zip64Field(large) : NOTHING, timeField(entry.mtime)]);
  const fields = Buffer.alloc(46);
  const [size, compressed, offset] = numbers.map((number) => Math.min(number, IN_ZIP64)) as [number, number, number];
  fields.writeUInt32LE(0x02014b50, 0);
  fields.writeUInt16LE(MADE_ON_UNIX | VERSION, 4);
  writeCommon(fields, 6, entry, { name, extra });
  fields.writeUInt32LE(compressed, 20);
  fields.writeUInt32LE(size, 24);
  fields.writeUInt32LE(entry.name.endsWith('/') ? PRIVATE_FOLDER : PRIVATE_FILE, 38);
  fields.writeUInt32LE(offset, 42);
  return Buffer.concat([fields, name, extra]);
}

/** `at`: where the central directory begins; `bytes`: its length. */
export function endOfArchive(entries: number, at: number, bytes: number): Buffer {
  const isLarge = entries >= IN_ZIP64_COUNT || at >= IN_ZIP64 || bytes >= IN_ZIP64;
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(Math.min(entries, IN_ZIP64_COUNT), 8);
  end.writeUInt16LE(Math.min(entries, IN_ZIP64_COUNT), 10);
  end.writeUInt32LE(Math.min(bytes, IN_ZIP64), 12);
  end.writeUInt32LE(Math.min(at, IN_ZIP64), 16);
  return isLarge ? Buffer.concat([zip64End(entries, at, bytes), end]) : end;
}

function zip64End(entries: number, at: number, bytes: number): Buffer {
  const record = Buffer.alloc(56 + 20);
  record.writeUInt32LE(0x06064b50, 0);
  writeUInt64(record, 44, 4);
  record.writeUInt16LE(MADE_ON_UNIX | VERSION, 12);
  record.writeUInt16LE(VERSION, 14);
  writeUInt64(record, entries, 24);
  writeUInt64(record, entries, 32);
  writeUInt64(record, bytes, 40);
  writeUInt64(record, at, 48);
  // Behind it stands where it begins.
  record.writeUInt32LE(0x07064b50, 56);
  writeUInt64(record, at + bytes, 64);
  record.writeUInt32LE(1, 72);
  return record;
}

const NOTHING = Buffer.alloc(0);
/** Stands where the number is in the Zip64 field. */
export const IN_ZIP64 = 0xffffffff;
const IN_ZIP64_COUNT = 0xffff;
/** 4.5: the first with Zip64. */
const VERSION = 45;
const MADE_ON_UNIX = 3 << 8;
const UTF8_NAMES = 0x800;
const PRIVATE_FILE = (0o100600 << 16) >>> 0;
const PRIVATE_FOLDER = ((0o040700 << 16) >>> 0) + 0x10;

/** What both headers have: from the version that is needed to the checksum, and the lengths. */
function writeCommon(
  fields: Buffer,
  at: number,
  { method, mtime, crc }: ZipEntry,
  { name, extra }: { name: Buffer; extra: Buffer },
): void {
  const { date, time } = dosTime(mtime);
  fields.writeUInt16LE(VERSION, at);
  fields.writeUInt16LE(UTF8_NAMES, at + 2);
  fields.writeUInt16LE(method === 'deflated' ? 8 : 0, at + 4);
  fields.writeUInt16LE(time, at + 6);
  fields.writeUInt16LE(date, at + 8);
  fields.writeUInt32LE(crc, at + 10);
  fields.writeUInt16LE(name.length, at + 22);
  fields.writeUInt16LE(extra.length, at + 24);
}

function zip64Field(numbers: number[]): Buffer {
  const field = Buffer.alloc(4 + 8 * numbers.length);
  field.writeUInt16LE(0x0001, 0);
  field.writeUInt16LE(8 * numbers.length, 2);
  for (const [index, number] of numbers.entries()) writeUInt64(field, number, 4 + 8 * index);
  return field;
}

const writeUInt64 = (into: Buffer, number: number, at: number): void => void into.writeBigUInt64LE(BigInt(number), at);

/** Seconds since 1970 in UTC, where the time of MS-DOS is local and even. */
function timeField(mtime: number): Buffer {
  const field = Buffer.alloc(9);
  field.writeUInt16LE(0x5455, 0);
  field.writeUInt16LE(5, 2);
  field.writeUInt8(1, 4);
  field.writeInt32LE(Math.max(0, Math.min(Math.floor(mtime / 1000), 0x7fffffff)), 5);
  return field;
}

/** For readers that know no other; from 1980 on. */
function dosTime(mtime: number): { date: number; time: number } {
  const at = new Date(Math.min(Math.max(mtime, FIRST_DOS_TIME), LAST_DOS_TIME));
  return {
    date: ((at.getUTCFullYear() - 1980) << 9) | ((at.getUTCMonth() + 1) << 5) | at.getUTCDate(),
    time: (at.getUTCHours() << 11) | (at.getUTCMinutes() << 5) | (at.getUTCSeconds() >> 1),
  };
}

const FIRST_DOS_TIME = Date.UTC(1980, 0, 1);
const LAST_DOS_TIME = Date.UTC(2107, 11, 31);
