// A sample of the states that every_power_cut.ts tries, which has SQLite's own calls too (`npm run test:power`).

import fs from 'node:fs';
import { expect, test } from 'vitest';
import { chance } from './crash_states.ts';
import { judgeAll, recordOwnCalls } from './judged_states.ts';
import { SCENARIOS } from './scenarios.ts';

const seed = Number(process.env.CODEX_SYNC_SEED ?? 1);
/** So many of the states in which something that was not synced is on the disk, where they are many; those in which nothing is are tried all. */
const SHARE: { [name: string]: number } = {
  'sync into a home with a past': 0.1,
  'rollback in a home with a past': 0.1,
  packup: 0.2,
};

test.each(Object.entries(SCENARIOS))(
  'the power goes during %s: the home is as before or as after, at whatever reached the disk',
  (name, scenario) => {
    const recorded = recordOwnCalls(scenario);
    const next = chance(seed);
    const { states, before, after, wrong } = judgeAll(recorded, 4, seed, (isBare) => isBare || next() < (SHARE[name] ?? 1));
    const told = wrong.map(({ state, why }) => ({ afterCall: state.moment, state: state.told, why }));
    fs.rmSync(recorded.prepared.machine.root, { recursive: true });
    expect(told).toEqual([]);
    expect(states).toBeGreaterThan(5);
    expect(before + after).toBe(states);
  },
);
