// Files and folders of this machine. What changes bytes here is called by the transaction only.

import fs from 'node:fs';
import path from 'node:path';
import { SyncError } from '../../domain/codes/errors.ts';
import type { FileState } from '../../domain/operation/operation.ts';
import { stopIfInterrupted } from '../run/interruption.ts';
import { StreamHash } from './background_hash.ts';
import { CHUNK, giveChunk, takeChunk } from './chunk_pool.ts';
import { openToRead, statToRead } from './distrusted_path.ts';
import { removeAt } from './removal.ts';
import { WriteBehind } from './write_behind.ts';

/** Null where there is nothing. Times in milliseconds since 1970. */
export function statFile(file: string): { size: number; mtime: number; inode: number; identity: string } | null {
  const stat = statToRead(file);
  return stat ? { size: stat.size, mtime: stat.mtimeMs, inode: stat.ino, identity: identityOf(stat) } : null;
}

/** Another one where the file was exchanged, written, renamed or given other rights; what Windows calls a change time is not that. */
const identityOf = ({ dev, ino, ctimeMs }: fs.Stats): string => `${dev}:${ino}${hasModes ? `:${ctimeMs}` : ''}`;

/** What cannot be looked at (rights, a failing disk) is not absent: that throws, where `existsSync` would say no. */
export const exists = (file: string): boolean => fs.statSync(file, { throwIfNoEntry: false }) !== undefined;

/** Digest of the bytes from `start` (inclusive) to `end` (exclusive; default the end of the file). */
export function digestFile(file: string, start = 0, end = Number.POSITIVE_INFINITY): string {
  const hash = new StreamHash(Math.min(end, statFile(file)?.size ?? 0) - start);
  readChunks(file, start, end, (chunk) => hash.update(chunk));
  return hash.digest();
}

/** Null where there is nothing. */
export function readFileState(file: string): FileState | null {
  const stat = statFile(file);
  return stat && { size: stat.size, mtime: stat.mtime, digest: digestFile(file) };
}

/** The chunk is only valid while `take` runs. */
export function readChunks(file: string, start: number, end: number, take: (chunk: Buffer) => void): void {
  const handle = openToRead(file);
  const buffer = takeChunk();
  try {
    for (let at = start; at < end; ) {
      stopIfInterrupted();
      const count = fs.readSync(handle, buffer, 0, Math.min(CHUNK, end - at), at);
      if (count === 0) break;
      take(buffer.subarray(0, count));
      at += count;
    }
  } finally {
    giveChunk(buffer);
    fs.closeSync(handle);
  }
}

/**
 * Whether bytes `start` to `end` of `file` are those that `source` begins with. Where the power went before a sync, the new length may be
 * there without the bytes: NULs, which no rollout has, count as not written yet.
 */
export function isBegunCopy(file: string, start: number, end: number, source: string): boolean {
  if (end - start > fs.statSync(source).size) return false;
  const handle = fs.openSync(source, 'r');
  const buffer = takeChunk();
  let isSame = true;
  let at = 0;
  try {
    readChunks(file, start, end, (chunk) => {
      const count = fs.readSync(handle, buffer, 0, chunk.length, at);
      isSame &&= count === chunk.length && isBegun(chunk, buffer.subarray(0, count));
      at += count;
    });
  } finally {
    giveChunk(buffer);
    fs.closeSync(handle);
  }
  return isSame;
}

/** Whether `bytes` are the first of `whole`, but for NULs. */
export function isBegun(bytes: Buffer, whole: Buffer): boolean {
  if (bytes.length > whole.length) return false;
  return whole.subarray(0, bytes.length).equals(bytes) || bytes.every((byte, at) => byte === 0 || byte === whole[at]);
}

/**
 * Who may read a new file: `private` this user alone, whatever the umask; `as_codex` whom the umask lets, as in all that Codex makes (0.117 to
 * 0.171); or those of the file whose place it takes.
 */
export type Readers = 'private' | 'as_codex' | { like: string };

const PRIVATE_FILE = 0o600;
const PRIVATE_FOLDER = 0o700;
const hasModes = process.platform !== 'win32';

