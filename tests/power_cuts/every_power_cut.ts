// npm run test:power [-- SCENARIO]: every scenario with all its states. Needs strace.

import fs from 'node:fs';
import { judgeAll, recordTraced } from './judged_states.ts';
import { SCENARIOS } from './scenarios.ts';
import { canTrace } from './traced_calls.ts';

const [wanted, mixtures = '1', seed = '1'] = process.argv.slice(2);
if (!canTrace()) throw new Error('strace is needed, and must be allowed to trace');

console.log('| run | calls | states | before | after | wrong |\n|---|---|---|---|---|---|');
for (const [name, scenario] of Object.entries(SCENARIOS)) {
  if (wanted && wanted !== 'all' && !name.includes(wanted)) continue;
  const recorded = recordTraced(name, scenario);
  const { states, before, after, wrong } = judgeAll(
    recorded,
    Number(mixtures),
    Number(seed),
    () => true,
    (so) => {
      if (so.states % 100 === 0)
        console.error(name, so.states, so.wrong.length, so.wrong.at(-1)?.why.join(' ').slice(0, 300) ?? '');
    },
  );
  console.log(`| ${name} | ${recorded.model.effects.length} | ${states} | ${before} | ${after} | ${wrong.length} |`);
  const shown = new Map<string, { count: number; example: string }>();
  const { root } = recorded.prepared.machine;
  for (const { state, why } of wrong) {
    const key = why.join('\n    ').replaceAll(root, '').slice(0, 600);
    const entry = shown.get(key) ?? {
      count: 0,
      example: `after call ${state.moment}: ${state.told.replaceAll(root, '').slice(0, 700)}`,
    };
    entry.count++;
    shown.set(key, entry);
  }
  for (const [why, { count, example }] of shown) console.log(`  ${count} x ${why}\n    ${example}`);
  if (wrong.length > 0) process.exitCode = 1;
  fs.rmSync(root, { recursive: true, force: true });
}
