// Journals that this user may not read: another user wrote them.

import fs from 'node:fs';
import path from 'node:path';
import { SyncError } from '../../domain/codes/errors.ts';
import { systemCode } from '../../domain/codes/system_code.ts';
import { isThere } from '../paths/entries.ts';

/** Why this user may not read the journal; null where that is not so. */
export function whyClosed(folder: string): SyncError | null {
  const files = ['manifest.json', 'operations.jsonl'].map((name) => path.join(folder, name));
  const closed = isBarred(folder) ? folder : files.find((file) => isThere(file) && isClosed(file));
  if (closed === undefined) return null;
  return new SyncError('not_permitted', 'This user may not read a journal.', {
    where: closed,
    hint: 'give this user the right to read and write it (chmod, chown)',
  });
}

/** The folder itself is closed: what lies in it cannot even be named. */
export const isBarred = (folder: string): boolean =>
  isRefused(() => {
    fs.lstatSync(path.join(folder, 'manifest.json'), { throwIfNoEntry: false });
    fs.readdirSync(folder);
  });

const isClosed = (file: string): boolean => isRefused(() => fs.closeSync(fs.openSync(file, 'r')));

function isRefused(look: () => void): boolean {
  try {
    look();
    return false;
  } catch (error) {
    return ['EACCES', 'EPERM'].includes(systemCode(error));
  }
}
