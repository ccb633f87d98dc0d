// Making an exchange, or joining the one that is there.

import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import type { CodexHome } from '../../adapters/codex_home/codex_home.ts';
import { requireOutside } from '../../adapters/codex_home/own_places.ts';
import { removeAt } from '../../adapters/disk/removal.ts';
import { createExchangeState, type Membership, openExchangeState } from '../../adapters/exchange/exchange_state.ts';
import { isFolder, namesIn } from '../../adapters/paths/entries.ts';
import { placeNamed } from '../../adapters/place/named_place.ts';
import type { Place } from '../../adapters/place/place.ts';
import { PlaceFiles } from '../../adapters/place/place_files.ts';
import { newKey, PLAIN, sealFor, unwrapKey, wrapKey } from '../../adapters/place/seal.ts';
import { SyncError } from '../../domain/codes/errors.ts';
import { isMachineId, KEYS, MACHINES, MARKER } from '../../domain/exchange/place_layout.ts';
import { writeCard } from './machine_card.ts';
import { type Marker, readMarker, writeMarker } from './marker.ts';

/** `passphrase`: null where none was given. `encrypt`: a new exchange is encrypted; one that is there is as it is. */
export type JoinRequest = { place: string; label: string; encrypt: boolean; passphrase: string | null };

/** `joined`: the exchange was there. `machines`: those that were in it. */
export type Joined = { membership: Membership; joined: boolean; machines: number };

export async function joinExchange(home: CodexHome, request: JoinRequest, now: Date): Promise<Joined> {
  const place = placeNamed(request.place, home.path);
  requireNoMember(home, place);
  if (place.isLocal) requireOutside(home, place.folder, 'The place');
  try {
    await place.refresh();
    const found = readMarker(place);
    const { marker, key } = found ? await unlock(place, found, request) : await make(place, request);
    const files = new PlaceFiles(place, key === null ? PLAIN : await sealFor(key));
    const machines = files.namesIn(MACHINES).filter(isMachineId).length;
    const { exchangeId } = marker;
    const membership = { exchangeId, machine: randomUUID(), label: request.label, place: place.name, intended: null, key };
    await writeCard(membership.machine, request.label, files, now);
    await place.publish(membership.machine);
    createExchangeState(home.path, membership).close();
    return { membership, joined: found !== null, machines };
  } catch (error) {
    if (!place.isLocal) removeAt(place.folder);
    throw error;
  }
}

type Opened = { marker: Marker; key: string | null };

async function unlock(place: Place, marker: Marker, { encrypt, passphrase }: JoinRequest): Promise<Opened> {
  if (marker.key === null) {
    if (encrypt) throw new SyncError('usage', 'The exchange that is there is not encrypted.', { where: place.name });
    return { marker, key: null };
  }
  const wrapped = await new PlaceFiles(place, PLAIN).read(marker.key);
  if (!wrapped)
    throw new SyncError('exchange_unreadable', 'The key of the exchange has not arrived.', {
      where: `${place.name}: ${marker.key}`,
    });
  const key = await unwrapKey(wrapped, passphrase ?? missingPassphrase());
  if (key === null)
    throw new SyncError('usage', 'The passphrase is not that of this exchange.', {
      where: place.name,
      hint: 'check the file of --passphrase-file, or $CODEX_SYNC_PASSPHRASE',
    });
  return { marker, key };
}

async function make(place: Place, { encrypt, passphrase }: JoinRequest): Promise<Opened> {
  requireEmpty(place.folder);
  if (!encrypt) return { marker: writeMarker(place, null), key: null };
  const key = await newKey();
  const wrapped = await wrapKey(key, passphrase ?? missingPassphrase());
  const { name } = await new PlaceFiles(place, PLAIN).write((hash) => `${KEYS}/${hash}`, wrapped);
  return { marker: writeMarker(place, name), key };
}

function missingPassphrase(): never {
  throw new SyncError('usage', 'An encrypted exchange needs its passphrase.', {
    hint: 'put it into a file that only you can read and name that with --passphrase-file, or set CODEX_SYNC_PASSPHRASE',
  });
}

function requireNoMember(home: CodexHome, { name }: Place): void {
  const state = openExchangeState(home.path, false);
  if (!state) return;
  const { place } = state.membership;
  state.close();
  throw new SyncError('usage', 'This Codex home takes part in an exchange already.', {
    where: place,
    hint: place === name ? 'run `exchange sync`' : 'run `exchange leave` first',
  });
}

/** A folder with anything in it may be somebody's; what a system or a carrier puts there by itself begins with a dot. */
function requireEmpty(folder: string): void {
  const others = namesIn(folder).filter(
    (name) => !name.startsWith('.') && !['desktop.ini', 'Thumbs.db', KEYS, MARKER].includes(name),
  );
  if (others.length === 0 && (isFolder(folder) || !fs.existsSync(folder))) return;
  throw new SyncError('usage', 'The place is neither an exchange nor an empty folder.', {
    where: folder,
    hint: 'name an empty or new folder; an exchange of another machine may not have arrived there yet',
  });
}