function openNew(file: string, readers: Readers): number {
  if (readers === 'as_codex') return fs.openSync(file, 'wx', 0o666);
  const handle = fs.openSync(file, 'wx', PRIVATE_FILE);
  if (hasModes) giveTo(handle, readers);
  return handle;
}

/** A file that root writes stays that of its user. */
function giveTo(handle: number, readers: Exclude<Readers, 'as_codex'>): void {
  if (readers === 'private') return unlessUnknown(() => fs.fchmodSync(handle, PRIVATE_FILE));
  const { mode, uid, gid } = fs.statSync(readers.like);
  const own = fs.fstatSync(handle);
  if (own.uid !== uid || own.gid !== gid) unlessUnknown(() => fs.fchownSync(handle, uid, gid));
  unlessUnknown(() => fs.fchmodSync(handle, mode & 0o777));
}

/** Some file systems have no modes, and only root gives files away. */
function unlessUnknown(change: () => void): void {
  try {
    change();
  } catch (error) {
    if (
      !['EPERM', 'EACCES', 'EROFS', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EINVAL'].includes(
        (error as NodeJS.ErrnoException).code ?? '',
      )
    )
      throw error;
  }
}

/** Empty, and for this user alone. */
export const makePrivateFile = (file: string): void => fs.closeSync(openNew(file, 'private'));

/** A new file that is written once, in pieces, and is on the disk when `finish` returns. Small pieces are gathered. */
export class FileWriter {
  readonly #handle: number;
  readonly #hash: StreamHash;
  readonly #behind: WriteBehind;
  readonly #gathered = Buffer.allocUnsafe(CHUNK);
  #used = 0;
  size = 0;

  /** `expectedBytes` only decides how the digest is computed. */
  constructor(file: string, expectedBytes = 0, readers: Readers = 'private') {
    this.#hash = new StreamHash(expectedBytes);
    this.#handle = openNew(file, readers);
    this.#behind = new WriteBehind(file);
  }

  write(bytes: Buffer): void {
    this.size += bytes.length;
    if (bytes.length > CHUNK - this.#used) this.#flush();
    if (bytes.length >= CHUNK) this.#put(bytes);
    else this.#used += bytes.copy(this.#gathered, this.#used);
  }

  /** Syncs, closes and tells what was written. */
  finish(mtime: number): FileState {
    this.#flush();
    this.#orClose(() => {
      fs.futimesSync(this.#handle, Date.now() / 1000, mtime / 1000);
      fs.fsyncSync(this.#handle);
    });
    this.#close();
    return { size: this.size, mtime, digest: this.#hash.digest() };
  }

  #flush(): void {
    this.#put(this.#gathered.subarray(0, this.#used));
    this.#used = 0;
  }

  #put(bytes: Buffer): void {
    this.#hash.update(bytes);
    this.#orClose(() => {
      stopIfInterrupted();
      writeAll(this.#handle, bytes, null);
      this.#behind.wrote(bytes.length);
    });
  }

  /** On a full disk too: Windows removes no folder with an open file in it. */
  #orClose(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#close();
      throw error;
    }
  }

  #close(): void {
    fs.closeSync(this.#handle);
    this.#behind.end();
  }
}

function writeAll(handle: number, bytes: Buffer, position: number | null): void {
  for (let done = 0; done < bytes.length; )
    done += fs.writeSync(handle, bytes, done, bytes.length - done, position === null ? null : position + done);
}

/** Adds the source's bytes at `position`, syncs, and sets the time. Written again after a crash, it gives the same file. */
export function appendFrom(source: string, target: string, position: number, mtime: number): void {
  const handle = fs.openSync(target, 'r+');
  try {
    let at = position;
    readChunks(source, 0, Number.POSITIVE_INFINITY, (chunk) => {
      writeAll(handle, chunk, at);
      at += chunk.length;
    });
    setTime(handle, mtime);
    fs.fsyncSync(handle);
  } finally {
    fs.closeSync(handle);
  }
}

