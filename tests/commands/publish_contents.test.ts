import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { InStep } from '../../scripts/lib/adapters/exchange/exchange_state.ts';
import { PackWriter } from '../../scripts/lib/adapters/exchange/packs.ts';
import { folderPlace } from '../../scripts/lib/adapters/place/folder_place.ts';
import { PlaceFiles } from '../../scripts/lib/adapters/place/place_files.ts';
import { PLAIN } from '../../scripts/lib/adapters/place/seal.ts';
import { publishContents } from '../../scripts/lib/commands/exchange/publish_contents.ts';
import type { Departure } from '../../scripts/lib/planning/exchange/departures.ts';
import { temporaryFolder } from '../fixtures/temporary_folder.ts';

const MACHINE = '00000000-0000-4000-8000-000000000000';

test('where the packs of a fork are gone and those of what it continues are not, the fork is packed again', async () => {
  const folder = temporaryFolder();
  const [fork, base] = ['fork', 'base'].map((name) => path.join(folder, `${name}.jsonl`)) as [string, string];
  fs.writeFileSync(fork, '{"of":"the fork"}\n');
  fs.writeFileSync(base, '{"of":"the base, which is longer"}\n');
  const end = fs.statSync(base).size;
  const departure = {
    files: [
      { file: fork, to: null },
      { file: base, to: end },
    ],
    images: [],
    local: { file: fork, size: fs.statSync(fork).size, mtime: 0, facts: '' },
  } as unknown as Departure;
  const publish = async (before: InStep | null, isThere: (digest: string) => boolean) => {
    const packs = new PackWriter(MACHINE, new PlaceFiles(folderPlace(path.join(folder, 'place')), PLAIN));
    const published = await publishContents(departure, { before, isThere: ({ digest }) => isThere(digest) }, packs);
    await packs.flush();
    return published;
  };
  const first = await publish(null, () => false);
  const [own] = first.contents.rollouts;
  const again = await publish({ ...departure.local, ...first }, (digest) => digest !== own?.pieces[0]?.digest);
  expect(again.contents.rollouts.map(({ name, bytes }) => [name, bytes])).toEqual([
    ['fork.jsonl', fs.statSync(fork).size],
    ['base.jsonl', end],
  ]);
  expect(again.contents.rollouts[0]?.pieces.map(({ digest }) => digest)).toEqual(own?.pieces.map(({ digest }) => digest));
});
