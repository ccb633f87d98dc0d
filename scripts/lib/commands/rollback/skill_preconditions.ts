// Which skills of a transaction can go back: those that are still as it left them. Nothing that somebody has put into one is taken away.

import fs from 'node:fs';
import path from 'node:path';
import type { CodexHome } from '../../adapters/codex_home/codex_home.ts';
import { isStill } from '../../adapters/disk/file_reading.ts';
import type { JournaledOperation, JournalManifest } from '../../adapters/journal/journal_folder.ts';
import { exists, isThere } from '../../adapters/paths/entries.ts';
import { type Operation, ownerOfSkill } from '../../domain/operation/operation.ts';
import { SKILLS } from '../../domain/package/skill.ts';
import { because, type Reason } from '../../domain/reasons/reason.ts';
import { type CommittedTransaction, laterChange } from '../transactions/transaction_history.ts';
import { selected } from './rollback_target.ts';

export type RolledBackSkill = { name: string; outcome: 'rolled_back' | 'refused' } & Reason;

export function checkSkills(
  home: CodexHome,
  { target, history }: { target: JournalManifest; history: CommittedTransaction[] },
  operations: JournaledOperation[],
  wanted: string[] | null,
): RolledBackSkill[] {
  const touched = [...new Set(operations.flatMap(({ skill }) => skill ?? []))];
  return selected(touched, wanted, target).map((name) => {
    const own = operations.filter(({ skill }) => skill === name).map(({ operation }) => operation);
    const later = laterChange(history, target.transaction_id, ownerOfSkill(name));
    return { name, ...outcomeOf(path.join(home.path, SKILLS, name), own, later) };
  });
}

function outcomeOf(folder: string, operations: Operation[], later: Reason | null): Omit<RolledBackSkill, 'name'> {
  const problem = later ?? problemWithReturn(operations) ?? problemWithInstalled(folder, operations);
  if (problem) return { outcome: 'refused', ...problem };
  const installed = operations.filter(({ kind }) => kind === 'create_file');
  const isGone = installed.length > 0 && !exists(folder);
  return {
    outcome: 'rolled_back',
    ...(isGone ? because('skill_gone', 'it no longer exists') : because('unchanged_since', 'unchanged since')),
  };
}

/** What a rollback had taken away comes back only where nothing is in its place. */
function problemWithReturn(operations: Operation[]): Reason | null {
  const taken = operations.find((operation) => operation.kind === 'remove_file' && isThere(operation.path));
  return taken ? because('skill_name_taken', 'a local skill has this name again') : null;
}

function problemWithInstalled(folder: string, operations: Operation[]): Reason | null {
  if (!operations.some(({ kind }) => kind === 'create_file')) return null;
  const nameOf = (file: string): string => path.relative(folder, file).replaceAll(path.sep, '/');
  const changed = operations.find(isChanged);
  if (changed) return because('skill_changed_since', `${nameOf(changed.path) || 'its folder'} was changed later`);
  const known = new Set(operations.flatMap((operation) => ('path' in operation ? operation.path : [])));
  const added = findAdded(folder, known);
  return added === null ? null : because('skill_changed_since', `${nameOf(added)} was added later`);
}

type Made = Extract<Operation, { kind: 'make_directory' | 'create_file' }>;

/** What is gone is no loss. What is a link now leads to a place that the transaction never wrote to. */
function isChanged(operation: Operation): operation is Made {
  if (operation.kind !== 'make_directory' && operation.kind !== 'create_file') return false;
  const now = fs.lstatSync(operation.path, { throwIfNoEntry: false });
  if (!now) return false;
  if (operation.kind === 'make_directory') return !now.isDirectory();
  return !now.isFile() || !isStill(operation.path, operation.after);
}

/** The first entry below the folder that the transaction did not make. */
function findAdded(folder: string, known: ReadonlySet<string>): string | null {
  const entries = isThere(folder) ? fs.readdirSync(folder, { withFileTypes: true }) : [];
  for (const entry of entries) {
    const place = path.join(folder, entry.name);
    const found = known.has(place) ? (entry.isDirectory() ? findAdded(place, known) : null) : place;
    if (found !== null) return found;
  }
  return null;
}
