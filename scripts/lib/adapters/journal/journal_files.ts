// Which files of a journal's folder are ours. What somebody else has put there is never removed.

import fs from 'node:fs';
import path from 'node:path';
import { removeAt } from '../disk/removal.ts';

export const INNER = ['staged', 'backups'];
/** What a run needs for a moment only. */
export const PASSING = ['manifest.json.new', 'operations.jsonl.new', 'session_index'];
export const FILES = ['manifest.json', 'operations.jsonl', ...PASSING];

/** Numbered ones, and databases with their logs. */
const isOwnFile = (entry: fs.Dirent): boolean =>
  entry.isFile() && /^(\d+|sidecar|[a-z_]+(_\d+)?\.sqlite)(-journal|-wal|-shm)?$/.test(entry.name);

export function holdsOnlyOwn(journal: string): boolean {
  const isKnown = (entry: fs.Dirent): boolean => entry.isFile() && FILES.includes(entry.name);
  const isInner = (entry: fs.Dirent): boolean =>
    entry.isDirectory() && INNER.includes(entry.name) && entriesOf(path.join(journal, entry.name)).every(isOwnFile);
  return entriesOf(journal).every((entry) => isKnown(entry) || isInner(entry));
}

/** A file of ours, or a folder of ours as far as it has only files of ours; a link is none. */
export function removeOwn(place: string): void {
  const stat = fs.lstatSync(place, { throwIfNoEntry: false });
  if (stat?.isFile()) return removeAt(place);
  if (!stat?.isDirectory()) return;
  const entries = entriesOf(place);
  if (entries.every(isOwnFile)) return removeAt(place);
  for (const entry of entries.filter(isOwnFile)) removeAt(path.join(place, entry.name));
}

function entriesOf(folder: string): fs.Dirent[] {
  return fs.lstatSync(folder, { throwIfNoEntry: false })?.isDirectory() ? fs.readdirSync(folder, { withFileTypes: true }) : [];
}
