// Prints what real Codex makes of rollouts that are not as it writes them, each made out of one that the same Codex has written:
//   node --import tsx tests/real-codex/what_codex_opens.ts KIND VERSION …
// KIND is one of first_lines, shapes, middles, numbers, repairs, or one of them with `-legacy` (from 0.151 on, a legacy thread).
// `whole`: both turns shown with all that is in them, both prompts sent to the model, a third turn shown by a Codex started afterwards.

import { mkdirSync } from 'node:fs';
import { makeProject } from './lab/codex_home.ts';
import type { CodexVersion } from './lab/codex_versions.ts';
import { firstLines, middles, numbers, repairs, shapes } from './lab/damages.ts';
import { Lab } from './lab/lab.ts';
import { type Opening, openEach, plantDamaged, templatePrompts } from './lab/opening.ts';
import { homesFolder } from './lab/places.ts';

const KINDS = { first_lines: firstLines, shapes, middles, numbers, repairs };

const [kind = '', ...versions] = process.argv.slice(2) as [string, ...CodexVersion[]];
const [name, mode] = kind.split('-') as [keyof typeof KINDS, 'legacy' | undefined];
mkdirSync(homesFolder, { recursive: true });
const lab = await Lab.open();
const found = new Map<string, Map<CodexVersion, string>>();
for (const version of versions) {
  const machine = await lab.machine(version, version);
  const project = await makeProject(machine, 'project');
  const threads = await plantDamaged(machine, project, KINDS[name], mode ?? 'own');
  const openings = await openEach(machine, lab.model, threads);
  const whole = openings['as it is']!;
  for (const [damage, opening] of Object.entries(openings)) {
    const row = found.get(damage) ?? new Map<CodexVersion, string>();
    found.set(damage, row.set(version, inWords(opening, whole)));
  }
}
await lab.close();
print();

function inWords({ refused, turns, items, context, after }: Opening, whole: Opening): string {
  if (refused !== null) return `REFUSED ${refused.replaceAll(/\/\S*ID\.jsonl/g, 'FILE').slice(-150)}`;
  const lost = [
    ...(turns < whole.turns ? [`${turns} turns shown`] : items < whole.items ? [`${whole.items - items} items not shown`] : []),
    ...(context === templatePrompts.length ? [] : [`${context} prompts sent`]),
    ...(after === whole.after ? [] : [`${after} turns shown after the next`]),
  ];
  return lost.join(', ') || 'whole';
}

/** Damages of which every version makes the same stand together. */
function print(): void {
  const alike = new Map<string, string[]>();
  for (const [damage, row] of found) {
    const words = [...row].map(([version, said]) => `  ${version}  ${said}`);
    const key = new Set(row.values()).size === 1 ? `  all     ${[...row.values()][0]}` : words.join('\n');
    alike.set(key, [...(alike.get(key) ?? []), damage]);
  }
  for (const [words, damages] of alike) console.log(`${damages.join('; ')}\n${words}\n`);
}
