// Which rollout files a Codex home has. `thread_files.ts` says which session each belongs to.

import fs from 'node:fs';
import path from 'node:path';
import { systemCode } from '../../domain/codes/system_code.ts';
import { baseName, parseRolloutName, type RolloutName, withoutShadowed } from '../../domain/ids/rollout_name.ts';
import { withoutLinks } from '../paths/links.ts';
import { wayBelow } from '../paths/local_paths.ts';

export type RolloutFile = RolloutName & { file: string; archived: boolean };

/**
 * Every file that Codex would open by an id: at any depth below sessions/ and archived_sessions/, through links as well (0.117 to 0.171), each
 * once, in the form that Codex reads. Those that are not archived first, newest name first.
 */
export function findRollouts(home: string): RolloutFile[] {
  const byName = (one: RolloutFile, other: RolloutFile): number => (baseName(one.file) < baseName(other.file) ? 1 : -1);
  return [
    ...rolloutsBelow(path.join(home, 'sessions'), false).sort(byName),
    ...rolloutsBelow(path.join(home, 'archived_sessions'), true).sort(byName),
  ];
}

/** Links come last: what is reached without one keeps its own path, and a circle ends. */
function rolloutsBelow(root: string, archived: boolean): RolloutFile[] {
  const [folders, links, seen, found]: [string[], string[], Set<string>, RolloutFile[]] = [[root], [], new Set(), []];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop() ?? links.shift()) {
    const place = withoutLinks(folder);
    if (place === null || seen.has(place)) continue;
    seen.add(place);
    const entries = entriesOf(folder);
    for (const { name } of withoutShadowed(entries.filter((entry) => !entry.isDirectory() && !isWaitedFor(entry, folder)))) {
      const rollout = parseRolloutName(name);
      if (rollout) found.push({ ...rollout, file: path.join(folder, name), archived });
    }
    for (const entry of entries) {
      if (entry.isDirectory()) folders.push(path.join(folder, entry.name));
      else if (entry.isSymbolicLink() && !parseRolloutName(entry.name)) links.push(path.join(folder, entry.name));
    }
  }
  return found;
}

/** A pipe, a socket or a device under the name of a rollout is nobody's conversation. */
const isWaitedFor = (entry: fs.Dirent, folder: string): boolean =>
  isSpecial(entry) ||
  (entry.isSymbolicLink() && parseRolloutName(entry.name) !== null && leadsToSpecial(path.join(folder, entry.name)));

const isSpecial = (one: fs.Dirent | fs.Stats): boolean =>
  one.isFIFO() || one.isSocket() || one.isCharacterDevice() || one.isBlockDevice();

function leadsToSpecial(link: string): boolean {
  try {
    return isSpecial(fs.statSync(link));
  } catch {
    return false;
  }
}

/** Where Codex's own lists look; anywhere else it finds a rollout by its id only (0.117 to 0.171). */
export function isListedPlace(home: string, file: string): boolean {
  const folder = path.dirname(wayBelow(home, file) ?? '');
  return folder === 'archived_sessions' || DAY.test(folder);
}

const DAY = /^sessions[\\/]\d{4}[\\/]\d{2}[\\/]\d{2}$/;

const NOTHING_THERE = new Set(['ENOENT', 'ENOTDIR']);

function entriesOf(folder: string): fs.Dirent[] {
  try {
    return fs.readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    // What cannot be looked into is not empty: its sessions would be made a second time.
    if (!NOTHING_THERE.has(systemCode(error))) throw error;
    return [];
  }
}