/** Only its owner may set the time of a file; others may still write to it. */
const setTime = (handle: number, mtime: number): void =>
  unlessUnknown(() => fs.futimesSync(handle, Date.now() / 1000, mtime / 1000));

export function truncateFile(file: string, size: number, mtime: number): void {
  const handle = fs.openSync(file, 'r+');
  try {
    fs.ftruncateSync(handle, size);
    setTime(handle, mtime);
    fs.fsyncSync(handle);
  } finally {
    fs.closeSync(handle);
  }
}

/** Copies bytes `start` to the end of `source` into a new file. */
export function copyTail(source: string, start: number, target: string, readers: Readers = 'private'): FileState {
  const writer = new FileWriter(target, 0, readers);
  readChunks(source, start, Number.POSITIVE_INFINITY, (chunk) => writer.write(Buffer.from(chunk)));
  return writer.finish(statFile(source)?.mtime ?? 0);
}

/** Readers see the old text or the new, never a part; the new one is on the disk when this returns. */
export function replaceFile(file: string, text: string): void {
  const temporary = `${file}.new`;
  removeAt(temporary);
  const writer = new FileWriter(temporary);
  writer.write(Buffer.from(text));
  writer.finish(Date.now());
  moveFile(temporary, file);
}

const SHARING_VIOLATIONS = new Set(['EPERM', 'EACCES', 'EBUSY']);

/** Renames and syncs both folders. Windows refuses while a scanner has the file open, so a few tries are made. */
export function moveFile(from: string, to: string): void {
  for (let attempt = 0; ; attempt++) {
    try {
      fs.renameSync(from, to);
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EXDEV') throw onAnotherDisk(to, error);
      const isSharing = process.platform === 'win32' && SHARING_VIOLATIONS.has((error as NodeJS.ErrnoException).code ?? '');
      if (!isSharing || attempt >= 5) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20 * 2 ** attempt);
    }
  }
  syncFolder(path.dirname(to));
  if (path.dirname(from) !== path.dirname(to)) syncFolder(path.dirname(from));
}

/** A folder of the home that is a link to another disk: no move there happens as a whole or not at all. */
const onAnotherDisk = (where: string, cause: unknown): SyncError =>
  new SyncError('configuration', 'Part of the Codex home is on another disk, and files cannot be moved there in one step.', {
    where,
    hint: 'move the whole home there and point CODEX_HOME (or a link ~/.codex) to it',
    cause,
  });

/**
 * Whether two paths name one entry of one folder: Codex spells `CODEX_HOME` without links and `~/.codex` as it is (0.117 to 0.169), and
 * its home may be named to us in either way.
 */
export function isSamePlace(one: string, other: string): boolean {
  if (one === other) return true;
  if (path.basename(one) !== path.basename(other)) return false;
  const [folder, otherFolder] = [path.dirname(one), path.dirname(other)].map(withoutLinks);
  return folder !== null && folder === otherFolder;
}

/** Null where there is no such folder. */
export function withoutLinks(folder: string): string | null {
  try {
    return fs.realpathSync(folder);
  } catch {
    return null;
  }
}

