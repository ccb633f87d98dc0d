// A rollout that the system does not give back: no right to it, or a disk that fails at that place. It stops the session that it is of, and no other.

import { SyncError } from '../../domain/codes/errors.ts';
import { systemCode } from '../../domain/codes/system_code.ts';

const REFUSALS = new Set(['EACCES', 'EPERM', 'EIO', 'ENODATA', 'ESTALE', 'EREMOTEIO', 'ETIMEDOUT', 'ENOKEY']);

/** Throws `rollout_unreadable` with the file, which an error of a read does not name. */
export function orUnreadable<Result>(file: string, read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    const code = systemCode(error);
    if (!REFUSALS.has(code)) throw error;
    throw new SyncError('rollout_unreadable', `its rollout cannot be read (${code})`, { where: file, cause: error });
  }
}
