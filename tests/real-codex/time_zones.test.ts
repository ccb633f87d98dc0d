import { stat } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { Machine } from './lab/codex_home.ts';
import { newest } from './lab/codex_versions.ts';
import { inLab } from './lab/lab.ts';
import { converse, goOn, rolloutOf, startOnce } from './lab/sessions.ts';
import { archive, unarchive } from './lab/shapes.ts';
import { packAll, sessionIn } from './lab/sync_cli.ts';
import { TwoMachines } from './stories/two_machines.ts';

const inZone = (machine: Machine, zone: string): Machine => ({
  ...machine,
  environment: { ...machine.environment, TZ: zone },
});

/** `2026-11-22T04-08-09` of a moment, as a clock on the wall there shows it. */
const wallClock = (zone: string, milliseconds: number): string =>
  new Date(milliseconds).toLocaleString('sv', { timeZone: zone }).replace(' ', 'T').replaceAll(':', '-');

test('files are named in local time and say UTC: a session of New York is whole in Shanghai, and so is its branch', () =>
  inLab(async (lab) => {
    const b = inZone(await lab.machine('b', newest), 'Asia/Shanghai');
    await startOnce(b);
    const machines = await TwoMachines.of(lab, inZone(await lab.machine('a', newest), 'America/New_York'), b);
    const threadId = await converse(machines.a, machines.folderA, ['first']);
    await machines.syncOk(await packAll(machines.a, 'first'));
    const [there, here] = [await rolloutOf(machines.a, threadId), await rolloutOf(machines.b, threadId)];
    expect(path.relative(machines.b.codexHome, here)).toBe(path.relative(machines.a.codexHome, there));
    expect((await stat(here)).mtimeMs).toBeCloseTo((await stat(there)).mtimeMs, -4);
    await archive(machines.b, threadId);
    await unarchive(machines.b, threadId);
    await machines.expectWholeOnB({ threadId, prompts: ['first'] });

    await goOn(machines.a, threadId, ['on A']);
    await goOn(machines.b, threadId, ['on B']);
    const branchId = sessionIn(await machines.syncOk(await packAll(machines.a, 'second')), threadId).local_thread_id!;
    const branch = path.basename(await rolloutOf(machines.b, branchId));
    const born = Number.parseInt(branchId.replace('-', '').slice(0, 12), 16);
    expect(branch).toBe(`rollout-${wallClock('Asia/Shanghai', born)}-${branchId}.jsonl`);
    await machines.expectWholeOnB({ threadId, prompts: ['first', 'on B'] }, { threadId: branchId, prompts: ['first', 'on A'] });
  }));
