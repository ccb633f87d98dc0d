// Files that OneDrive, Dropbox or iCloud shows without having them here: reading one byte fetches them whole, or hangs where there is no network.

import fs from 'node:fs';
import { SyncError } from '../../domain/codes/errors.ts';
import type { Platform } from '../../domain/ids/local_path.ts';
import { LOCAL_NAMES } from './local_paths.ts';

/** NTFS keeps smaller files in its table, without a block. */
const SURELY_HAS_BLOCKS = 4096;

/** A size without blocks. On Linux no such service does that, and file systems of networks often tell no blocks of what they have. */
export const isPlaceholder = ({ size, blocks }: Pick<fs.Stats, 'size' | 'blocks'>, platform: Platform): boolean =>
  platform !== 'linux' && size > SURELY_HAS_BLOCKS && blocks === 0;

/** Why a file cannot be read without fetching it; null where it is here, or nowhere. */
export function whyNotHere(file: string): string | null {
  if (platform === 'linux') return null;
  const stat = fs.statSync(file, { throwIfNoEntry: false });
  return stat && isPlaceholder(stat, platform) ? IN_THE_CLOUD : null;
}

const { platform } = LOCAL_NAMES;
const IN_THE_CLOUD = 'its content is in the cloud and not on this disk';

/** Opening a file fetches nothing yet. */
export function requireHere(file: string, handle: number): void {
  if (platform !== 'linux' && isPlaceholder(fs.fstatSync(handle), platform))
    throw new SyncError('not_downloaded', IN_THE_CLOUD, { where: file });
}
