import { describe, expect, test } from 'vitest';
import { inverseOf, type Operation } from '../../../scripts/lib/domain/operation/operation.ts';

const file = '/home/jw/.codex/sessions/x.jsonl';
const state = { size: 12, mtime: 1795255689724.25, digest: 'sha256:a' };
const [shorter, longer] = [
  { size: 5, mtime: 1 },
  { size: 12, mtime: 2.5 },
];
const row = { id: 'a', tokens: 9007199254740993n, blob: Buffer.from([0, 1]) };

const pairs: [Operation, Operation][] = [
  [
    { kind: 'make_directory', path: '/x' },
    { kind: 'remove_directory', path: '/x' },
  ],
  [
    { kind: 'create_file', path: file, staged: 'staged/0', after: state },
    { kind: 'remove_file', path: file, kept: 'staged/0', before: state },
  ],
  [
    { kind: 'append_file', path: file, staged: 'staged/0', before: shorter, after: longer, appended: 'sha256:b' },
    { kind: 'truncate_file', path: file, kept: 'staged/0', before: longer, after: shorter, appended: 'sha256:b' },
  ],
  [
    { kind: 'move_file', path: '/a', to: '/b' },
    { kind: 'move_file', path: '/b', to: '/a' },
  ],
  [
    { kind: 'index_entry', path: '/i', line: '{"id":"a"}', action: 'add' },
    { kind: 'index_entry', path: '/i', line: '{"id":"a"}', action: 'remove' },
  ],
  [
    { kind: 'row', database: 'state', table: 'threads', key: { id: 'a' }, before: null, after: row },
    { kind: 'row', database: 'state', table: 'threads', key: { id: 'a' }, before: row, after: null },
  ],
  [
    { kind: 'row', database: 'history', table: 't', key: { id: 'a' }, before: { ...row, n: 1 }, after: { ...row, n: 2 } },
    { kind: 'row', database: 'history', table: 't', key: { id: 'a' }, before: { ...row, n: 2 }, after: { ...row, n: 1 } },
  ],
];

describe('an operation', () => {
  test.each(pairs.map(([one, other]) => [`${one.kind} and ${other.kind}`, one, other] as const))(
    'is taken back: %s',
    (_kinds, one, other) => {
      expect(inverseOf(one)).toEqual(other);
      expect(inverseOf(other)).toEqual(one);
    },
  );

  test.each(pairs.flat().map((operation) => [operation.kind, operation] as const))(
    'is itself when taken back twice: %s',
    (_kind, operation) => {
      expect(inverseOf(inverseOf(operation) as Operation)).toEqual(operation);
    },
  );

  test('that made the sidecar stays', () => {
    expect(inverseOf({ kind: 'create_database', path: '/s', staged: 'staged/1' })).toBeNull();
  });
});
