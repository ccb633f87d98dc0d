import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalDigest } from '../../../scripts/lib/domain/compare/canonical_line.ts';
import { relate } from '../../../scripts/lib/domain/compare/lineage.ts';
import type { Relation } from '../../../scripts/lib/domain/compare/relation.ts';
import { localizeLine } from '../../../scripts/lib/domain/localize/localize_line.ts';
import { readHead } from '../../../scripts/lib/domain/rollout/rollout_line.ts';
import { asSession, ownIds, rulesFrom } from '../../fixtures/path_rules.ts';
import { bookkeeping, idFrom, type Mode, placeAt, type Record_, recordsOf, turns } from '../../fixtures/records_at_places.ts';
import { asPython, atRandom, jsonl, linesOf, randomFrom } from '../../fixtures/spelling.ts';

const WINDOWS = placeAt('C:\\Users\\jian\\Documents\\R\\x', 'there');
const LOCAL = placeAt('/home/jw/Documents/R/x', 'here');

const talk = (mode: Mode, place = LOCAL, count = 3): Record_[] => recordsOf(mode, place, turns(count));
const related = (local: Buffer | string, incoming: Buffer | string): Relation => relate(linesOf(local), linesOf(incoming));
/** Index of the line that begins turn `turn`. */
const turnAt = (records: Record_[], turn: number): number =>
  records.flatMap((record, at) => (record.payload.type === 'task_started' ? [at] : []))[turn] as number;
const sides = (shared: number, local_only: number, incoming_only: number) => ({ shared, local_only, incoming_only });
const settingsLine = (mark: number): Record_ => bookkeeping(LOCAL, mark);

