// What a package says is data. Bytes that break other readers arrive as they are, and values of the wrong type break nothing.

import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { packup } from '../../scripts/lib/commands/packup/packup.ts';
import { deriveThreadId } from '../../scripts/lib/domain/ids/thread_id.ts';
import {
  type Conversation,
  conversation,
  nextOrdinal,
  record,
  rolloutName,
  withOpening,
  withTurn,
} from '../fixtures/conversation.ts';
import { goalOf, PACKED, wholePackage } from '../fixtures/hostile_package.ts';
import {
  homeOf,
  inState,
  type Machine,
  NOW,
  planNow,
  rolloutOf,
  syncNow,
  threadRow,
  undoNow,
  writePackage,
} from '../fixtures/machine.ts';
import { machinesOfEachTest } from '../fixtures/machines.ts';
import { differences, snapshot, withoutJournal } from '../fixtures/snapshot.ts';

const machine = machinesOfEachTest();

const talk = conversation('content', '/home/far/project', ['hello']);

/** Ends of a record of the right ordinal that no `JSON.parse` and `JSON.stringify` give back. */
const ODD = {
  'a key that comes twice': '"a":1,"a":2}',
  'keys that are special in JavaScript': '"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}',
  'half a surrogate pair': '"a":"\\ud800 and \\udfff"}',
  'line separators': '"a":"\u2028\u2029\u0085"}',
  'a carriage return': '"a":1}\r',
  'numbers that a double does not hold':
    '"a":9007199254740993,"b":1.0,"c":1E400,"d":-0,"e":0.1000,"f":123456789012345678901234567890}',
  'escapes nobody needs': '"\\u0061":"\\/\\u0041"}',
  'spaces anywhere': '"a" : [ 1 ,\t2 ] }',
  'an escaped NUL': '"a":"\\u0000"}',
};

const withLine = (so_far: Conversation, end: string): Conversation => {
  const ordinal = nextOrdinal(so_far);
  const start = `{"timestamp":"2026-11-03T10:20:00.000Z","ordinal":${ordinal},"type":"event_msg","payload":{"type":"agent_message"},`;
  // Settings of this machine end it, so that a sync adds none.
  return withOpening({ ...so_far, lines: [...so_far.lines, start + end] });
};
const bytesOf = ({ lines }: Conversation): Buffer => Buffer.from(lines.map((line) => `${line}\n`).join(''));

describe('bytes survive a sync, a later sync and a packup:', () => {
  test.each(Object.entries(ODD))('%s', (_what, end) => {
    const here = machine();
    const odd = withLine(talk, end);
    const more = withLine(withLine(odd, ODD['keys that are special in JavaScript']), end);
    syncNow(here, writePackage(here, [{ conversation: odd }]));
    expect(fs.readFileSync(rolloutOf(here, talk))).toEqual(bytesOf(odd));
    syncNow(here, writePackage(here, [{ conversation: more }]));
    expect(fs.readFileSync(rolloutOf(here, talk))).toEqual(bytesOf(more));
    const output = path.join(here.root, 'packed');
    packup(homeOf(here), { cwdFilter: null, threadIds: [], all: true }, output, NOW);
    expect(fs.readFileSync(path.join(output, 'sessions', rolloutName(talk)))).toEqual(bytesOf(more));
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });
});

/** JSON of the wrong type for most columns. */
const WRONG = ['1.5', '1e400', '9007199254740993', '{"a":null}', 'null', '"text"', '"\\ud800"', '"99999999999999999999"'];

/** Each value of each row becomes `by`, but for the columns that say which row it is. */
function spoil(folder: string, name: string, by: string, kept: string[]): void {
  const file = path.join(folder, 'metadata', name);
  const rows = fs.readFileSync(file, 'utf8').trim().split('\n');
  const spoiled = rows.map((row) => {
    const cells = Object.entries(JSON.parse(row) as Record<string, unknown>).map(
      ([column, cell]) => `${JSON.stringify(column)}:${kept.includes(column) ? JSON.stringify(cell) : by}`,
    );
    return `{${cells.join(',')}}\n`;
  });
  fs.writeFileSync(file, spoiled.join(''));
}

/** Columns whose value has another type than the table declares: Codex reads with types. */
const mistyped = (here: Machine, table: string, file?: string): string[] =>
  inState(
    here,
    (database) => {
      const columns = database.prepare(`PRAGMA table_info(${table})`).all() as { name: string; type: string }[];
      return columns.flatMap(({ name, type }) => {
        const found = database.prepare(`SELECT DISTINCT typeof("${name}") AS is_ FROM ${table}`).all() as { is_: string }[];
        return found.flatMap(({ is_ }) => (is_ === type.toLowerCase() || is_ === 'null' ? [] : [`${name}: ${is_}`]));
      });
    },
    file,
  );