/** Whether this user may make something in a folder; a sandbox or a read-only disk may say no as well. */
export function isWritable(folder: string): boolean {
  try {
    fs.accessSync(folder, fs.constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** Why this user may not write a file that exists, or make or remove anything in a folder; null where nothing speaks against it. */
export function whyNotWritable(place: string): string | null {
  try {
    if (fs.statSync(place).isDirectory()) fs.accessSync(place, fs.constants.W_OK | fs.constants.X_OK);
    else fs.closeSync(fs.openSync(place, 'r+'));
    return null;
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (NOT_PERMITTED.has(code)) return code;
    if (code === 'ENOENT') return null;
    throw error;
  }
}

const NOT_PERMITTED = new Set(['EACCES', 'EPERM', 'EROFS']);

/** What this user may still write where the folder lies; null where the system does not say. */
export function freeBytes(folder: string): number | null {
  try {
    const { bavail, bsize, blocks } = fs.statfsSync(folder);
    return blocks === 0 ? null : bavail * bsize;
  } catch {
    return null;
  }
}

/** A number of the file system that the folder lies on; null where there is no such folder. */
export const deviceOf = (folder: string): number | null => fs.statSync(folder, { throwIfNoEntry: false })?.dev ?? null;

/** Makes an entry of a folder durable. Windows has no such call and needs none. */
export function syncFolder(folder: string): void {
  if (process.platform === 'win32') return;
  const handle = fs.openSync(folder, 'r');
  try {
    fs.fsyncSync(handle);
  } finally {
    fs.closeSync(handle);
  }
}

/** The same for every folder below this one, and for it. */
export function syncFolders(root: string): void {
  const entries = fs.readdirSync(root, { recursive: true, withFileTypes: true });
  const folders = entries.filter((entry) => entry.isDirectory()).map((entry) => path.join(entry.parentPath, entry.name));
  for (const folder of [...folders, root]) syncFolder(folder);
}

/** With those above it that are missing. All are on the disk when this returns: what is moved into a folder is lost with its entry. */
export function makeFolder(folder: string, readers: 'private' | 'as_codex' = 'as_codex'): void {
  const missing = missingFolders(folder);
  fs.mkdirSync(folder, { recursive: true, mode: readers === 'private' ? PRIVATE_FOLDER : 0o777 });
  for (const made of missing.length > 0 ? missing : [folder]) syncFolder(path.dirname(made));
}

/** Whether others than its owner may look at what lies there; links are not followed. */
export function isOpenToOthers(place: string): boolean {
  const stat = hasModes ? fs.lstatSync(place, { throwIfNoEntry: false }) : undefined;
  return stat !== undefined && !stat.isSymbolicLink() && (stat.mode & 0o077) !== 0;
}

/** Takes a place away from all but its owner, where this user may. */
export function closeToOthers(place: string): void {
  if (isOpenToOthers(place))
    unlessUnknown(() => fs.chmodSync(place, fs.lstatSync(place).isDirectory() ? PRIVATE_FOLDER : PRIVATE_FILE));
}

/** Whether a folder has that entry; a link that leads nowhere is one too. */
export function isThere(place: string): boolean {
  try {
    return fs.lstatSync(place, { throwIfNoEntry: false }) !== undefined;
  } catch (error) {
    if (ABSENT.has((error as NodeJS.ErrnoException).code ?? '')) return false;
    throw error;
  }
}

/** What is below a file, in a name that no file system has, or behind links that go round. */
const ABSENT = new Set(['ENOTDIR', 'ENAMETOOLONG', 'ELOOP', 'ERR_INVALID_ARG_VALUE']);

/** Files of one folder, which may not be there, nor the folder; that they are gone is on the disk when this returns. */
export function removeFiles(files: string[]): void {
  for (const file of files) removeAt(file);
  const folder = path.dirname(files[0] as string);
  if (exists(folder)) syncFolder(folder);
}

/** The folders on the way to `folder` that do not exist, outermost first. */
export function missingFolders(folder: string): string[] {
  const missing: string[] = [];
  for (let at = folder; !isThere(at) && path.dirname(at) !== at; at = path.dirname(at)) missing.unshift(at);
  return missing;
}

/** Why no folder can be made in this place; null where nothing speaks against it. */
export function whyNotMakeable(folder: string): string | null {
  try {
    if (!fs.statSync(folder).isDirectory()) return 'it is not a folder';
    fs.accessSync(folder, fs.constants.W_OK | fs.constants.X_OK);
    return null;
  } catch (error) {
    return `the system denies it (${(error as NodeJS.ErrnoException).code})`;
  }
}

/** Removes a folder of ours that nobody has put anything into; anything else stays, and is not touched: its place may be read-only. */
export function removeEmptyFolder(folder: string): void {
  try {
    if (fs.readdirSync(folder).length > 0) return;
    fs.rmdirSync(folder);
    syncFolder(path.dirname(folder));
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    if (!['ENOTEMPTY', 'EEXIST', 'ENOENT', 'ENOTDIR'].includes(code)) throw error;
  }
}