describe.each<Mode>(['legacy', 'paginated'])('two %s transcripts', (mode) => {
  const whole = talk(mode);
  const two = whole.slice(0, turnAt(whole, 2));
  const history = (records: Record_[]): number =>
    records.filter(({ type, payload }) => {
      const text = JSON.stringify(payload);
      const isPreamble = ['session_meta', 'turn_context', 'world_state'].includes(type) || text.includes('"role":"developer"');
      return !isPreamble && !/environment_context|"token_count"|"thread_settings_applied"/.test(text);
    }).length;

  test('with the same bytes are identical', () => {
    expect(related(jsonl(whole), jsonl(whole))).toMatchObject({
      lines: sides(whole.length, 0, 0),
      turns: sides(3, 0, 0),
      sharedHistory: history(whole),
      sharedInherited: 0,
      localAhead: 0,
      incomingAhead: 0,
      incomingResumesAt: jsonl(whole).length,
      firstIncomingOnly: null,
      firstLocalOnlyAt: null,
    });
  });

  test('where incoming is a prefix: only local goes on', () => {
    const more = whole.length - two.length;
    expect(related(jsonl(whole), jsonl(two))).toMatchObject({
      lines: sides(two.length, more, 0),
      turns: sides(2, 1, 0),
      sharedHistory: history(two),
      sharedInherited: 0,
      localAhead: more,
      incomingAhead: 0,
      incomingResumesAt: jsonl(two).length,
      firstIncomingOnly: null,
      firstLocalOnlyAt: jsonl(two).length,
    });
  });

  test('where local is a prefix: the append begins at the first line that local lacks', () => {
    const more = whole.length - two.length;
    const first = whole[two.length] as Record_;
    expect(related(jsonl(two), jsonl(whole))).toMatchObject({
      lines: sides(two.length, 0, more),
      turns: sides(2, 0, 1),
      sharedHistory: history(two),
      sharedInherited: 0,
      localAhead: 0,
      incomingAhead: more,
      incomingResumesAt: jsonl(two).length,
      firstIncomingOnly: {
        offset: jsonl(two).length,
        timestamp: first.timestamp,
        digest: canonicalDigest(Buffer.from(JSON.stringify(first))),
      },
      firstLocalOnlyAt: null,
    });
  });

  test('that both went on differ from the line where they parted, for good', () => {
    const other = recordsOf(mode, LOCAL, [...turns(2), { words: 'else', answer: 'x' }, { words: 'more', answer: 'y' }], 'talk');
    const parted = [...two, ...other.slice(two.length).map((record) => ({ ...record, timestamp: `${record.timestamp} later` }))];
    const relation = related(jsonl(whole), jsonl(parted));
    expect(relation).toMatchObject({
      lines: sides(two.length, whole.length - two.length, parted.length - two.length),
      turns: sides(2, 1, 2),
      localAhead: whole.length - two.length,
      incomingAhead: parted.length - two.length,
      incomingResumesAt: jsonl(two).length,
      firstLocalOnlyAt: jsonl(two).length,
    });
    expect(relation.firstIncomingOnly?.offset).toBe(jsonl(two).length);
  });

  test('share nothing behind a line that only one of them has', () => {
    const later = { ...(two.at(-1) as Record_), timestamp: 'later' };
    const inserted = [...two, later, ...whole.slice(two.length)];
    for (const [local, incoming] of [
      [whole, inserted],
      [inserted, whole],
    ])
      expect(related(jsonl(local as Record_[]), jsonl(incoming as Record_[])).lines.shared).toBe(two.length);
  });

  test('on two machines, one of them written anew by Python, are identical', () => {
    const incoming = talk(mode, WINDOWS);
    const local = incoming.map((record) => {
      const bytes = Buffer.from(JSON.stringify(record));
      const localized = localizeLine(bytes, readHead(bytes), { rules: rulesFrom(), ...ownIds }, null);
      return `${asPython(JSON.parse(localized.toString()))}\n`;
    });
    expect(related(local.join(''), jsonl(incoming))).toMatchObject({
      lines: sides(whole.length, 0, 0),
      localAhead: 0,
      incomingAhead: 0,
      incomingResumesAt: jsonl(incoming).length,
    });
  });

  test('that share a mere preamble share no history', () => {
    const preamble = whole.slice(0, 1).concat(whole.slice(turnAt(whole, 0) + 1, turnAt(whole, 0) + 4));
    const other = preamble.concat(recordsOf(mode, LOCAL, turns(1, 'other'), 'other').slice(-3));
    const relation = related(jsonl(preamble.concat(whole.slice(-3))), jsonl(other));
    expect(relation.lines.shared).toBe(4);
    expect(relation.sharedHistory).toBe(0);
    expect(relation.localAhead).toBe(3);
    expect(relation.incomingAhead).toBe(3);
  });

  test.each([
    ['at the end', whole.length, 0],
    ['in the middle', Math.floor(whole.length / 2), 0],
    ['right after the first line', 1, 0],
  ])('differ only in bookkeeping of one side %s: nobody is ahead', (_where, at) => {
    const opened = [...whole.slice(0, at), settingsLine(1), settingsLine(2), ...whole.slice(at)];
    expect(related(jsonl(opened), jsonl(whole))).toMatchObject({
      lines: sides(whole.length, 2, 0),
      localAhead: 0,
      incomingAhead: 0,
      incomingResumesAt: jsonl(whole).length,
      firstLocalOnlyAt: null,
    });
    expect(related(jsonl(whole), jsonl(opened))).toMatchObject({
      lines: sides(whole.length, 0, 2),
      localAhead: 0,
      incomingAhead: 0,
      incomingResumesAt: jsonl(at === whole.length ? whole : opened).length,
      firstIncomingOnly: null,
    });
  });

  test('still fast-forward where local was merely opened at the end', () => {
    const relation = related(jsonl([...two, settingsLine(1)]), jsonl(whole));
    expect(relation).toMatchObject({ lines: sides(two.length, 1, whole.length - two.length), localAhead: 0 });
    expect(relation.incomingResumesAt).toBe(jsonl(two).length);
  });

  test('append the bookkeeping too that stands before the first line which local lacks', () => {
    const incoming = [...two, settingsLine(1), ...whole.slice(two.length)];
    const relation = related(jsonl(two), jsonl(incoming));
    expect(relation.incomingResumesAt).toBe(jsonl(two).length);
    expect(relation.incomingAhead).toBe(whole.length - two.length);
    expect(relation.firstIncomingOnly?.offset).toBe(jsonl(incoming.slice(0, two.length + 1)).length);
  });

  test('line up where each was opened at another time at the same place', () => {
    const local = [...two, settingsLine(1), ...whole.slice(two.length)];
    const incoming = [...two, settingsLine(2), settingsLine(3), ...whole.slice(two.length)];
    expect(related(jsonl(local), jsonl(incoming))).toMatchObject({
      lines: sides(whole.length, 1, 2),
      localAhead: 0,
      incomingAhead: 0,
    });
  });

  test('where the last local line is torn: it is not there yet', () => {
    const torn = jsonl(whole).subarray(0, jsonl(whole.slice(0, -1)).length + 40);
    const relation = related(torn, jsonl(whole));
    expect(relation).toMatchObject({ localAhead: 0, incomingAhead: 1, firstLocalOnlyAt: null });
    expect(relation.incomingResumesAt).toBe(jsonl(whole.slice(0, -1)).length);
    expect(relation.lines.shared).toBe(whole.length - 1);
  });

  test('where the last incoming line is torn: it is not there yet', () => {
    const torn = jsonl(whole).subarray(0, jsonl(two).length + 40);
    const relation = related(jsonl(two), torn);
    expect(relation).toMatchObject({ localAhead: 0, incomingAhead: 0, firstIncomingOnly: null });
    expect(relation.incomingResumesAt).toBe(jsonl(two).length);
  });

  test('count no torn last line, neither as a line nor as a turn', () => {
    const torn = jsonl(whole).subarray(0, jsonl(two).length + 90);
    expect(related(torn, jsonl(two))).toMatchObject({ lines: sides(two.length, 0, 0), turns: sides(2, 0, 0) });
    expect(related(jsonl(two), torn)).toMatchObject({ lines: sides(two.length, 0, 0), turns: sides(2, 0, 0) });
  });

  test('with a last line that only lacks its newline are identical', () => {
    const open = jsonl(whole).subarray(0, -1);
    expect(related(open, jsonl(whole))).toMatchObject({
      lines: sides(whole.length, 0, 0),
      incomingResumesAt: jsonl(whole).length,
    });
    expect(related(jsonl(whole), open)).toMatchObject({ lines: sides(whole.length, 0, 0), incomingResumesAt: open.length });
  });

  test('line up where one side has a torn record in the middle, as a killed Codex leaves it', () => {
    const fragment = `${JSON.stringify(whole[two.length]).slice(0, 60)}\n`;
    const scarred = Buffer.concat([jsonl(two), Buffer.from(fragment), jsonl(whole.slice(two.length))]);
    expect(related(scarred, jsonl(whole))).toMatchObject({
      localAhead: 0,
      incomingAhead: 0,
      lines: { shared: whole.length },
      incomingResumesAt: jsonl(whole).length,
    });
    expect(related(jsonl(whole), scarred)).toMatchObject({
      localAhead: 0,
      incomingAhead: 0,
      lines: { shared: whole.length },
      incomingResumesAt: scarred.length,
    });
    expect(related(jsonl(two), scarred)).toMatchObject({ localAhead: 0, incomingAhead: whole.length - two.length });
  });

  test('pass over empty lines', () => {
    const spaced = `\n${jsonl(two).toString().replaceAll('\n', '\n\n')}`;
    expect(related(spaced, jsonl(two))).toMatchObject({ lines: sides(two.length, 0, 0) });
    expect(related(jsonl(two), spaced)).toMatchObject({ lines: sides(two.length, 0, 0) });
  });
});

