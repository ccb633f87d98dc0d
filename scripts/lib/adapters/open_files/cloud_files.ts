// Files that OneDrive, Dropbox or iCloud shows without having them on this disk: reading one byte fetches them whole, or hangs where there is no network.

import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import type Koffi from 'koffi';
import { SyncError } from '../../domain/codes/errors.ts';
import type { Platform } from '../../domain/paths/local_path.ts';
import { LOCAL_NAMES } from '../paths/local_paths.ts';

/** NTFS keeps smaller files in its table, without a block. */
const SURELY_HAS_BLOCKS = 4096;

/** On Linux no such service does that, and file systems of networks often tell no blocks of what they have. */
export const hasNoBlocks = ({ size, blocks }: Pick<fs.Stats, 'size' | 'blocks'>, platform: Platform): boolean =>
  platform !== 'linux' && size > SURELY_HAS_BLOCKS && blocks === 0;

/** FILE_ATTRIBUTE_OFFLINE, _RECALL_ON_OPEN and _RECALL_ON_DATA_ACCESS. What cannot be told counts. */
export const isRecalled = (attributes: number | null): boolean => attributes === null || (attributes & 0x441000) !== 0;

const { platform } = LOCAL_NAMES;
const IN_THE_CLOUD = 'its content is in the cloud and not on this disk';

/** Why a file cannot be read without fetching it; null where it is on this disk, or nowhere. */
export function whyNotHere(file: string): string | null {
  if (platform === 'linux') return null;
  const stat = fs.statSync(file, { throwIfNoEntry: false });
  return stat && isAway(file, stat) ? IN_THE_CLOUD : null;
}

/** Opening a file fetches nothing yet. */
export function requireHere(file: string, handle: number): void {
  if (platform !== 'linux' && isAway(file, fs.fstatSync(handle)))
    throw new SyncError('not_downloaded', IN_THE_CLOUD, { where: file });
}

const isAway = (file: string, stat: fs.Stats): boolean =>
  hasNoBlocks(stat, platform) && (platform !== 'win32' || isRecalled(attributesOf(file)));

const INVALID_FILE_ATTRIBUTES = 0xffffffff;
let ask: ((file: string) => number) | null | undefined;

/** Null where Windows cannot be asked. A disk of a virtual machine may tell no blocks of what it has; its files have no such mark. */
function attributesOf(file: string): number | null {
  if (ask === undefined) ask = loadAttributes();
  const attributes = ask?.(path.toNamespacedPath(file)) ?? INVALID_FILE_ATTRIBUTES;
  return attributes === INVALID_FILE_ATTRIBUTES ? null : attributes;
}

function loadAttributes(): ((file: string) => number) | null {
  try {
    const koffi = createRequire(import.meta.url)('koffi') as typeof Koffi;
    return koffi.load('kernel32.dll').func('uint32_t __stdcall GetFileAttributesW(str16)');
  } catch {
    return null;
  }
}
