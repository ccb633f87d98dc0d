// Random histories of a few machines and a bad carrier, judged by the laws of references/exchange.md. `CODEX_SYNC_HISTORIES=n` plays n of them with
// a seed of their own; `CODEX_SYNC_SEED=s` plays one again. What fails in those is told as its shortest history.

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { promptsOf } from '../fixtures/exchange.ts';
import type { Failure } from '../transaction/failing_disk.ts';
import { isPrefix, type Node, pathOf, World } from './world.ts';

const EVENTS = [
  'begin',
  'go_on',
  'go_on',
  'go_on',
  'rename',
  'archive',
  'delete',
  'sync',
  'meet',
  'meet',
  'meet',
  'meet',
  'meet',
  'pull',
  'push',
  'crash',
  'rollback',
  'rollback',
  'carry',
  'carry',
  'carry',
  'carry',
  'hurt',
  'arrive',
  'snapshot',
  'restore_place',
  'forge',
  'save_home',
  'restore_home',
  'clone',
] as const;

type Event = { what: (typeof EVENTS)[number]; on: number; other: number; luck: number };

const event = fc.record({
  what: fc.constantFrom(...EVENTS),
  on: fc.nat(4),
  other: fc.nat(4),
  luck: fc.nat(0xffff),
});

function chanceOf(seed: number): () => number {
  let state = seed + 1;
  return () => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x6d2b79f5) | 0;
    return ((state ^ (state >>> 13)) >>> 0) / 2 ** 32;
  };
}

const FAILURES: readonly Failure[] = ['refused', 'half', 'unreported', 'dies', 'dies_after'];

async function play(world: World, { what, on, other, luck }: Event): Promise<void> {
  const node = world.nodes[on % world.nodes.length] as Node;
  const chance = chanceOf(luck);
  switch (what) {
    case 'begin':
      return world.begin(node);
    case 'go_on':
      return world.goOn(node, chance);
    case 'rename':
      return world.rename(node, chance);
    case 'archive':
      return world.archive(node, chance);
    case 'delete':
      return world.delete(node, chance);
    case 'sync':
      return void (await world.sync(node));
    case 'meet':
      world.arriveAt(node);
      return void (await world.sync(node));
    case 'pull':
      return void (await world.sync(node, { pushes: false }));
    case 'push':
      return void (await world.sync(node, { pulls: false }));
    case 'crash':
      return world.crash(node, 1 + Math.floor(chance() * 250), FAILURES[luck % FAILURES.length] as Failure);
    case 'rollback':
      return world.rollback(node);
    case 'carry':
      return world.carry(node, world.nodes[other % world.nodes.length] as Node, chance);
    case 'hurt':
      return world.hurt(node, chance);
    case 'arrive':
      return world.arrive();
    case 'snapshot':
      return world.snapshot(node);
    case 'restore_place':
      return world.restorePlace(node);
    case 'forge':
      return world.forge(node, world.nodes[other % world.nodes.length] as Node, chance);
    case 'save_home':
      return world.saveHome(node);
    case 'restore_home':
      return world.restoreHome(node);
    case 'clone':
      return world.clone(node);
    default:
      return what satisfies never;
  }
}

/** Rounds in which all arrives, until nobody has anything to do. */
async function settle(world: World): Promise<void> {
  for (let round = 0; round < 12; round++) {
    let isQuiet = true;
    for (const node of world.nodes) {
      world.arrive();
      if (await world.sync(node)) isQuiet = false;
    }
    if (isQuiet) return;
  }
  throw new Error('they never settle');
}

function judge(world: World): void {
  const held = world.nodes.map(({ machine }) => [...promptsOf(machine).values()].map(pathOf).sort());
  const all = [...new Set(held.flat())];
  const lost = [...world.said].filter((turn) => !all.some((one) => isPrefix(turn, one)));
  expect(lost, 'turns that are lost').toEqual([]);
  for (const [at, { gone }] of world.nodes.entries()) {
    const here = held[at] as string[];
    expect(here, `machine ${at}: a session twice`).toEqual([...new Set(here)]);
    const expected = all.filter((one) => !gone.has(one.split('/')[0] as string));
    expect(here, `machine ${at} has all`).toEqual(expect.arrayContaining(expected));
  }
}

const asked = Number(process.env.CODEX_SYNC_HISTORIES ?? 0);
const seed = Number(process.env.CODEX_SYNC_SEED ?? (asked ? Date.now() & 0x7fffffff : 1));

test(`after any history, all machines have all turns once and nothing to do (seed ${seed})`, async () => {
  const history = fc.array(event, { minLength: 10, maxLength: 24, size: 'max' });
  const property = fc.asyncProperty(fc.integer({ min: 2, max: 4 }), history, async (count, events) => {
    const world = await World.of(count, fs.mkdtempSync(path.join(os.tmpdir(), 'codex-session-histories-')));
    try {
      world.begin(world.nodes[0] as Node);
      for (const one of events) await play(world, one);
      await settle(world);
      judge(world);
    } finally {
      world.close();
    }
  });
  await fc.assert(property, { numRuns: asked || 12, seed, endOnFailure: asked === 0 });
}, 3_600_000);