describe('a transcript beside nothing', () => {
  const one = jsonl(talk('legacy', LOCAL, 1));
  const count = talk('legacy', LOCAL, 1).length;
  test('is all its own', () => {
    expect(related('', one)).toMatchObject({ lines: sides(0, 0, count), sharedHistory: 0, incomingResumesAt: 0 });
    expect(related(one, '')).toMatchObject({ lines: sides(0, count, 0), sharedHistory: 0, firstLocalOnlyAt: 0 });
    expect(related('', '')).toMatchObject({ lines: sides(0, 0, 0), sharedHistory: 0 });
  });

  test('of another conversation shares its first line at most, which proves nothing', () => {
    const other = recordsOf('legacy', placeAt('/home/jw/Documents/R/x', 'here'), turns(1, 'other'), 'other');
    const later = other.map((record, at) => ({ ...record, timestamp: new Date(Date.UTC(2027, 0, 1, 0, 0, at)).toISOString() }));
    expect(related(one, jsonl(later))).toMatchObject({ lines: { shared: 1 }, sharedHistory: 0 });
  });
});

test('a later session_meta on one side only puts nobody ahead', () => {
  const records = talk('legacy');
  const meta = { ...(records[0] as Record_), timestamp: '2026-11-22T00:00:00.000Z' };
  const updated = [...records.slice(0, 9), meta, ...records.slice(9)];
  expect(related(jsonl(updated), jsonl(records))).toMatchObject({ localAhead: 0, incomingAhead: 0 });
  expect(related(jsonl(records), jsonl(updated))).toMatchObject({ localAhead: 0, incomingAhead: 0 });
});

