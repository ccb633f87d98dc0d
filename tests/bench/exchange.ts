// An exchange of several machines: processor time and memory of a first push, a pull, a run with nothing new, and one turn on a large conversation.
//   node --import tsx tests/bench/exchange.ts [sessions of a machine, default 2000] [machines, default 5] [MB of the large conversation, default 100]

import fs from 'node:fs';
import path from 'node:path';
import { conversation, rolloutName, rowOf, textOf, withTurn } from '../fixtures/conversation.ts';
import { goOn } from '../fixtures/exchange.ts';
import { inState, insert, type Machine, makeMachine, removeMachine, rolloutOf } from '../fixtures/machine.ts';
import { ENTRY, type Measured, measure } from './measure.ts';

const [sessions = 2000, count = 5, megabytes = 100] = process.argv.slice(2).map(Number);

function addAll(machine: Machine, name: string, many: number): void {
  const all = Array.from({ length: many }, (_, at) =>
    conversation(`${name} ${at}`, machine.userHome, [`question ${at} of ${name}`]),
  );
  inState(machine, (database) => {
    database.transaction(() => {
      for (const one of all) {
        const file = rolloutOf(machine, one);
        fs.mkdirSync(path.dirname(file), { recursive: true });
        fs.writeFileSync(file, textOf(one));
        insert(database, 'threads', rowOf(one, file));
      }
    })();
  });
}

const bytesBelow = (folder: string): number =>
  fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, { parentPath, name }) => sum + fs.statSync(path.join(parentPath, name)).size, 0);

const machines = Array.from({ length: count }, () => makeMachine());
const [first, second] = machines as [Machine, Machine];
const place = path.join(first.root, 'place');
const run = (machine: Machine, ...words: string[]): Measured =>
  measure(process.execPath, [
    ENTRY,
    ...words,
    '--codex-home',
    machine.codexHome,
    '--user-home',
    machine.userHome,
    '--json',
    '--quiet',
  ]);
const show = (what: string, { cpu, mebibytes }: Measured, more = ''): void =>
  console.log(`${what.padEnd(46)} ${cpu.toFixed(2).padStart(7)} s CPU ${mebibytes.toFixed(0).padStart(5)} MiB ${more}`);

try {
  for (const [at, machine] of machines.entries()) {
    addAll(machine, `machine ${at}`, sessions);
    run(machine, 'exchange', 'init', place);
  }
  show(`first push of ${sessions} sessions`, run(first, 'exchange', 'push', '--execute'));
  for (const machine of machines.slice(1)) run(machine, 'exchange', 'push', '--execute');
  show(`pull of ${sessions * (count - 1)} sessions`, run(first, 'exchange', 'pull', '--execute', '--no-backup'));
  run(first, 'exchange', 'push', '--execute');
  show(`nothing new, ${sessions * count} sessions, ${count} machines`, run(first, 'exchange', 'sync', '--execute'));
  show('the start alone (exchange machines)', run(first, 'exchange', 'machines'));
  const noise = (): string => Array.from({ length: 3000 }, () => Math.random().toString(36).slice(2)).join(' ');
  let large = conversation('large', second.userHome, ['begin']);
  while (large.prompts.length * 33_000 * 9 < megabytes << 20) large = withTurn(large, noise());
  const file = rolloutOf(second, large);
  fs.writeFileSync(file, textOf(large));
  inState(second, (database) => insert(database, 'threads', rowOf(large, file)));
  show(`${rolloutName(large).slice(0, 7)} of ${megabytes} MB, push`, run(second, 'exchange', 'push', '--execute'));
  show('the same, pull', run(first, 'exchange', 'pull', '--execute', '--no-backup'));
  const before = bytesBelow(place);
  goOn(second, large.id, 'one more');
  show('one turn more, push', run(second, 'exchange', 'push', '--execute'), `${bytesBelow(place) - before} bytes written`);
  show('one turn more, pull', run(first, 'exchange', 'pull', '--execute', '--no-backup'));
} finally {
  for (const machine of machines) removeMachine(machine);
}
