// What a package says about the rights of a thread, held against what is allowed here.

import { readRightsLines } from '../../adapters/rollout/rights_lines.ts';
import { type Localization, localizePath, plainPath } from '../../domain/localize/localization.ts';
import type { ValidSession } from '../../domain/package/package.ts';
import { type RightsLines, recordedRights, sandboxOfContext } from '../../domain/rights/recorded_rights.ts';
import {
  isAtOrBelow,
  isSamePlace,
  isWithin,
  NOTHING_RECORDED,
  type RecordedRights,
  type Rights,
} from '../../domain/rights/rights.ts';
import { settingsIn } from '../../domain/rights/settings_spelling.ts';
import type { SyncContext } from '../context/sync_context.ts';

/** `places`: one for each place that a version reads. `all`: what they say together, for people. */
export type SenderRights = { lines: RightsLines; places: RecordedRights[]; all: RecordedRights; folder: string | null };

/** `from`: logical offset of the first line that is written. */
export const readSenderRights = (incoming: ValidSession, from: number, localization: Localization): SenderRights =>
  rightsIn(readRightsLines(incoming.ranges, incoming.transcript.rightsAt, incoming.transcript.meta.id, from), localization);

/** Paths are as they are spelled here. */
export function rightsIn(lines: RightsLines, localization: Localization): SenderRights {
  const places = recordedRights(lines, localization);
  const all: RecordedRights = Object.assign({}, NOTHING_RECORDED, ...places.map(saidIn));
  const sandbox = all.sandbox ?? (lines.context ? sandboxOfContext(lines.context) : null);
  const { cwd } = settingsIn(lines.settings);
  const folder = typeof cwd === 'string' ? plainPath(localizePath(cwd, localization.rules).path) : null;
  return { lines, places, all: { ...all, sandbox }, folder };
}

const saidIn = ({ network, roots, ...words }: RecordedRights): Partial<RecordedRights> => ({
  ...Object.fromEntries(Object.entries(words).filter(([, word]) => word !== null)),
  ...(network ? { network } : {}),
  ...(roots.length > 0 ? { roots } : {}),
});

/** A resumed thread works where its settings say; that must be the folder that the rights are for. */
export const isNarrow = ({ places, folder }: SenderRights, allowed: Rights, workingIn: string): boolean =>
  places.every((rights) => isWithin(rights, allowed, workingIn)) && (folder === null || isSamePlace(folder, workingIn));

/** Where the sender's thread went later, unless that would give it a folder that holds much more than a project. */
export function workingFolder({ folder }: SenderRights, planned: string, { options, home }: SyncContext): string {
  if (folder === null || isAtOrBelow(folder, planned)) return planned;
  const holdsMore = [options.userHome, home.path, planned].some((place) => isAtOrBelow(place, folder));
  return holdsMore ? planned : folder;
}