test('what a converted fork has from its parent is counted apart, though the first line of the parent follows its own', () => {
  const parent = talk('legacy', LOCAL, 1);
  const forked = { id: idFrom('fork'), forked_from_id: LOCAL.threadId, timestamp: '2027-01-01T00:00:00.000Z' };
  const own = {
    timestamp: '2027-01-01T00:00:01.000Z',
    type: 'response_item',
    payload: { type: 'function_call', call_id: 'own' },
  };
  const meta = parent[0] as Record_;
  const fork = jsonl([{ ...meta, payload: { ...meta.payload, ...forked } }, ...parent, own]);
  const { sharedHistory: inherited } = related(jsonl(parent), jsonl(parent));
  expect(related(fork, fork)).toMatchObject({ sharedInherited: inherited, sharedHistory: 1 });
});

describe('a random transcript that was localized, spelled anew and opened now and then', () => {
  const words = fc.string({ unit: 'grapheme', maxLength: 30 });
  const said = fc.array(fc.record({ words, answer: words }), { minLength: 1, maxLength: 5 });
  const mode = fc.constantFrom<Mode>('legacy', 'paginated');

  test('relates as it was built', () => {
    fc.assert(
      fc.property(mode, said, fc.nat(), fc.nat(), fc.nat(), fc.integer(), (kind, talked, a, b, c, seed) => {
        const random = randomFrom(seed);
        const base = recordsOf(kind, WINDOWS, talked);
        const shared = 1 + (a % base.length);
        // What is beyond is history only, so that the counts below are exact.
        const beyond = (side: string, count: number): Record_[] =>
          Array.from({ length: count }, (_, at) => ({
            timestamp: `2026-11-22T00:00:00.${String(at).padStart(3, '0')}Z`,
            ...(kind === 'paginated' ? { ordinal: shared + at } : {}),
            type: 'response_item',
            payload: { type: 'function_call', call_id: idFrom(`${side} ${at}`) },
          }));
        const [localMore, incomingMore] = [b % 3, c % 3];
        const opened = (records: Record_[], from: number): Record_[] =>
          records.flatMap((record, at) =>
            at > 0 && record.payload.type !== 'thread_settings_applied' && random() < 0.2
              ? [settingsLine(from + at), record]
              : [record],
          );
        const incoming = opened([...base.slice(0, shared), ...beyond('incoming', incomingMore)], 1000);
        const local = opened([...base.slice(0, shared), ...beyond('local', localMore)], 2000);
        const rules = rulesFrom();
        const session = asSession(WINDOWS.threadId, LOCAL.threadId, LOCAL.windowId);
        const here = local.map((record) => {
          const bytes = Buffer.from(JSON.stringify(record));
          const localized = localizeLine(bytes, readHead(bytes), { rules, ...session }, record.ordinal === undefined ? null : 7);
          return `${atRandom(JSON.parse(localized.toString()), Math.floor(random() * 2 ** 31))}\n`;
        });

        const relation = related(here.join(''), jsonl(incoming));
        expect({ local: relation.localAhead, incoming: relation.incomingAhead }).toEqual({
          local: localMore,
          incoming: incomingMore,
        });
        // A shared settings line may be told from an inserted one only by luck; every other line is found.
        const certain = base.slice(0, shared).filter(({ payload }) => payload.type !== 'thread_settings_applied').length;
        expect(relation.lines.shared).toBeGreaterThanOrEqual(certain);
        expect(relation.lines.shared + relation.lines.local_only).toBe(local.length);
        expect(relation.lines.shared + relation.lines.incoming_only).toBe(incoming.length);
        expect(relation.firstIncomingOnly === null).toBe(incomingMore === 0);
      }),
      { numRuns: 300 },
    );
  });

  test('is found prefix, whole and extension of itself in any spelling', () => {
    fc.assert(
      fc.property(mode, said, fc.nat(), fc.integer(), (kind, talked, a, seed) => {
        const base = recordsOf(kind, LOCAL, talked);
        const cut = 1 + (a % base.length);
        const respelled = base.slice(0, cut).map((record, at) => `${atRandom(record, seed + at)}\n`);
        const rest = base.length - cut;
        expect(related(respelled.join(''), jsonl(base))).toMatchObject({
          lines: sides(cut, 0, rest),
          incomingResumesAt: jsonl(base.slice(0, cut)).length,
        });
        expect(related(jsonl(base), respelled.join(''))).toMatchObject({
          lines: sides(cut, rest, 0),
          incomingAhead: 0,
          incomingResumesAt: Buffer.byteLength(respelled.join('')),
        });
      }),
      { numRuns: 200 },
    );
  });
});
