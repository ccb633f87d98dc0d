import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { withCodex } from './lab/codex_app_server.ts';
import type { Machine } from './lab/codex_home.ts';
import { newest } from './lab/codex_versions.ts';
import { inLab, type Lab } from './lab/lab.ts';
import { askCodex } from './lab/oracle.ts';
import { converse, goOn, startOnce } from './lab/sessions.ts';
import { type Report, syncCliOk } from './lab/sync_cli.ts';
import { hasSyncthing, Syncthing } from './lab/syncthing.ts';

type Synced = Report & { pulled: Report[]; pushed: { commit: string | null } };

const projectOf = (machine: Machine): string => path.join(machine.userHome, 'project');

function sync(machine: Machine, machines: readonly Machine[]): Promise<Synced> {
  const others = machines.filter((other) => other !== machine);
  const mapped = others.flatMap((other) => ['--map-path', `${projectOf(other)}=${projectOf(machine)}`]);
  return syncCliOk(machine, ['exchange', 'sync', '--execute', '--no-backup', ...mapped]) as Promise<Synced>;
}

/** Rounds in which everything is carried, until nobody has anything to do. */
async function settle(machines: readonly Machine[], carrier: Syncthing): Promise<void> {
  for (let round = 0; round < 6; round++) {
    const synced: Synced[] = [];
    for (const machine of machines) {
      await carrier.carried();
      synced.push(await sync(machine, machines));
    }
    if (synced.every(({ pulled, pushed }) => pulled.length === 0 && pushed.commit === null)) return;
  }
  throw new Error('they never settle');
}

/** What Codex lists in the project, as it resumes and reads it, and goes on with it on a copy. */
async function heldBy(lab: Lab, machine: Machine): Promise<string[]> {
  const { data } = await withCodex(machine, (codex) =>
    codex.request<{ data: { id: string }[] }>('thread/list', { limit: 100, modelProviders: [], cwd: projectOf(machine) }),
  );
  const ids = data.map(({ id }) => id);
  const proofs = await askCodex(machine, lab.model, projectOf(machine), ids);
  return proofs
    .map(({ read, resumed, nextTurn }) => {
      expect([resumed, nextTurn]).toEqual([
        { turns: read, cwd: projectOf(machine) },
        expect.objectContaining({ status: 'completed' }),
      ]);
      return String(read);
    })
    .sort();
}

test.skipIf(!hasSyncthing)(
  'three machines that Syncthing keeps together have every turn once, and both sides where two went on',
  () =>
    inLab(async (lab) => {
      const carrier = await Syncthing.start(lab.folder, 3);
      try {
        const machines: Machine[] = [];
        for (const [at, place] of carrier.folders.entries()) {
          const machine = await lab.machine(`m${at}`, newest);
          await mkdir(projectOf(machine), { recursive: true });
          await startOnce(machine);
          if (at > 0) await carrier.carried();
          await syncCliOk(machine, ['exchange', 'init', place, '--name', `machine ${at}`]);
          machines.push(machine);
        }
        const [a, b, c] = machines as [Machine, Machine, Machine];
        const talk = await converse(a, projectOf(a), ['one']);
        await settle(machines, carrier);
        await goOn(b, talk, ['two']);
        await settle(machines, carrier);
        await goOn(a, talk, ['here']);
        await goOn(c, talk, ['there']);
        await converse(b, projectOf(b), ['another']);
        await settle(machines, carrier);
        for (const machine of machines)
          expect(await heldBy(lab, machine), machine.root).toEqual(['another', 'one,two,here', 'one,two,there']);
      } finally {
        await carrier.close();
      }
    }),
);
