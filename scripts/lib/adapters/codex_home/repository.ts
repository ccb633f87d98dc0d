// The repository that a folder belongs to, whose trust it shares.

import fs from 'node:fs';
import path from 'node:path';
import { readLocalText } from '../open_files/distrusted_path.ts';

/** `trustedAs`: the folder whose trust it has besides its own; null where there is none. */
type Repository = { root: string; trustedAs: string | null };

/** The nearest one upwards. A `.git` that is a file is a worktree's, which its main repository speaks for, or a submodule's, which none does (0.150 to 0.171). */
export function repositoryOf(folder: string): Repository | null {
  const root = upwards(folder).find((place) => existsThere(path.join(place, '.git')));
  if (root === undefined) return null;
  const git = path.join(root, '.git');
  const stat = statOf(git);
  const isSmall = stat?.isFile() === true && stat.size <= MAX_GIT_FILE;
  return { root, trustedAs: stat?.isDirectory() ? root : isSmall ? mainRepository(root, readText(git)) : null };
}

/** A path and a word; in bytes. */
const MAX_GIT_FILE = 8192;

/** A worktree's `.git` says `gitdir: MAIN/.git/worktrees/NAME`. */
function mainRepository(root: string, git: string): string | null {
  const named = /^gitdir: (.*\S)/.exec(git)?.[1];
  const worktrees = path.dirname(path.resolve(root, named ?? ''));
  return named !== undefined && path.basename(worktrees) === 'worktrees' ? path.resolve(worktrees, '../..') : null;
}

export const existsThere = (place: string): boolean => statOf(place) !== null;

/** A package can name a folder that no folder can be: too long, or with a NUL in it. */
const statOf = (place: string): fs.Stats | null => unlessRefused(() => fs.statSync(place), null);
const readText = (file: string): string => unlessRefused(() => readLocalText(file), '');

function unlessRefused<Found>(look: () => Found, otherwise: Found): Found {
  try {
    return look();
  } catch {
    return otherwise;
  }
}

/** The folder itself, and all above it. */
export function upwards(folder: string): string[] {
  const above = path.dirname(folder);
  return above === folder ? [folder] : [folder, ...upwards(above)];
}
