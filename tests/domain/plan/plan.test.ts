import { describe, expect, test } from 'vitest';
import { digestPlan, type PlannedChange, type PlannedSession } from '../../../scripts/lib/domain/plan/plan.ts';

const session: PlannedSession = {
  thread_id: 'a',
  title: 'first question',
  classification: 'fast_forward_import',
  reason: 'incoming has 14 more lines',
  reason_code: 'incoming_longer',
  action: 'append',
  local_thread_id: 'a',
  local_name: null,
  lineage_id: 'l',
  lines: { shared: 41, incoming_only: 14, local_only: 0 },
  turns: { shared: 3, incoming_only: 1, local_only: 0 },
  cwd: { source: 'C:\\x', local: '/x', rule: 'map-path', exists: true },
  model_provider: { id: 'openai', configured: true },
  permissions: null,
  warnings: [],
};
const row = { id: 'a', tokens: 9007199254740993n, updated_at: 1 };
const change: PlannedChange = {
  thread_id: 'a',
  change: {
    kind: 'operation',
    operation: { kind: 'row', database: 'state', table: 'threads', key: { id: 'a' }, before: null, after: row },
  },
};
const digest = (sessions = [session], changes = [change], packaged = 'sha256:p'): string =>
  digestPlan({ sessions, changes }, packaged);
const changed = (after: object): PlannedChange[] => {
  const copy = structuredClone(change);
  Object.assign((copy.change as { operation: { after: object } }).operation.after, after);
  return [copy];
};

describe('the digest of a plan', () => {
  test('is stable', () => {
    expect(digest()).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(digest(structuredClone([session]), structuredClone([change]))).toBe(digest());
  });

  test('changes with the ids that a rollout gets', () => {
    const create = (id: string): PlannedChange =>
      ({
        thread_id: 'a',
        change: { kind: 'create_rollout', localization: { ids: new Map([['a', id]]) } },
      }) as unknown as PlannedChange;
    expect(digest([session], [create('b')])).not.toBe(digest([session], [create('c')]));
  });

  test('says where a packed file lies within the package, wherever that lies', () => {
    const packed = (folder: string): PlannedChange =>
      ({
        thread_id: 'a',
        change: { kind: 'create_rollout', lines: { source: { ranges: [{ file: `${folder}/sessions/x` }] } } },
      }) as never;
    const at = (folder: string, file = folder): string =>
      digestPlan({ sessions: [session], changes: [packed(file)] }, 'sha256:p', folder);
    expect(at('/tmp/one')).toBe(at('/tmp/two'));
    expect(at('/tmp/one', '/tmp/two')).not.toBe(at('/tmp/one'));
    expect(at('/tmp/one', '/tmp/one/deeper')).not.toBe(at('/tmp/one'));
  });

  test.each<[string, string]>([
    ['the package', digest([session], [change], 'sha256:q')],
    ['the action', digest([{ ...session, action: 'branch' }])],
    ['a count', digest([{ ...session, lines: { ...session.lines, incoming_only: 15 } }])],
    ['a folder', digest([{ ...session, cwd: { ...session.cwd, local: '/y' } }])],
    ['a warning', digest([{ ...session, warnings: ['x'] }])],
    ['a session less', digest([])],
    ['a change less', digest([session], [])],
    ['a change more', digest([session], [change, change])],
    ['whose change it is', digest([session], [{ ...change, thread_id: null }])],
    ['a value that is written', digest([session], changed({ updated_at: 2 }))],
    ['a digit beyond 2^53', digest([session], changed({ tokens: 9007199254740992n }))],
    ['null for a value', digest([session], changed({ updated_at: null }))],
    ['a string for a number', digest([session], changed({ updated_at: '1' }))],
    ['a string for a bigint', digest([session], changed({ tokens: '9007199254740993n' }))],
  ])('changes with %s', (_what, other) => expect(other).not.toBe(digest()));
});
