// What small commands take of the processor, in a home with the databases of Codex 0.169, against a Node that does nothing.
//   node --import tsx tests/bench/start.ts [runs]

import { conversation } from '../fixtures/conversation.ts';
import { makeMachine, removeMachine, writePackage } from '../fixtures/machine.ts';
import { ENTRY, measure, median } from './measure.ts';

const runs = Number(process.argv[2] ?? 5);
/** One start takes little more than what `time` can tell apart. */
const STARTS = 10;

const machine = makeMachine('0.169.0');
try {
  const folder = writePackage(machine, [{ conversation: conversation('small', '/home/far/project', ['hello']) }]);
  const home = ['--codex-home', machine.codexHome, '--user-home', machine.userHome];
  const commands = [
    ['--version'],
    ['list-transactions', ...home],
    ['inspect-package', folder, ...home],
    ['sync', folder, ...home, '--execute'],
  ];
  // The first one makes the program, and V8 keeps what it has compiled of it for each command.
  for (const words of commands) cpuOf([ENTRY, ...words]);
  for (const words of commands) {
    const pairs = Array.from({ length: runs }, () => ({ ours: cpuOf([ENTRY, ...words]), node: cpuOf(['-e', '0']) }));
    const [ours, node] = [median(pairs.map((pair) => pair.ours)), median(pairs.map((pair) => pair.node))];
    const ratio = median(pairs.map((pair) => pair.ours / pair.node));
    console.log(
      `${words[0]}${words.includes('--execute') ? ' --execute, nothing to do' : ''}: ${ours.toFixed(3)} s of the processor; node -e 0: ${node.toFixed(3)} s; ratio ${ratio.toFixed(1)}`,
    );
  }
} finally {
  removeMachine(machine);
}

/** Seconds of one start. */
function cpuOf(words: string[]): number {
  const loop = `for at in ${Array.from({ length: STARTS }, (_, at) => at).join(' ')}; do "$@" > /dev/null 2>&1; done`;
  return measure('sh', ['-c', loop, 'sh', process.execPath, ...words]).cpu / STARTS;
}
