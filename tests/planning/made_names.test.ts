// "… (incoming branch, …)" is a name that this tool gives, so that two sessions are told apart. It is nobody's wish, and travels as what it is.

import fs from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { packup } from '../../scripts/lib/commands/packup/packup.ts';
import { conversation, withTurn } from '../fixtures/conversation.ts';
import {
  addSession,
  changeSidecar,
  homeOf,
  inState,
  type Machine,
  makeMachine,
  NOW,
  removeMachine,
  syncNow,
  threadRow,
  writePackage,
} from '../fixtures/machine.ts';

type Version = '0.117.0' | '0.145.0' | '0.169.0';
type Person = { machine: Machine; version: Version; packs: 'as today' | 'as before'; natives: string[]; named: Set<string> };

const people: Person[] = [];
afterEach(() => {
  for (const { machine } of people.splice(0)) removeMachine(machine);
});

function person(version: Version = '0.169.0', packs: Person['packs'] = 'as today'): Person {
  const made: Person = { machine: makeMachine(version), version, packs, natives: [], named: new Set() };
  people.push(made);
  return made;
}

const talk = conversation('talk', '/home/far/project', ['first']);
let turns = 0;
let clock = NOW.getTime();
function later(): Date {
  clock += 60_000;
  return new Date(clock);
}

function begin({ machine, natives }: Person, seed = 'talk', name: string | null = null): string {
  const { id } = seed === 'talk' ? talk : conversation(seed, talk.cwd, ['first']);
  addSession(machine, conversation(seed, talk.cwd, ['first']), { name });
  natives.push(id);
  return id;
}

function goOn({ machine }: Person, id: string): void {
  const file = String(threadRow(machine, id)?.rollout_path);
  const lines = fs.readFileSync(file, 'utf8').split('\n').slice(0, -1);
  const more = withTurn({ id: id as typeof talk.id, cwd: talk.cwd, lines, prompts: [] }, `turn ${turns++}`);
  fs.writeFileSync(file, more.lines.map((line) => `${line}\n`).join(''));
}

const indexOf = ({ codexHome }: Machine): string => path.join(codexHome, 'session_index.jsonl');

function indexName({ machine }: Person, id: string): string | null {
  if (!fs.existsSync(indexOf(machine))) return null;
  const lines = fs.readFileSync(indexOf(machine), 'utf8').split('\n').filter(Boolean);
  const names = lines.map((line) => JSON.parse(line) as { id: string; thread_name: string }).filter((line) => line.id === id);
  return names.at(-1)?.thread_name ?? null;
}

/** As that Codex does it (references/codex-on-disk.md, names). */
function rename(one: Person, id: string, name: string): void {
  const column = { '0.117.0': null, '0.145.0': 'title', '0.169.0': 'name' }[one.version];
  if (column) inState(one.machine, (open) => void open.prepare(`UPDATE threads SET ${column} = ? WHERE id = ?`).run(name, id));
  const line = { id, thread_name: name, updated_at: later().toISOString() };
  fs.appendFileSync(indexOf(one.machine), `${JSON.stringify(line)}\n`);
  one.named.add(id);
}

/** What that Codex shows; null where it shows the first message. */
function shown(one: Person, id: string): string | null {
  const row = threadRow(one.machine, id) ?? {};
  if (one.version === '0.169.0') return (row.name as string | null) ?? null;
  const title = one.version === '0.145.0' && row.title !== row.first_user_message ? (row.title as string) : null;
  return title ?? indexName(one, id);
}

const sessionsOf = ({ machine }: Person): string[] =>
  inState(machine, (open) => open.prepare('SELECT id FROM threads ORDER BY id').pluck().all() as string[]);

let packages = 0;
function pack({ machine, packs }: Person): string {
  const output = path.join(machine.root, `out-${packages++}`);
  packup(homeOf(machine), { cwdFilter: null, threadIds: [], all: true }, output, later());
  if (packs === 'as today') return output;
  const file = path.join(output, 'package_manifest.json');
  const { sync: _, ...manifest } = JSON.parse(fs.readFileSync(file, 'utf8')) as Record<string, unknown>;
  fs.writeFileSync(file, JSON.stringify(manifest));
  return output;
}

const syncFrom = (from: Person, to: Person) => syncNow(to.machine, pack(from), {}, later());

