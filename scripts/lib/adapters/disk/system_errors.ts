// The one place where what the system or SQLite refuses becomes something that a user can be told. It is asked at the boundary, for what
// nobody below it knew better.

import os from 'node:os';
import type { ErrorCode } from '../../domain/codes/error_table.ts';
import { SyncError } from '../../domain/codes/errors.ts';
import { isOpenAnywhere, isSharingRefusal } from '../open_files/sharing.ts';

type Refusal = { code: ErrorCode; message: string };

const NOT_PERMITTED: Refusal = { code: 'not_permitted', message: 'The system does not permit it' };
const NO_SPACE: Refusal = { code: 'no_space', message: 'The disk or the quota of this user is full' };
const OBSTRUCTED: Refusal = { code: 'home_obstructed', message: 'Something else is where a file or folder belongs' };
const TOO_MANY_FILES: Refusal = { code: 'too_many_files', message: 'Too many files are open' };
const FILE_IN_USE: Refusal = { code: 'file_in_use', message: 'Another program has a file open' };
const IO_ERROR: Refusal = { code: 'io_error', message: 'The system could not read or write' };
const NO_MEMORY: Refusal = { code: 'no_memory', message: 'The system gives this process no more memory' };
const DATABASE_LOCKED: Refusal = { code: 'database_locked', message: 'A database is locked by another program' };
const DAMAGED: Refusal = { code: 'database_unreadable', message: 'A database is damaged' };

const REFUSALS: Record<string, Refusal> = {
  EACCES: NOT_PERMITTED,
  EPERM: NOT_PERMITTED,
  EROFS: NOT_PERMITTED,
  SQLITE_READONLY: NOT_PERMITTED,
  SQLITE_CANTOPEN: NOT_PERMITTED,
  SQLITE_PERM: NOT_PERMITTED,
  SQLITE_AUTH: NOT_PERMITTED,
  ENOTDIR: OBSTRUCTED,
  EISDIR: OBSTRUCTED,
  EEXIST: OBSTRUCTED,
  ENOSPC: NO_SPACE,
  EDQUOT: NO_SPACE,
  EFBIG: NO_SPACE,
  SQLITE_FULL: NO_SPACE,
  EMFILE: TOO_MANY_FILES,
  ENFILE: TOO_MANY_FILES,
  EIO: IO_ERROR,
  ENXIO: IO_ERROR,
  ENODEV: IO_ERROR,
  ESTALE: IO_ERROR,
  ETIMEDOUT: IO_ERROR,
  EREMOTEIO: IO_ERROR,
  EBUSY: IO_ERROR,
  ELOOP: IO_ERROR,
  ENOMEM: NO_MEMORY,
  ENOLCK: IO_ERROR,
  EAGAIN: IO_ERROR,
  EINTR: IO_ERROR,
  // What Windows says and Node has no name for.
  UNKNOWN: IO_ERROR,
  SQLITE_IOERR: IO_ERROR,
  SQLITE_PROTOCOL: IO_ERROR,
  SQLITE_NOMEM: NO_MEMORY,
  SQLITE_BUSY: DATABASE_LOCKED,
  SQLITE_LOCKED: DATABASE_LOCKED,
  SQLITE_CORRUPT: DAMAGED,
  SQLITE_NOTADB: DAMAGED,
};

/** Stacks and what libraries add to a message are nothing for users. */
export const firstLineOf = (error: unknown): string => String((error as Error).message).split('\n')[0] ?? '';

type SystemError = Error & { code?: unknown; errno?: unknown; syscall?: unknown; path?: unknown; dest?: unknown };

/** Null for anything else: that is a bug. */
export function asSyncError(error: unknown): SyncError | null {
  if (error instanceof SyncError) return error;
  if (!(error instanceof Error)) return null;
  const { path, dest } = error as SystemError;
  const places = [path, dest].filter((place) => typeof place === 'string');
  const refusal = isInUse(error, places) ? FILE_IN_USE : refusalOf(error);
  if (!refusal) return null;
  return new SyncError(refusal.code, `${refusal.message} (${firstLineOf(error)}).`, {
    ...(places.length > 0 ? { where: places.join(' -> ') } : {}),
    cause: error,
  });
}

/** Windows says of an open file that it is busy, or only that it is not permitted to rename or remove it. */
const isInUse = (error: SystemError, places: string[]): boolean =>
  isSharingRefusal(error) && (error.code === 'EBUSY' || places.some((place) => isOpenAnywhere(place)));

/** Node has no name for some (EDQUOT, ESTALE): of those it gives the number of the system, negative, and a code that says nothing. */
function codeOf({ code, errno }: SystemError): string {
  if (typeof code === 'string' && (code in REFUSALS || typeof errno !== 'number')) return code;
  const name = Object.entries(os.constants.errno).find(([, number]) => number === -Number(errno))?.[0];
  return name !== undefined && (code === '' || String(code).startsWith('Unknown system error')) ? name : String(code ?? '');
}

function refusalOf(error: SystemError): Refusal | null {
  const code = codeOf(error);
  // Node's mkdir of nested folders answers so below a folder that is read-only.
  if (code === 'ENOENT' && (error.syscall === 'mkdir' || error.syscall === 'mkdtemp')) return NOT_PERMITTED;
  // SQLite's extended codes begin with the plain one.
  const plain = code.startsWith('SQLITE_') ? code.split('_').slice(0, 2).join('_') : code;
  return Object.hasOwn(REFUSALS, plain) ? (REFUSALS[plain] as Refusal) : null;
}
