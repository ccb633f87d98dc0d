import path from 'node:path';
import { missingFolders } from '../../adapters/disk/folders.ts';
import type { OperationOf } from '../../domain/operation/operation.ts';

/** For the folder of a file that is to be made. */
export const foldersAbove = (file: string): OperationOf<'make_directory'>[] =>
  missingFolders(path.dirname(file)).map((folder) => ({ kind: 'make_directory', path: folder }));
