// Packs local sessions. Reads the home, writes only the new folder.

import fs from 'node:fs';
import type { CodexHome } from '../../adapters/codex_home/codex_home.ts';
import { requireOutside } from '../../adapters/codex_home/own_places.ts';
import { warnOfInterrupted } from '../../adapters/journal/journal_scan.ts';
import { type LocalHome, readLocalHome } from '../../adapters/local_sessions/local_home.ts';
import { isPresent, type PresentSession } from '../../adapters/local_sessions/local_session.ts';
import { inPackageFolder } from '../../adapters/package/new_package_folder.ts';
import { folderTarget, type PackageTarget } from '../../adapters/package/package_target.ts';
import { type PackedContent, type PackedSession, writePackage } from '../../adapters/package/package_writer.ts';
import { isThere } from '../../adapters/paths/entries.ts';
import { localSpelling, throughLinks } from '../../adapters/paths/local_paths.ts';
import { SyncError } from '../../domain/codes/errors.ts';
import { madeNameOf } from '../../domain/plan/branch_name.ts';
import { addBases } from './packed_bases.ts';
import { addSubAgents } from './packed_sub_agents.ts';
import { chooseSessions, type PackupSelection } from './selected_sessions.ts';

export type PackupResult = { output: string; sessions: PackedSession[]; warnings: string[] };

export function packup(home: CodexHome, selection: PackupSelection, output: string, now: Date): PackupResult {
  requireSelection(selection);
  const target = placeFor(output, home);
  const packing = selectForPackage(home, selection);
  const { sessions, warnings } = inPackageFolder(target, (folder) => packing.into(folderTarget(folder), now));
  return { output: target, sessions, warnings };
}

/** What a package will hold; `into` writes it. */
export type Packing = {
  content: PackedContent;
  into(target: PackageTarget, now: Date): PackedSelection;
};

/** `leftOut`: how many sessions are not in it, because nobody could read them. */
export type PackedSelection = Omit<PackupResult, 'output'> & { leftOut: number };

export function selectForPackage(home: CodexHome, selection: PackupSelection): Packing {
  const local = readLocalHome(home);
  const chosen = chooseSessions([...local.sessions.values()].filter(isPresent), selection);
  const family = addSubAgents(home, local, chosen);
  const { complete, bases, warnings } = addBases(local, family.sessions);
  if (complete.length === 0)
    throw new SyncError('nothing_selected', 'No local session matches.', {
      where: home.path,
      hint:
        selection.all && !selection.narrowed
          ? 'it has none, or none that can be read: `sidecar-health` says'
          : "use --all, or check --cwd-filter and the other filters against the sessions' folders and times",
    });
  const required = new Set<string>(selection.threadIds.length > 0 ? chosen.map(({ threadId }) => threadId) : []);
  const madeNames = madeNamesOf(complete, local);
  const content = { cwdFilter: selection.cwdFilter, sessions: complete, bases, madeNames, required };
  const unreadable = family.sessions.length - complete.length;
  return {
    content,
    into(target, now) {
      const { packed, leftOut } = writePackage(target, home, content, now);
      const said = [...warnOfInterrupted(home.path), ...family.warnings, ...warnings, ...leftOut];
      return { sessions: packed, leftOut: unreadable + leftOut.length, warnings: said };
    },
  };
}

function madeNamesOf(sessions: PresentSession[], { sidecar }: LocalHome): Record<string, string> {
  const made = sessions.map((session) => [session.threadId, madeNameOf(session, sidecar)] as const);
  return Object.fromEntries(made.filter((entry): entry is [(typeof entry)[0], string] => entry[1] !== null));
}

function requireSelection({ cwdFilter, threadIds, all }: PackupSelection): void {
  if (Number(cwdFilter !== null) + Number(threadIds.length > 0) + Number(all) === 1) return;
  throw new SyncError(
    'usage',
    'Choose the sessions to pack with one of --cwd-filter DIR, --thread-id ID …, --all, or with --project, --since, --until, --archived.',
  );
}

/** Where a link to an empty folder leads, a package is put there, and the link stays. */
export function placeFor(output: string, home: CodexHome): string {
  const named = localSpelling(output);
  requireOutside(home, named, 'The output');
  const target = isThere(named) ? (throughLinks(named) ?? named) : named;
  requireFree(target);
  return target;
}

function requireFree(target: string): void {
  if (!isThere(target) || isEmptyFolder(target)) return;
  throw new SyncError('output_exists', 'The output path already exists.', {
    where: target,
  });
}

const isEmptyFolder = (place: string): boolean => fs.lstatSync(place).isDirectory() && fs.readdirSync(place).length === 0;
