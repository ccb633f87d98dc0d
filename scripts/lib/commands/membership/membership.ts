// Which exchange this home takes part in: making one, joining one, and finding it again.

import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import type { CodexHome } from '../../adapters/codex_home/codex_home.ts';
import { requireOutside } from '../../adapters/codex_home/own_places.ts';
import { replaceFile } from '../../adapters/disk/file_writing.ts';
import { makeFolder } from '../../adapters/disk/folders.ts';
import {
  createExchangeState,
  type ExchangeState,
  type Membership,
  openExchangeState,
} from '../../adapters/exchange/exchange_state.ts';
import { isFolder, namesIn } from '../../adapters/paths/entries.ts';
import { localSpelling } from '../../adapters/paths/local_paths.ts';
import { folderPlace } from '../../adapters/place/place.ts';
import { PLAIN, PlaceFiles } from '../../adapters/place/place_files.ts';
import { SyncError } from '../../domain/codes/errors.ts';
import { EXCHANGE_VERSION } from '../../domain/exchange/commit.ts';
import { isMachineId, MACHINES, MARKER } from '../../domain/exchange/place_layout.ts';
import { parseObject } from '../../domain/json/json_value.ts';
import { writeCard } from './machine_card.ts';

/** `keeps`: what is learned is written down. */
export type Member = {
  membership: Membership;
  readonly state: ExchangeState;
  readonly files: PlaceFiles;
  readonly keeps: boolean;
};

/** `joined`: the exchange was there. `machines`: those that were in it. */
export type Joined = { membership: Membership; joined: boolean; machines: number };

export async function joinExchange(home: CodexHome, place: string, label: string, now: Date): Promise<Joined> {
  const folder = localSpelling(place);
  requireNoMember(home, folder);
  requireOutside(home, folder, 'The place');
  const found = readMarker(folder);
  if (found === null) requireEmpty(folder);
  const exchangeId = found ?? makeMarker(folder);
  const files = new PlaceFiles(folderPlace(folder), PLAIN);
  const machines = files.namesIn(MACHINES).filter(isMachineId).length;
  const membership = { exchangeId, machine: randomUUID(), label, place: folder, intended: null };
  await writeCard(membership.machine, label, files, now);
  createExchangeState(home.path, membership).close();
  return { membership, joined: found !== null, machines };
}

/**
 * Does the work with the exchange that this home takes part in; `keeps`: and writes down what is learned. A place that is not there, or is
 * another one, stops it.
 */
export async function withMember<Result>(
  home: CodexHome,
  keeps: boolean,
  work: (member: Member) => Promise<Result>,
): Promise<Result> {
  const state = openExchangeState(home.path, keeps);
  if (!state) throw new SyncError('no_exchange', 'This Codex home takes part in no exchange.', { where: home.path });
  try {
    const { membership } = state;
    const place = folderPlace(membership.place);
    await place.refresh();
    requireSame(membership);
    return await work({ membership, state, files: new PlaceFiles(place, PLAIN), keeps });
  } finally {
    state.close();
  }
}

function requireSame({ place, exchangeId }: Membership): void {
  const found = readMarker(place);
  if (found === exchangeId) return;
  throw found === null
    ? new SyncError('exchange_missing', 'The exchange is not in its place: it is not mounted, not downloaded, or empty.', {
        where: path.join(place, MARKER),
      })
    : new SyncError('exchange_another', 'Another exchange lies in the place.', {
        where: path.join(place, MARKER),
        hint: `expected ${exchangeId}, found ${found}; if this is meant, run \`exchange leave\`, then \`exchange init\` again`,
      });
}

/** The id of the exchange that lies there; null where none does. */
function readMarker(folder: string): string | null {
  const file = path.join(folder, MARKER);
  if (fs.statSync(file, { throwIfNoEntry: false })?.isFile() !== true) return null;
  const marker = parseObject(fs.readFileSync(file, 'utf8'));
  if (marker?.format_version === EXCHANGE_VERSION && isMachineId(marker.exchange_id)) return marker.exchange_id;
  throw new SyncError('exchange_unreadable', 'The file that says which exchange this is cannot be understood.', {
    where: file,
    hint:
      typeof marker?.format_version === 'number' && marker.format_version > EXCHANGE_VERSION
        ? 'a newer version of this tool made it: update codex-session-sync'
        : 'it may not have arrived completely; try again later',
  });
}

function makeMarker(folder: string): string {
  const exchangeId = randomUUID();
  makeFolder(folder);
  const marker = {
    format: 'codex-session-exchange',
    format_version: EXCHANGE_VERSION,
    exchange_id: exchangeId,
    encryption: 'none',
  };
  replaceFile(path.join(folder, MARKER), `${JSON.stringify(marker, null, 2)}\n`);
  return exchangeId;
}

function requireNoMember(home: CodexHome, folder: string): void {
  const state = openExchangeState(home.path, false);
  if (!state) return;
  const { place } = state.membership;
  state.close();
  throw new SyncError('usage', 'This Codex home takes part in an exchange already.', {
    where: place,
    hint: place === folder ? 'run `exchange sync`' : 'run `exchange leave` first',
  });
}

/** A folder with anything in it may be somebody's; what a system or a carrier puts there by itself begins with a dot. */
function requireEmpty(folder: string): void {
  const others = namesIn(folder).filter((name) => !name.startsWith('.') && !['desktop.ini', 'Thumbs.db'].includes(name));
  if (others.length === 0 && (isFolder(folder) || !fs.existsSync(folder))) return;
  throw new SyncError('usage', 'The place is neither an exchange nor an empty folder.', {
    where: folder,
    hint: 'name an empty or new folder; an exchange of another machine may not have arrived there yet',
  });
}
