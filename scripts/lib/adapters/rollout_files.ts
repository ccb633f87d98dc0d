// The rollouts of a Codex home: which there are, and what their first lines say.

import fs from 'node:fs';
import path from 'node:path';
import { parseRolloutName, type RolloutName, withoutShadowed } from '../domain/rollout_name.ts';

export type RolloutFile = RolloutName & { file: string; archived: boolean };

/** Every rollout that Codex would list: three folder levels under sessions/, flat under archived_sessions/; each once, in the form that Codex reads. Newest name first. */
export function findRollouts(home: string): RolloutFile[] {
  const active = foldersBelow(path.join(home, 'sessions'), 3).flatMap((folder) => rolloutsIn(folder, false));
  return [...active, ...rolloutsIn(path.join(home, 'archived_sessions'), true)].sort((a, b) => (a.file < b.file ? 1 : -1));
}

function foldersBelow(folder: string, levels: number): string[] {
  if (levels === 0) return [folder];
  return entriesOf(folder)
    .filter((entry) => entry.isDirectory())
    .flatMap((entry) => foldersBelow(path.join(folder, entry.name), levels - 1));
}

function rolloutsIn(folder: string, archived: boolean): RolloutFile[] {
  return withoutShadowed(entriesOf(folder)).flatMap((entry) => {
    const name = entry.isFile() ? parseRolloutName(entry.name) : null;
    return name ? [{ ...name, file: path.join(folder, entry.name), archived }] : [];
  });
}

function entriesOf(folder: string): fs.Dirent[] {
  try {
    return fs.readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}
