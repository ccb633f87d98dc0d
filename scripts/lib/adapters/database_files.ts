import path from 'node:path';
import type { Operation } from '../domain/operation.ts';
import { digestFile, statFile } from './disk.ts';

/** A database with its log, taken into the transaction's folder; the log first, so that no database is ever left beside a foreign one. */
export const setAside = (file: string): Operation[] =>
  ['-shm', '-wal', '-journal', ''].flatMap((ending): Operation[] => {
    const place = `${file}${ending}`;
    const stat = statFile(place);
    if (!stat) return [];
    const before = { size: stat.size, mtime: stat.mtime, digest: digestFile(place) };
    return [{ kind: 'remove_file', path: place, kept: `backups/${path.basename(place)}`, before }];
  });