describe('metadata that has in every column', () => {
  test.each(WRONG)('%s gives sessions whose rows have the right types, and a rollback takes them away', (by) => {
    const here = machine();
    const folder = wholePackage(here);
    syncNow(here, folder);
    undoLatest(here);
    const before = withoutJournal(snapshot(here.codexHome));
    spoil(folder, 'threads.jsonl', by, ['id', 'rollout_path']);
    spoil(folder, 'session_index.jsonl', by, ['id']);
    spoil(folder, 'thread_dynamic_tools.jsonl', by, ['thread_id']);
    spoil(folder, 'thread_goals.jsonl', by, ['thread_id']);
    spoil(folder, 'thread_spawn_edges.jsonl', by, ['child_thread_id']);
    const { plan } = syncNow(here, folder);
    expect(plan.sessions.map(({ action }) => action)).toEqual(['create', 'create', 'create']);
    expect(mistyped(here, 'threads')).toEqual([]);
    expect(mistyped(here, 'thread_dynamic_tools')).toEqual([]);
    expect(mistyped(here, 'thread_goals', 'goals_1.sqlite')).toEqual([]);
    undoLatest(here);
    expect(differences(before, withoutJournal(snapshot(here.codexHome)))).toEqual([]);
  });

  test('a time beyond every calendar has the time of its file instead', () => {
    const here = machine();
    const row = { updated_at: 1e18, created_at: -5 };
    syncNow(here, writePackage(here, [{ conversation: talk, row, name: 'named' }]));
    const mtime = Math.trunc(fs.statSync(rolloutOf(here, talk)).mtimeMs / 1000);
    expect(mtime).toBeGreaterThan(1_700_000_000);
    expect(threadRow(here, talk.id)).toMatchObject({ created_at: Date.parse('2026-11-03T10:11:12Z') / 1000 });
  });

  test('two goals and two tools at one place are one', () => {
    const here = machine();
    const folder = wholePackage(here);
    const tool = (name: string) => ({ thread_id: talkOf(), position: 7, name, description: '', input_schema: '{}' });
    const talkOf = (): string => PACKED.parent.id;
    const lines = (rows: object[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join('');
    fs.writeFileSync(path.join(folder, 'metadata', 'thread_dynamic_tools.jsonl'), lines([tool('one'), tool('two')]));
    fs.writeFileSync(path.join(folder, 'metadata', 'thread_goals.jsonl'), lines([goalOf(talkOf()), goalOf(talkOf())]));
    syncNow(here, folder);
    const count = (table: string, file?: string): unknown =>
      inState(here, (database) => database.prepare(`SELECT count(*) AS n FROM ${table}`).get(), file);
    expect([count('thread_dynamic_tools'), count('thread_goals', 'goals_1.sqlite')]).toEqual([{ n: 1 }, { n: 1 }]);
  });
});

function undoLatest(here: Machine): void {
  const { threads } = undoNow(here);
  expect(threads.filter(({ outcome }) => outcome !== 'rolled_back')).toEqual([]);
  fs.rmSync(path.join(here.codexHome, 'sync-journal'), { recursive: true });
}

describe('a user message that is no text', () => {
  test.each(['5', 'null', '[]', '{}', '"text"', '[null]', '[5]', '[{"text":5}]', '[[]]'])('but %s breaks nothing', (content) => {
    const here = machine();
    const bare = conversation('odd', '/home/far/project', []);
    const line = (ordinal: number, payload: string): string =>
      `{"timestamp":"x","ordinal":${ordinal},"type":"event_msg","payload":${payload}}`;
    const item = line(1, `{"type":"item_completed","item":{"type":"UserMessage","content":${content}}}`);
    const message = line(2, `{"type":"user_message","message":${content}}`);
    const odd = { ...bare, lines: [...bare.lines, item, message] };
    const result = syncNow(here, writePackage(here, [{ conversation: withTurn(odd, 'words') }]));
    expect(result.plan.sessions[0]?.action).toBe('create');
    expect(typeof threadRow(here, odd.id)?.preview).toBe('string');
  });
});

/** Rollouts each of which continues the one before; the last one is the session. */
function chainOf(count: number): Conversation[] {
  const bases: Conversation[] = [];
  for (let at = 0; at < count; at++) {
    const one = conversation(`link ${at}`, '/home/far/project', []);
    const before = bases.at(-1);
    const end = before ? bytesOf(before).length : 0;
    const history = before ? { history_base: { thread_id: before.id, end_ordinal_exclusive: at + 1, end_byte_offset: end } } : {};
    const meta = JSON.parse(one.lines[0] as string) as { payload: object };
    const lines = [record(at, 'session_meta', { ...meta.payload, ...history }), record(at + 1, 'event_msg', { type: 'x' })];
    bases.push({ ...one, id: deriveThreadId(Date.parse('2026-11-03T10:11:12Z'), `link ${at}`), lines });
  }
  return bases;
}

describe('a chain of', () => {
  test.each<[number, string]>([
    [500, 'new_lineage'],
    [10_000, 'invalid'],
  ])('%i packed files is %s', (count, classification) => {
    const here = machine();
    const chain = chainOf(count);
    const last = chain.pop() as Conversation;
    const { plan } = planNow(here, writePackage(here, [{ conversation: last, bases: chain }]));
    expect(plan.sessions[0]).toMatchObject({ classification });
    if (classification === 'invalid') expect(plan.sessions[0]?.reason).toContain('more than 1000 files');
  });

  test('two that continue each other is invalid', () => {
    const here = machine();
    const [one, two] = chainOf(2) as [Conversation, Conversation];
    const base = `"history_base":{"thread_id":"${two.id}","end_ordinal_exclusive":2,"end_byte_offset":${bytesOf(two).length}}`;
    const circle = { ...one, lines: one.lines.map((line) => line.replace('"payload":{', `"payload":{${base},`)) };
    const { plan } = planNow(here, writePackage(here, [{ conversation: two, bases: [circle] }]));
    expect(plan.sessions[0]).toMatchObject({ classification: 'invalid', reason: expect.stringContaining('which') });
  });
});