/** A has the session, B has it from A, and both went on. */
function parted(a: Person, b: Person, name: string | null = null): void {
  begin(a, 'talk', name);
  syncFrom(a, b);
  b.natives.push(talk.id);
  for (const one of [a, b]) goOn(one, talk.id);
}

const others = (one: Person): string[] => sessionsOf(one).filter((id) => id !== talk.id);

describe('a branch that comes back to where its session is from', () => {
  test.each<[string, Person['packs']]>([
    ['packed by this version', 'as today'],
    ['packed by another tool or an older version', 'as before'],
  ])('leaves that session without a name, round after round: %s', (_what, packs) => {
    const [a, b] = [person('0.169.0', packs), person('0.169.0', packs)];
    parted(a, b);
    for (let round = 0; round < 3; round++) {
      syncFrom(a, b);
      syncFrom(b, a);
      for (const one of [a, b]) goOn(one, talk.id);
    }
    for (const one of [a, b]) {
      expect(shown(one, talk.id)).toBeNull();
      expect(others(one).map((id) => shown(one, id))).toEqual([expect.stringMatching(/^first \(incoming branch, [^()]+ UTC\)$/)]);
    }
  });

  test('keeps the name that a user gave the session, and brings the one that a user gave the branch', () => {
    const [a, b] = [person(), person()];
    parted(a, b, 'Plant');
    syncFrom(a, b);
    syncFrom(b, a);
    syncFrom(a, b);
    expect([a, b].map((one) => shown(one, talk.id))).toEqual(['Plant', 'Plant']);
  });

  test('brings the name that a user gave the branch to a session that has none', () => {
    const [a, b] = [person(), person()];
    parted(a, b);
    syncFrom(a, b);
    syncFrom(b, a);
    const branch = others(b)[0] as string;
    rename(b, branch, 'What A thinks');
    syncFrom(b, a);
    expect(shown(a, talk.id)).toBe('What A thinks');
    expect(shown(b, talk.id)).toBeNull();
  });

  test('brings a name that only looks like ours, where the user made it out of ours', () => {
    const [a, b] = [person(), person()];
    parted(a, b);
    syncFrom(a, b);
    syncFrom(b, a);
    const branch = others(b)[0] as string;
    const edited = (shown(b, branch) as string).replace('first', 'Garden');
    rename(b, branch, edited);
    syncFrom(b, a);
    expect(shown(a, talk.id)).toBe(edited);
  });
});

test('a branch of a branch is marked once', () => {
  const [a, b, c] = [person(), person(), person()];
  parted(a, b);
  syncFrom(a, b);
  begin(c);
  goOn(c, talk.id);
  syncFrom(b, c);
  const names = others(c).map((id) => shown(c, id));
  expect(names).toHaveLength(2);
  for (const name of names) expect(name).toMatch(/^first \(incoming branch, [^()]+ UTC\)$/);
});

test('a branch that arrives where nothing of it is keeps its mark, and a later name of the user takes its place', () => {
  const [a, b, c] = [person(), person(), person()];
  parted(a, b);
  syncFrom(a, b);
  syncFrom(b, c);
  const [ofB] = others(b) as [string];
  expect(shown(c, ofB)).toBe(shown(b, ofB));
  syncFrom(c, a);
  expect(shown(a, talk.id)).toBeNull();
  rename(a, talk.id, 'Plant');
  syncFrom(a, c);
  expect(shown(c, ofB)).toBe('Plant');
});

test('a session that got such a name from an older version of this tool passes it on to nobody', () => {
  const [a, b] = [person(), person()];
  parted(a, b);
  syncFrom(a, b);
  const made = shown(b, others(b)[0] as string) as string;
  inState(b.machine, (open) => void open.prepare('UPDATE threads SET name = ?, title = ? WHERE id = ?').run(made, made, talk.id));
  changeSidecar(b.machine, `UPDATE sync_points SET name = '${made}' WHERE thread_id = '${talk.id}'`);
  syncFrom(b, a);
  for (const id of others(a)) expect(shown(a, id)).toMatch(/^first \(incoming branch, [^()]+\)$/);
  expect(shown(a, talk.id)).toBeNull();
  rename(a, others(a)[0] as string, 'Plant');
  syncFrom(a, b);
  expect(shown(b, talk.id)).toBe('Plant');
});

