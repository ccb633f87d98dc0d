// What a machine says of itself. A new card is written beside the older ones; the newest counts.

import path from 'node:path';
import type { PlaceFiles } from '../../adapters/place/place_files.ts';
import { toolVersion } from '../../adapters/process/tool_version.ts';
import type { MachineCard } from '../../domain/exchange/commit.ts';
import { cardName, isCardName, machineFolder } from '../../domain/exchange/place_layout.ts';
import { type JsonObject, parseObject } from '../../domain/json/json_value.ts';

export async function writeCard(machine: string, label: string, files: PlaceFiles, now: Date): Promise<void> {
  const card: MachineCard = { label, tool_version: toolVersion(), created_at: now.toISOString() };
  await files.write((hash) => `${machineFolder(machine)}/${cardName(hash)}`, Buffer.from(JSON.stringify(card)));
}

/** What it calls itself; null where that has not arrived. */
export async function labelOf(machine: string, files: PlaceFiles): Promise<string | null> {
  const folder = machineFolder(machine);
  const cards: JsonObject[] = [];
  for (const name of files.namesIn(folder).filter(isCardName)) {
    const bytes = await files.read(path.posix.join(folder, name));
    const card = bytes && parseObject(bytes.toString('utf8'));
    if (card) cards.push(card);
  }
  const newest = cards.toSorted((one, other) => (String(one.created_at) < String(other.created_at) ? 1 : -1))[0];
  return typeof newest?.label === 'string' && newest.label !== '' ? newest.label.slice(0, 64) : null;
}
