// Which file of a home is a thread's. Codex opens the one that the row names (0.145 on with no fallback from 0.153), whatever its name says, and
// goes by the id in the first line where there is no row (0.117 to 0.171).

import fs from 'node:fs';
import path from 'node:path';
import { unlessDamaged } from '../../domain/codes/errors.ts';
import { systemCode } from '../../domain/codes/system_code.ts';
import { baseName, parseRolloutName, uncompressed } from '../../domain/ids/rollout_name.ts';
import { asThreadId, type ThreadId } from '../../domain/ids/thread_id.ts';
import type { Row } from '../../domain/operation/operation.ts';
import { formOnDisk } from '../lines/rollout_bytes.ts';
import { orUnreadable } from '../lines/unreadable.ts';
import { openToRead } from '../open_files/distrusted_path.ts';
import { withHandle } from '../open_files/handles.ts';
import { isBelowFolder, isSamePlace, plain } from '../paths/local_paths.ts';
import { readFirstLine } from './first_line.ts';
import type { RolloutFile } from './rollout_files.ts';

/** The thread of a file: its name tells, unless nobody knows that thread and the first line names another. */
export function threadOf({ threadId, file }: RolloutFile, isKnown: (id: string) => boolean): ThreadId {
  return isKnown(threadId) ? threadId : (asThreadId(readFirstLine(file)?.meta.id) ?? threadId);
}

/**
 * The file of a thread among those that were found for it, in the order in which Codex takes them, and what its row names. That counts where it is
 * this thread's and in this home: a copied home's rows still name the files of the other one. A file that holds nothing is the last choice.
 */
export function fileOf(home: string, row: Row, found: readonly string[]): string | null {
  const said = namedBy(row);
  // However the row spells it, a file is one.
  const named = found.find((file) => said !== null && isSamePlace(file, said)) ?? said;
  const isChoice = named !== null && (found.length === 0 || isBelowFolder(home, named));
  const inOrder = isChoice ? [...new Set([named, ...found])] : found;
  return (inOrder.length > 1 ? inOrder.find((file) => !holdsNothing(file)) : undefined) ?? inOrder[0] ?? null;
}

/** What the row names where that is not the thread's file but holds more, such as the file of the home that this one was copied from. */
export function longerElsewhere(row: Row, file: string): string[] {
  const named = namedBy(row);
  if (named === null || isSamePlace(named, file)) return [];
  return fs.statSync(named).size > fs.statSync(file).size ? [named] : [];
}

/** Null where a row names nothing, what is not there, or a file of another thread. A relative path would depend on who reads it. */
function namedBy({ id, rollout_path: named }: Row): string | null {
  if (typeof named !== 'string' || !path.isAbsolute(named)) return null;
  // Codex may have compressed a rollout since the row was written, or have taken it out again; the row of an unarchived one names the compressed form.
  const file = formOnDisk(uncompressed(plain(named)));
  if (!fs.existsSync(file) || !fs.statSync(file).isFile()) return null;
  const isOwn = parseRolloutName(baseName(file))?.threadId === id || readFirstLine(file)?.meta.id === id;
  return isOwn ? file : null;
}

/** Of no length, or nothing but NUL bytes and blank lines, as a power cut leaves it: Codex refuses to open it, and no conversation is in it. */
export function holdsNothing(file: string): boolean {
  return unlessDamaged(() => isBlankThroughout(file)) ?? false;
}

function isBlankThroughout(file: string): boolean {
  const handle = openIfThere(file);
  if (handle === null) return false;
  const buffer = Buffer.allocUnsafe(64 << 10);
  return withHandle(handle, () => {
    for (let count = -1; count !== 0; ) {
      count = orUnreadable(file, () => fs.readSync(handle, buffer, 0, buffer.length, null));
      if (!buffer.subarray(0, count).every(isBlank)) return false;
    }
    return true;
  });
}

const BLANK = new Set(['\0', '\n', '\r', '\t', ' '].map((character) => character.charCodeAt(0)));
const isBlank = (byte: number): boolean => BLANK.has(byte);

/** A link may lead to what is not there now. */
function openIfThere(file: string): number | null {
  try {
    return orUnreadable(file, () => openToRead(file));
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return null;
    throw error;
  }
}
