import { expect, test } from 'vitest';
import { rebuildSidecar, replaySidecar } from '../../scripts/lib/cli/verbs/rebuild_commands.ts';
import { conversation } from '../fixtures/conversation.ts';
import { syncNow, writePackage } from '../fixtures/machine.ts';
import { machinesOfEachTest } from '../fixtures/machines.ts';

const make = machinesOfEachTest();

test('both say what they found, what there is then, and whether anything was written', async () => {
  const machine = make();
  const talk = conversation('told', '/home/far/project', ['first']);
  syncNow(machine, writePackage(machine, [{ conversation: talk }]));
  const flags = { codexHome: machine.codexHome };
  const counts = { lineages: 1, heads: 1, sync_points: 1, tombstones: 0, rows: { inserted: 0, changed: 0, removed: 0 } };
  const both = { schema_version: 1, mode: 'dry-run', sidecar: 'readable', ...counts, skipped: [], warnings: [] };

  const rebuilt = await rebuildSidecar(flags, {});
  expect(rebuilt.document).toMatchObject({ kind: 'rebuild', guessed: [], ...both });
  const replayed = await replaySidecar({ ...flags, execute: true }, {});
  const executed = { ...both, kind: 'replay', mode: 'executed', transaction_id: null };
  expect(replayed.document).toMatchObject(executed);
  expect([rebuilt.exitCode, replayed.exitCode]).toEqual([undefined, undefined]);
  expect(replayed.document).not.toHaveProperty('guessed');
  expect(replayed.lines.at(-1)).toBe('Nothing to do: the sidecar is up to date.');
});
