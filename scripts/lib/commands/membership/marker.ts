// The file that says that a folder is an exchange, and which.

import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { replaceFile } from '../../adapters/disk/file_writing.ts';
import { makeFolder } from '../../adapters/disk/folders.ts';
import type { Place } from '../../adapters/place/place.ts';
import { SyncError } from '../../domain/codes/errors.ts';
import { EXCHANGE_VERSION } from '../../domain/exchange/commit.ts';
import { isKeyPlace, isMachineId, MARKER } from '../../domain/exchange/place_layout.ts';
import { parseObject } from '../../domain/json/json_value.ts';

/** `key`: name in the place of the key that a passphrase unlocks; null where nothing is encrypted. */
export type Marker = { exchangeId: string; key: string | null };

/** Null where no exchange lies there. */
export function readMarker({ folder, name }: Place): Marker | null {
  const file = path.join(folder, MARKER);
  if (fs.statSync(file, { throwIfNoEntry: false })?.isFile() !== true) return null;
  const marker = parseObject(fs.readFileSync(file, 'utf8'));
  const { exchange_id: exchangeId, encryption, key = null, format_version: version } = marker ?? {};
  const isKnown = version === EXCHANGE_VERSION && (encryption === 'none' || (encryption === 'age' && isKeyPlace(key)));
  if (isKnown && isMachineId(exchangeId)) return { exchangeId, key: encryption === 'age' ? (key as string) : null };
  throw new SyncError('exchange_unreadable', 'The file that says which exchange this is cannot be understood.', {
    where: `${name}: ${MARKER}`,
    hint:
      typeof version === 'number' && version > EXCHANGE_VERSION
        ? 'a newer version of this tool made it: update codex-session-sync'
        : 'it may not have arrived completely; try again later',
  });
}

export function writeMarker({ folder }: Place, key: string | null): Marker {
  const exchangeId = randomUUID();
  makeFolder(folder);
  const marker = {
    format: 'codex-session-exchange',
    format_version: EXCHANGE_VERSION,
    exchange_id: exchangeId,
    ...(key === null ? { encryption: 'none' } : { encryption: 'age', key }),
  };
  replaceFile(path.join(folder, MARKER), `${JSON.stringify(marker, null, 2)}\n`);
  return { exchangeId, key };
}

/** `isEncrypted`: what it was when this machine joined. It never becomes plain text by itself. */
export function requireSame(place: Place, expected: { exchangeId: string; isEncrypted: boolean }): void {
  const found = readMarker(place);
  const where = `${place.name}: ${MARKER}`;
  if (found === null)
    throw new SyncError('exchange_missing', 'The exchange is not in its place: it is not mounted, not downloaded, or empty.', {
      where,
    });
  if (found.exchangeId === expected.exchangeId && (found.key !== null) === expected.isEncrypted) return;
  const isOther = found.exchangeId !== expected.exchangeId;
  throw new SyncError(
    'exchange_another',
    isOther ? 'Another exchange lies in the place.' : 'The exchange is not encrypted as it was.',
    {
      where,
      hint: isOther
        ? `expected ${expected.exchangeId}, found ${found.exchangeId}; if this is meant, run \`exchange leave\`, then \`exchange init\` again`
        : 'somebody has changed that file; put it back from another machine',
    },
  );
}
