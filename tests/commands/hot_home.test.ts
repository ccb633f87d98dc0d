// A run was ended in the middle, and its journal is hot: whoever only looks is told so.

import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { adopt } from '../../scripts/lib/commands/adopt/adopt.ts';
import { verify } from '../../scripts/lib/commands/health/verify.ts';
import { packup } from '../../scripts/lib/commands/packup/packup.ts';
import { deriveSidecar } from '../../scripts/lib/commands/sidecar/derive_sidecar.ts';
import { pruneMappings } from '../../scripts/lib/commands/sidecar/prune_mappings.ts';
import { pruneJournal } from '../../scripts/lib/commands/transactions/prune_journal.ts';
import { conversation, withTurn } from '../fixtures/conversation.ts';
import { homeOf, type Machine, NOW, planNow, syncNow, undoNow, writePackage } from '../fixtures/machine.ts';
import { machinesOfEachTest } from '../fixtures/machines.ts';

const machine = machinesOfEachTest();
const talk = conversation('talk', '/home/far/project', ['first']);

/** Two syncs, the second one as if it had been killed just before its commit. */
function hotHome(): { here: Machine; folder: string } {
  const here = machine();
  const folder = writePackage(here, [{ conversation: withTurn(talk, 'second') }]);
  syncNow(here, writePackage(here, [{ conversation: talk }]));
  const { transactionId } = syncNow(here, folder, {}, new Date(NOW.getTime() + 1000));
  const file = path.join(here.codexHome, 'sync-journal', String(transactionId), 'manifest.json');
  fs.writeFileSync(file, fs.readFileSync(file, 'utf8').replace('"completed"', '"prepared"'));
  return { here, folder };
}

type Warned = { warnings: string[] } | Promise<{ warnings: string[] }>;
const LOOKS: [what: string, look: (here: Machine, folder: string) => Warned][] = [
  ['sync', (here, folder) => planNow(here, folder).plan],
  ['adopt', (here) => adopt(homeOf(here), { threadIds: [], all: true, repair: false, execute: false }, NOW)],
  ['rollback', (here) => undoNow(here, null, NOW, { execute: false })],
  ['prune-journal', (here) => pruneJournal(homeOf(here), { keep: 0, olderThan: null, execute: false }, NOW)],
  ['prune-invalid-mappings', (here) => pruneMappings(homeOf(here), { execute: false }, NOW)],
  ['rebuild-sidecar', (here) => deriveSidecar(homeOf(here), { how: 'rebuild', execute: false }, NOW)],
  ['verify', (here) => verify(homeOf(here), { threadIds: [], codexBinary: null })],
  ['packup', (here) => packup(homeOf(here), { cwdFilter: null, threadIds: [], all: true }, path.join(here.root, 'out'), NOW)],
];

test.each(LOOKS)('%s says that a transaction was interrupted and is not yet undone', async (_what, look) => {
  const { here, folder } = hotHome();
  const { warnings } = await look(here, folder);
  expect(warnings).toContainEqual(
    expect.stringMatching(/^transaction \S+ was interrupted and is not yet undone: run recover --execute$/),
  );
});
