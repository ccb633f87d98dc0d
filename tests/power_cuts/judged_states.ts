// Puts a home into each state that a power cut may leave, lets the tool recover it, and compares with before and after.

import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { recoverHome } from '../../scripts/lib/commands/transactions/recover.ts';
import { copyFolder } from '../fixtures/copied_folder.ts';
import { homeOf, type Machine } from '../fixtures/machine.ts';
import { differences, type Snapshot } from '../fixtures/snapshot.ts';
import { stateOf } from '../transaction/home_states.ts';
import type { Prepared } from '../transaction/homes.ts';
import { type CrashState, crashStates } from './crash_states.ts';
import type { DiskCall } from './disk_call.ts';
import { DiskModel, type Tree } from './disk_model.ts';
import { ownCalls } from './own_calls.ts';
import type { Scenario } from './scenarios.ts';
import { tracedCalls } from './traced_calls.ts';

const PLAY = fileURLToPath(new URL('./play.ts', import.meta.url));

/** A run with all its calls, and the home before and after it. */
export type Recorded = { scenario: Scenario; prepared: Prepared; model: DiskModel; before: Snapshot; after: Snapshot };

export function recordTraced(name: string, scenario: Scenario): Recorded {
  return record(scenario, (prepared) => {
    const command = [process.execPath, '--import', 'tsx', PLAY, name, JSON.stringify(prepared)];
    return tracedCalls(command, prepared.machine.root, { ...process.env, CODEX_THREAD_ID: undefined });
  });
}

/** Without a look at what SQLite does: what it has committed is on the disk. */
export const recordOwnCalls = (scenario: Scenario): Recorded =>
  record(scenario, (prepared) => ownCalls(prepared.machine.root, () => scenario.work(prepared)));

function record(scenario: Scenario, run: (prepared: Prepared) => DiskCall[]): Recorded {
  const prepared = scenario.prepare();
  const { machine } = prepared;
  const before = stateBefore(machine);
  const model = new DiskModel(machine.root);
  for (const call of run(prepared)) model.add(call);
  const after = settledState(machine);
  return { scenario, prepared, model, before, after };
}

/** Where an interrupted run is recovered, before is what recovery makes of it. */
function stateBefore(machine: Machine): Snapshot {
  const saved = `${machine.root}.before`;
  copyFolder(machine.root, saved);
  const state = settledState(machine);
  fs.rmSync(machine.root, { recursive: true });
  fs.renameSync(saved, machine.root);
  return state;
}

function settledState(machine: Machine): Snapshot {
  recoverHome(homeOf(machine), true);
  return stateOf(machine);
}

/** Everything below the root of the machine becomes what the tree says. */
export function putOnDisk({ root }: Machine, tree: Tree): void {
  fs.rmSync(root, { recursive: true, force: true });
  fs.mkdirSync(root);
  for (const [name, content] of tree) {
    const place = path.join(root, name);
    if (content === null) fs.mkdirSync(place);
    else {
      fs.writeFileSync(place, content.bytes);
      fs.utimesSync(place, content.mtime / 1000, content.mtime / 1000);
    }
  }
}

export type Verdict = { is: 'before' | 'after' } | { is: 'wrong'; why: string[] };

export function judge(recorded: Recorded, { tree }: CrashState): Verdict {
  const {
    prepared: { machine },
    before,
    after,
  } = recorded;
  putOnDisk(machine, tree);
  try {
    const state = settledState(machine);
    const damage = [...damagedDatabases(machine), ...halfFolders(recorded)];
    if (damage.length > 0) return { is: 'wrong', why: damage };
    if (differences(state, before).length === 0) return { is: 'before' };
    if (differences(state, after).length === 0) return { is: 'after' };
    const [fromBefore, fromAfter] = [differences(state, before), differences(state, after)];
    return {
      is: 'wrong',
      why: fromBefore.length < fromAfter.length ? ['unlike before:', ...fromBefore] : ['unlike after:', ...fromAfter],
    };
  } catch (error) {
    return { is: 'wrong', why: [`stuck: ${(error as Error).message} ${(error as { where?: string }).where ?? ''}`] };
  }
}

function halfFolders({ scenario, prepared: { machine }, model }: Recorded): string[] {
  const wholes = scenario.wholes?.(machine) ?? [];
  if (wholes.length === 0) return [];
  const [began, done] = [0, model.effects.length].map((moment) => model.tree(moment, [], new Map()).build()) as [Tree, Tree];
  return wholes.filter((folder) => ![began, done].some((tree) => isAsIn(tree, machine.root, folder)));
}

function isAsIn(tree: Tree, root: string, folder: string): boolean {
  const isFolder = fs.statSync(path.join(root, folder)).isDirectory();
  const below = isFolder ? (fs.readdirSync(path.join(root, folder), { recursive: true }) as string[]) : [];
  const names = [folder, ...below.map((name) => path.join(folder, name))];
  const expected = [...tree.keys()].filter((name) => name === folder || name.startsWith(folder + path.sep));
  const isSame = (name: string): boolean => {
    const content = tree.get(name);
    return content === null || content?.bytes.equals(fs.readFileSync(path.join(root, name))) === true;
  };
  return names.length === expected.length && names.every(isSame);
}

function damagedDatabases({ codexHome }: Machine): string[] {
  const files = fs.readdirSync(codexHome, { recursive: true }) as string[];
  return files.flatMap((name) => {
    if (!name.endsWith('.sqlite') || name.startsWith('sync-journal')) return [];
    const database = new Database(path.join(codexHome, name));
    try {
      const answer = database.pragma('integrity_check', { simple: true });
      return answer === 'ok' ? [] : [`${name}: ${answer}`];
    } finally {
      database.close();
    }
  });
}

/** So many states are followed by the run itself. */
const EVERY = 10;

/** What was interrupted can be done. */
function again({ scenario, prepared, after }: Recorded, state: CrashState): Judged['wrong'] {
  try {
    scenario.work(prepared);
    const why = differences(settledState(prepared.machine), after);
    return why.length === 0 ? [] : [{ state, why: ['done again it ends otherwise:', ...why] }];
  } catch (error) {
    return [{ state, why: [`it cannot be done again: ${(error as Error).message}`] }];
  }
}

export type Judged = { states: number; before: number; after: number; wrong: { state: CrashState; why: string[] }[] };

/** `choose`: which states are tried, given whether nothing is on the disk that was not synced. After the first one that ends as after, none may end as before once the run had told its end. */
export function judgeAll(
  recorded: Recorded,
  mixtures: number,
  seed: number,
  choose: (isBare: boolean) => boolean,
  tell: (judged: Judged) => void = () => {},
): Judged {
  const judged: Judged = { states: 0, before: 0, after: 0, wrong: [] };
  for (const state of crashStates(recorded.model, mixtures, seed, choose)) {
    judged.states++;
    const verdict = judge(recorded, state);
    if (verdict.is === 'wrong') judged.wrong.push({ state, why: verdict.why });
    else judged[verdict.is]++;
    if (verdict.is === 'before' && judged.states % EVERY === 0) judged.wrong.push(...again(recorded, state));
    const isOver = state.moment === recorded.model.effects.length;
    if (isOver && verdict.is === 'before' && differences(recorded.before, recorded.after).length > 0)
      judged.wrong.push({ state, why: ['what was told to be done is undone'] });
    tell(judged);
  }
  return judged;
}
