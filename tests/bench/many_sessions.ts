// Every command on homes and packages of more and more sessions: processor time, and how it grows.
//   node --import tsx tests/bench/many_sessions.ts [sizes, default 1250,5000,20000]
// The exponent is that between the two largest sizes: 1 is linear, 2 quadratic. CODEX_SYNC_BENCH_PROFILES names a folder for .cpuprofile files.

import fs from 'node:fs';
import path from 'node:path';
import { type Conversation, conversation, rolloutName, withTurn } from '../fixtures/conversation.ts';
import { type Machine, makeMachine, type Packed, removeMachine, writePackage } from '../fixtures/machine.ts';
import { ENTRY, type Measured, measure } from './measure.ts';

const sizes = (process.argv[2] ?? '1250,5000,20000').split(',').map(Number);
const profiles = process.env.CODEX_SYNC_BENCH_PROFILES;

type Run = (name: string, args: string[], allowed?: number[]) => void;

/** The life of a home, command after command. */
function live(machine: Machine, size: number, run: Run): void {
  const conversations = Array.from({ length: size }, (_, index) =>
    conversation(`many ${index}`, machine.userHome, [`question ${index}`]),
  );
  const first = packed(machine, conversations);
  const second = packed(
    machine,
    conversations.map((one, index) => withTurn(one, `more ${index}`)),
  );
  const sync = ['--user-home', machine.userHome, '--json', '--quiet'];
  run('inspect-package', ['inspect-package', first, ...sync]);
  run('sync, all new', ['sync', first, '--execute', ...sync]);
  run('sync, nothing new', ['sync', first, '--execute', ...sync]);
  run('sync, a turn more of each', ['sync', second, '--execute', ...sync]);
  run('verify', ['verify', '--json'], [0, 6]);
  run('sidecar-health', ['sidecar-health', '--json'], [0, 6]);
  run('doctor', ['doctor', '--json'], [0, 6]);
  run('list-transactions', ['list-transactions', '--json']);
  run('packup --all', ['packup', '--all', '--output', path.join(machine.root, 'packed'), '--json']);
  run('rebuild-sidecar', ['rebuild-sidecar', '--execute', '--json']);
  run('replay-transactions-sidecar', ['replay-transactions-sidecar', '--execute', '--json']);
  run('rollback of the turns', ['rollback', '--latest', '--execute', '--json']);
  run('rollback of all', ['rollback', '--latest', '--execute', '--json']);
  run('prune-journal', ['prune-journal', '--older-than', '0d', '--execute', '--json']);
  run('sync, all new (again)', ['sync', first, '--execute', ...sync]);
  for (const name of ['sync-journal', 'sync-sidecar']) fs.rmSync(path.join(machine.codexHome, name), { recursive: true });
  run('adopt --all', ['adopt', '--all', '--execute', '--json']);
  for (const one of conversations.slice(0, size / 2))
    fs.rmSync(path.join(machine.codexHome, 'sessions/2026/11/03', rolloutName(one)), { force: true });
  run('prune-invalid-mappings', ['prune-invalid-mappings', '--execute', '--json']);
}

/** Every tenth session is named, every tenth archived, every tenth a sub-agent of the one before. */
function packed(machine: Machine, conversations: Conversation[]): string {
  return writePackage(
    machine,
    conversations.map((one, index): Packed => ({ conversation: one, ...traits(conversations, index) })),
  );
}

function traits(all: Conversation[], index: number): Omit<Packed, 'conversation'> {
  if (index % 10 === 3) return { name: `Name ${index}` };
  if (index % 10 === 5) return { row: { archived: 1 } };
  const parent_thread_id = all[index - 1]?.id;
  return index % 10 === 7
    ? { row: { source: JSON.stringify({ subagent: { thread_spawn: { parent_thread_id, depth: 1 } } }) } }
    : {};
}

const profiled = (name: string): string[] =>
  profiles ? ['--cpu-prof', '--cpu-prof-dir', path.join(profiles, name.replaceAll(/\W+/g, '-'))] : [];

function print(): void {
  console.log(`| command | ${sizes.map((size) => `${size} sessions`).join(' | ')} | exponent |`);
  for (const [name, runs] of found) {
    const cells = runs.map(({ cpu, mebibytes }) => `${cpu.toFixed(1)} s, ${mebibytes.toFixed(0)} MiB`);
    console.log(`| ${name} | ${cells.join(' | ')} | ${exponent(runs).toFixed(2)} |`);
  }
}

function exponent(runs: Measured[]): number {
  const [last, before] = [runs.at(-1), runs.at(-2)];
  if (!last || !before) return Number.NaN;
  return Math.log(last.cpu / before.cpu) / Math.log((sizes.at(-1) as number) / (sizes.at(-2) as number));
}

const found = new Map<string, Measured[]>();
for (const size of sizes) {
  const machine = makeMachine('0.169.0');
  try {
    live(machine, size, (name, args, allowed) => {
      const measured = measure(process.execPath, [...profiled(name), ENTRY, ...args, '--codex-home', machine.codexHome], allowed);
      found.set(name, [...(found.get(name) ?? []), measured]);
      console.error(`${size} ${name}: ${measured.cpu.toFixed(1)} s`);
    });
  } finally {
    removeMachine(machine);
  }
}
print();
