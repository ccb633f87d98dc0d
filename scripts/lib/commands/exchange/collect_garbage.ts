// Removes files of this machine that nobody needs any more. Nobody else's are touched, and no clock but this machine's own is asked: a file goes
// when two looks at least seven days apart agree that nothing names it, and every machine has seen the state that does not name it.

import path from 'node:path';
import type { CodexHome } from '../../adapters/codex_home/codex_home.ts';
import { packsOf } from '../../domain/exchange/commit.ts';
import { commitsFolder, isHash, packPlace, packsFolder, parseCommitName } from '../../domain/exchange/place_layout.ts';
import { type Member, withMember } from '../membership/membership.ts';
import { readMachines } from '../membership/read_machines.ts';

/** `waiting`: unneeded files whose time has not come. `unheard`: machines that have not seen the newest checkpoint; while there are any, nothing goes. */
export type Collected = { removed: string[]; waiting: number; unheard: string[]; executed: boolean };

const SEVEN_DAYS = 7 * 86_400_000;

export const collectGarbage = (home: CodexHome, execute: boolean, now: Date, waitSeconds = 0): Promise<Collected> =>
  withMember(home, { keeps: execute, waitSeconds }, async (member) => {
    await readMachines(member, now);
    const unheard = machinesThatWait(member);
    const before = member.state.unneeded();
    const since = new Map((await unneededFiles(member)).map((name) => [name, before.get(name) ?? now.toISOString()]));
    const isDue = (seen: string): boolean => now.getTime() - Date.parse(seen) >= SEVEN_DAYS;
    const due = unheard.length > 0 ? [] : [...since].filter(([, seen]) => isDue(seen)).map(([name]) => name);
    if (execute) {
      for (const name of due) {
        await member.files.place.remove(name);
        since.delete(name);
      }
      member.state.atOnce(() => member.state.setUnneeded(since));
    }
    return { removed: due, waiting: since.size - (execute ? 0 : due.length), unheard, executed: execute };
  });

/** Machines that are not retired and may still build on what this one has listed before. */
function machinesThatWait({ state, membership }: Member): string[] {
  const own = state.machines().find(({ machine }) => machine === membership.machine);
  const retired = new Set(state.retired());
  return state
    .machines()
    .filter(({ machine }) => machine !== membership.machine && !retired.has(machine))
    .filter(({ seen }) => (seen[membership.machine] ?? 0) < (own?.checkpoint ?? 0))
    .map(({ machine }) => machine);
}

/** Packs that no machine's newest state names, and commits before the newest checkpoint. */
async function unneededFiles({ state, files, membership }: Member): Promise<string[]> {
  const { machine } = membership;
  const needed = new Set<string>();
  for (const one of state.publishers())
    for (const entry of state.entriesOf(one))
      for (const { machine: owner, pack } of packsOf(entry)) if (owner === machine) needed.add(packPlace(machine, pack));
  const packs = (await files.place.list(packsFolder(machine))).filter((name) => isHash(path.posix.basename(name)));
  const checkpoint = state.machines().find((one) => one.machine === machine)?.checkpoint ?? 0;
  const commits = files
    .namesIn(commitsFolder(machine))
    .filter((name) => (parseCommitName(name)?.seq ?? checkpoint) < checkpoint)
    .map((name) => `${commitsFolder(machine)}/${name}`);
  return [...packs.filter((name) => !needed.has(name)), ...commits];
}
