// Journals and the sidecar hold what was said, so nobody but their owner may look into them. Earlier versions made them by the umask.

import fs from 'node:fs';
import path from 'node:path';
import { closeToOthers, isOpenToOthers } from './disk.ts';

const foldersOf = (home: string): string[] => ['sync-journal', 'sync-sidecar'].map((name) => path.join(home, name));

/** Those folders of ours that others may look into. What lies in one that is closed nobody reaches, whatever its own mode. */
export const openFolders = (home: string): string[] => foldersOf(home).filter(isOpenToOthers);

/** The folder first, and all in it once: later runs find the folder closed. */
export function closeFolders(home: string): void {
  for (const folder of openFolders(home)) {
    closeToOthers(folder);
    if (isOpenToOthers(folder)) continue;
    for (const entry of fs.readdirSync(folder, { recursive: true, withFileTypes: true })) {
      if (entry.isFile() || entry.isDirectory()) closeToOthers(path.join(entry.parentPath, entry.name));
    }
  }
}