test('a branch that was gone on with is still called by its own name where the row lost it', () => {
  const [a, b] = [person(), person()];
  parted(a, b, 'Plant');
  syncFrom(a, b);
  const branch = others(b)[0] as string;
  const made = shown(b, branch);
  goOn(a, talk.id);
  syncFrom(a, b);
  inState(b.machine, (open) => void open.prepare('UPDATE threads SET name = NULL, title = first_user_message').run());
  fs.rmSync(indexOf(b.machine));
  goOn(a, talk.id);
  syncFrom(a, b);
  expect(shown(b, branch)).toBe(made);
});

test('words of a user that are not exactly ours are the name of the session everywhere', () => {
  const [a, b] = [person(), person()];
  for (const [at, name] of ['Notes (incoming branch)', 'A (incoming branch, of the river)', 'incoming branch'].entries()) {
    const id = begin(a, `words ${at}`);
    rename(a, id, name);
    syncFrom(a, b);
    expect(shown(b, id)).toBe(name);
  }
});

test('a foreign package in which only the title or only the index has the made name names nothing', () => {
  const made = 'first (incoming branch, 2026-11-03 10:11 UTC)';
  for (const packed of [{ row: { title: made } }, { name: made }, { row: { title: made, name: made }, name: made }]) {
    const here = person();
    begin(here);
    syncNow(here.machine, writePackage(here.machine, [{ conversation: withTurn(talk, 'more'), ...packed }]), {}, later());
    expect(threadRow(here.machine, talk.id)).toMatchObject({ name: null, title: 'first' });
  }
});

type Step = { does: 'talk' | 'name' | 'begin' | 'sync' | 'sync back'; who: number; whom: number; what: number };
const step = fc.record<Step>({
  does: fc.constantFrom('talk', 'talk', 'name', 'begin', 'sync', 'sync', 'sync back'),
  who: fc.nat(3),
  whom: fc.nat(3),
  what: fc.nat(20),
});
const party = fc.array(
  fc.tuple(
    fc.constantFrom<Version>('0.169.0', '0.169.0', '0.145.0', '0.117.0'),
    fc.constantFrom<Person['packs']>('as today', 'as today', 'as before'),
  ),
  { minLength: 2, maxLength: 4 },
);

function take(all: Person[], { does, who, whom, what }: Step, given: Set<string>): void {
  const one = all[who % all.length] as Person;
  const other = all[whom % all.length] as Person;
  const own = sessionsOf(one);
  const id = own[what % own.length];
  if (does === 'begin') begin(one, `talk ${turns++}`);
  else if (does.startsWith('sync')) {
    if (one === other || own.length === 0) return;
    syncFrom(one, other);
    if (does === 'sync back') syncFrom(other, one);
  } else if (id && does === 'talk') goOn(one, id);
  else if (id) {
    const name = `name ${turns++}`;
    given.add(name);
    rename(one, id, name);
  }
}

function judge(all: Person[], given: ReadonlySet<string>): void {
  for (const one of all)
    for (const id of sessionsOf(one)) {
      const name = shown(one, id);
      const isUsers = name !== null && given.has(name);
      // What an unnamed session is listed by, in an index that this tool or its sibling filled.
      const isNone = name === null || name === 'first';
      if (one.named.has(id)) expect(isUsers, `${name} replaced a user's name`).toBe(true);
      else if (one.natives.includes(id)) expect(isUsers || isNone, `a session of here is called ${name}`).toBe(true);
      else expect(isUsers || isNone || /^[^()]+ \(incoming branch, [^()]+\)$/.test(name as string), String(name)).toBe(true);
    }
}

/** CODEX_SYNC_NAME_RUNS makes it look at more of them, CODEX_SYNC_NAME_SEED elsewhere. */
const RUNS = Number(process.env.CODEX_SYNC_NAME_RUNS ?? 3);
const SEED = Number(process.env.CODEX_SYNC_NAME_SEED ?? 1);

test(
  'whatever two to four machines do, no session of a user is ever called by a name that a tool made',
  () => {
    fc.assert(
      fc.property(party, fc.array(step, { minLength: 15, maxLength: 30 }), (kinds, steps) => {
        const all = kinds.map(([version, packs]) => person(version, packs));
        const given = new Set<string>();
        parted(all[0] as Person, all[1] as Person);
        try {
          for (const one of steps) {
            take(all, one, given);
            judge(all, given);
          }
        } finally {
          for (const { machine } of people.splice(0)) removeMachine(machine);
        }
      }),
      { numRuns: RUNS, seed: SEED, endOnFailure: true },
    );
  },
  RUNS * 40_000,
);
