import { appendFile } from 'node:fs/promises';
import path from 'node:path';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { childrenOf } from './lab/agents.ts';
import { type Machine, onScratchCopy } from './lab/codex_home.ts';
import type { CodexVersion } from './lab/codex_versions.ts';
import { middles, numbers, shapes } from './lab/damages.ts';
import { inLab } from './lab/lab.ts';
import { type Damage, openEach, plantDamaged } from './lab/opening.ts';
import { codexLists } from './lab/oracle.ts';
import { converse } from './lab/sessions.ts';
import { packAll, type Report, syncCliOk } from './lab/sync_cli.ts';
import { TwoMachines } from './stories/two_machines.ts';

const pick = (from: Record<string, Damage>, ...names: string[]): Record<string, Damage> =>
  Object.fromEntries(names.map((name) => [name, from[name]!]));

/** Every kind once; `CODEX_SYNC_DAMAGES=all` has them all, but for lines beyond what this tool reads. */
const all = process.env.CODEX_SYNC_DAMAGES === 'all';
const tooLong = ['line of 70 MB', 'record of 70 MB'];
const wholeHere = all
  ? { ...numbers, ...Object.fromEntries(Object.entries(middles).filter(([name]) => !tooLong.includes(name))) }
  : {
      ...pick(
        numbers,
        'none',
        'last missing',
        'from 100',
        'gap of one',
        'one twice',
        'restart at 0',
        'descending',
        'beyond 2^53',
        'all text',
      ),
      ...pick(
        middles,
        'garbage',
        'null',
        'array',
        'NUL run as a line',
        'NULs before a line',
        '200 levels',
        'CRLF',
        'NULs at the end, closed',
      ),
      ...pick(shapes, '20 blank lines before the first', 'first line: 125 levels in unknown field', 'first line: other order'),
    };
/** What Codex itself loses of these is not there for anybody. */
const lossy =
  /^(?:a second first line|two records on one line|middle |invalid UTF-8|(?:all|last) (?:decimal|text|negative|null))/;

test.each<CodexVersion>(all ? ['0.153.4', '0.155.0', '0.160.1', '0.165.0', '0.169.0', '0.171.0'] : ['0.153.4', '0.171.0'])(
  'whatever stands between the lines, and however they are numbered, Codex %s shows and sends every turn of what a sync made of it',
  (version) =>
    inLab(async (lab) => {
      const machines = await TwoMachines.meet(lab, version);
      const threads = await plantDamaged(machines.a, machines.folderA, wholeHere);
      await machines.syncOk(await packAll(machines.a, 'damaged'));
      const openings = await openEach(machines.b, lab.model, threads);
      const broken = Object.entries(openings).filter(
        ([name, { refused, turns, context, after }]) =>
          refused !== null || (!lossy.test(name) && (turns !== 2 || context !== 2 || after !== 3)),
      );
      expect(broken).toEqual([]);
    }),
);

const REFUSED = [
  'thread_spawn: no depth',
  'subagent: x',
  'git: numbers',
  'first line: truncated',
  'first line: BOM',
  'first line: lone surrogate',
  'first line: NUL in a text',
  'first line: 126 levels in unknown field',
  'torn first line before the first',
  'no session_meta',
];

test.each(['0.145.0', '0.171.0'] as const)('what Codex %s refuses is left out of a package, by name', (version) =>
  inLab(async (lab) => {
    const machines = await TwoMachines.meet(lab, version);
    const threads = await plantDamaged(machines.a, machines.folderA, pick(shapes, 'as it is', ...REFUSED));
    const report = await syncCliOk(machines.a, ['packup', '--all', '--output', path.join(machines.a.root, 'packed')]);
    const openings = await openEach(machines.a, lab.model, threads);
    for (const [name, id] of threads) {
      const isPacked = report.sessions.some(({ thread_id }) => thread_id === id);
      expect({ name, isPacked }).toEqual({ name, isPacked: openings[name]?.refused === null });
      if (!isPacked) expect(report.warnings.join('\n')).toContain(`${id} is left out`);
    }
  }),
);

test('a session that a Codex without ordinals went on in opens again after adopt --repair, in 0.169.0', () =>
  inLab(async (lab) => {
    const machines = await TwoMachines.meet(lab, '0.169.0');
    const ends = pick(numbers, 'last missing', 'last three missing');
    const threads = await plantDamaged(machines.a, machines.folderA, ends);
    const before = await onScratchCopy(machines.a, () => openEach(machines.a, lab.model, threads));
    expect(Object.values(before).map(({ refused }) => refused?.includes('is missing an ordinal'))).toEqual([true, true]);
    await syncCliOk(machines.a, ['adopt', '--all', '--repair', '--execute']);
    await syncCliOk(machines.a, ['verify']);
    const after = await openEach(machines.a, lab.model, threads);
    expect(Object.values(after)).toMatchObject(Object.keys(ends).map(() => ({ refused: null, turns: 2, context: 2, after: 3 })));
  }));

async function v2Tree(
  machine: Machine,
  model: { script: (prompt: string, steps: (() => object | string)[]) => void },
  folder: string,
) {
  await appendFile(path.join(machine.codexHome, 'config.toml'), '\n[features]\nmulti_agent_v2 = true\n');
  const spawn = (task_name: string, more: object) => () => ({
    tool: 'spawn_agent',
    arguments: { task_name, message: 'a task', ...more },
  });
  model.script('delegate', [spawn('one', { fork_turns: 'none' }), spawn('two', {}), () => 'sleep 2']);
  const root = await converse(machine, folder, ['hello', 'delegate']);
  return { root, children: await childrenOf(machine, root) };
}

function rowsOf(machine: Machine, ids: string[]): unknown[] {
  const database = new Database(path.join(machine.databases, 'state_5.sqlite'), { readonly: true });
  try {
    const row = database.prepare('SELECT title, preview, first_user_message, name, thread_source FROM threads WHERE id = ?');
    return ids.map((id) => row.get(id));
  } finally {
    database.close();
  }
}

test.each<CodexVersion>(all ? ['0.153.4', '0.160.1', '0.169.0', '0.171.0'] : ['0.171.0'])(
  'agents of multi_agent_v2 arrive as Codex %s has them: in no list but their parent’s, and verify says that nothing is wrong with them',
  (version) =>
    inLab(async (lab) => {
      const machines = await TwoMachines.meet(lab, version);
      const tree = await v2Tree(machines.a, lab.model as never, machines.folderA);
      expect(tree.children).toHaveLength(2);
      await machines.syncOk(await packAll(machines.a, 'tree'));
      expect(rowsOf(machines.b, tree.children)).toEqual(rowsOf(machines.a, tree.children));
      for (const child of tree.children) expect(await codexLists(machines.b, child)).toEqual({ active: 0, archived: 0 });
      expect(await childrenOf(machines.b, tree.root)).toEqual(tree.children);
      await syncCliOk(machines.b, ['verify']);
      const verified = (await syncCliOk(
        machines.b,
        ['verify', '--with-codex', machines.b.codexBin],
        machines.b.environment,
      )) as Report & {
        with_codex: { sessions: { thread_id: string; resumed: boolean; listed: boolean }[] };
      };
      expect(verified.with_codex.sessions.map(({ resumed, listed }) => [resumed, listed])).toEqual([
        [true, true],
        [true, true],
        [true, true],
      ]);
      const alone = ['verify', '--thread-id', tree.children[0]!, '--with-codex', machines.b.codexBin];
      await syncCliOk(machines.b, alone, machines.b.environment);
    }),
);
