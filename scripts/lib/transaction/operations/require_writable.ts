// Before the first change: a run that is refused in the middle would have to be undone in the same places.

import fs from 'node:fs';
import path from 'node:path';
import { whyNotWritable } from '../../adapters/disk/write_access.ts';
import type { JournaledOperation } from '../../adapters/journal/journal_folder.ts';
import { isThere } from '../../adapters/paths/entries.ts';
import { withoutLinks } from '../../adapters/paths/links.ts';
import { ERRORS } from '../../domain/codes/error_table.ts';
import { SyncError } from '../../domain/codes/errors.ts';
import type { Operation } from '../../domain/operation/operation.ts';
import { hasLinks } from './index_file.ts';
import type { FindDatabase } from './rows.ts';

const MOST_NAMED = 20;

/** Throws where this user may not write a file that these operations change, or a folder that they make or remove something in. All are named. */
export function requireWritable(operations: JournaledOperation[], find: FindDatabase): void {
  const moved = new Map(
    operations.flatMap(({ operation }) => (operation.kind === 'move_file' ? [[operation.to, operation.path] as const] : [])),
  );
  const places = new Set(
    operations.flatMap(({ operation }) => placesOf(operation, find).map((place) => moved.get(place) ?? place)),
  );
  const refused = [...places].flatMap((place) => {
    const why = whyNotWritable(place);
    return why === null ? [] : [`${place} (${why})`];
  });
  if (refused.length === 0) return;
  throw new SyncError('not_permitted', `The run changes ${refused.length} place(s) that this user may not write.`, {
    where: [...refused.slice(0, MOST_NAMED), ...(refused.length > MOST_NAMED ? ['…'] : [])].join(', '),
    hint: `nothing was changed. ${ERRORS.not_permitted.remedy} Or leave those sessions out by naming the others with \`--thread-id\`.`,
  });
}

function placesOf(operation: Operation, find: FindDatabase): string[] {
  switch (operation.kind) {
    case 'row':
      return ofDatabase(find(operation.database));
    case 'append_file':
    case 'truncate_file':
      return [operation.path];
    case 'index_entry':
      return isThere(operation.path) && hasLinks(operation.path)
        ? [operation.path]
        : [operation.path, folderAround(operation.path)];
    case 'move_file':
      return [folderAround(operation.path), folderAround(operation.to)];
    default:
      return [folderAround(operation.path)];
  }
}

/** Its logs are made beside the file itself, wherever links to it lie. One that the run makes is not there yet. */
function ofDatabase(file: string): string[] {
  const real = withoutLinks(file);
  return real === null ? [] : [real, path.dirname(real)];
}

/** The nearest one that exists: what is missing is made in it. */
function folderAround(place: string): string {
  let folder = path.dirname(place);
  while (!fs.existsSync(folder) && path.dirname(folder) !== folder) folder = path.dirname(folder);
  return folder;
}
