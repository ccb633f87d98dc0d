import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Conversation, conversation, textOf, withOpening, withTurn } from '../fixtures/conversation.ts';
import {
  addSession,
  inState,
  insert,
  type Machine,
  planNow,
  rolloutOf,
  syncNow,
  threadRow,
  writePackage,
} from '../fixtures/machine.ts';
import { machinesOfEachTest } from '../fixtures/machines.ts';
import { snapshot } from '../fixtures/snapshot.ts';

const machine = machinesOfEachTest();

const talk = conversation('one', '/home/far/project', ['first', 'second']);
const only = (result: { plan: { sessions: unknown[] } }) =>
  result.plan.sessions[0] as {
    classification: string;
    action: string;
    local_thread_id: string;
    reason: string;
    warnings: string[];
  };
const branchOf = (there: Machine, conversation_: Conversation): string => {
  const row = inState(there, (database) =>
    database.prepare('SELECT rollout_path FROM threads WHERE id <> ?').get(conversation_.id),
  ) as { rollout_path: string };
  return row.rollout_path;
};

describe('a session that is new here', () => {
  test('keeps its id, name of file and bytes where no path rule applies', () => {
    const here = machine();
    syncNow(here, writePackage(here, [{ conversation: talk }]));
    expect(fs.readFileSync(rolloutOf(here, talk), 'utf8')).toBe(textOf(talk));
  });

  test('has a row that Codex accepts: history mode, preview, local path, no machine-local columns, mtime = updated_at', () => {
    const here = machine();
    const row = {
      thread_section_id: 'theirs',
      project_id: 'theirs',
      creator_account_id: 'theirs',
      is_pinned: 1,
      preview: '',
      updated_at: 1_790_000_123,
    };
    syncNow(here, writePackage(here, [{ conversation: talk, row, name: 'My name' }]));
    expect(threadRow(here, talk.id)).toMatchObject({
      history_mode: 'paginated',
      preview: 'first',
      rollout_path: rolloutOf(here, talk),
      name: 'My name',
      title: 'My name',
      thread_section_id: null,
      project_id: null,
      creator_account_id: null,
      is_pinned: 0,
    });
    expect(fs.statSync(rolloutOf(here, talk)).mtimeMs).toBe(1_790_000_123_000);
    expect(fs.readFileSync(path.join(here.codexHome, 'session_index.jsonl'), 'utf8')).toContain('"thread_name":"My name"');
  });

  test('has its lines numbered without a gap, where some numbers are missing: Codex 0.153 shows no turn else', () => {
    const here = machine();
    const [first, ...rest] = talk.lines as [string, ...string[]];
    const odd = {
      ...talk,
      lines: [first, ...rest.map((line) => line.replace(/"ordinal":(\d+)/, (_, at) => `"ordinal":${+at + 7}`))],
    };
    expect(odd.lines[1]).not.toBe(talk.lines[1]);
    syncNow(here, writePackage(here, [{ conversation: odd }]));
    expect(fs.readFileSync(rolloutOf(here, odd), 'utf8')).toBe(textOf(talk));
  });

  test.each(['0.117.0', '0.145.0'] as const)('fits into the columns that Codex %s has', (version) => {
    const here = machine(version);
    syncNow(here, writePackage(here, [{ conversation: talk, row: { a_column_of_the_future: 'x' } }]));
    expect(threadRow(here, talk.id)).toMatchObject({ id: talk.id, cwd: talk.cwd });
  });

  test('writes only the rollout where Codex has made no database yet, and completes the row later', () => {
    const here = machine('never started');
    const folder = writePackage(here, [{ conversation: talk, name: 'My name' }]);
    const { plan } = syncNow(here, folder);
    expect(plan.warnings.join()).toContain('has no database yet');
    expect(fs.existsSync(path.join(here.codexHome, 'state_5.sqlite'))).toBe(false);
    const started = machine();
    fs.cpSync(path.join(started.codexHome, 'state_5.sqlite'), path.join(here.codexHome, 'state_5.sqlite'));
    inState(here, (database) =>
      insert(database, 'threads', {
        id: talk.id,
        rollout_path: rolloutOf(here, talk),
        created_at: 1,
        updated_at: 1,
        source: 'cli',
        model_provider: 'openai',
        cwd: talk.cwd,
        title: 'first',
        sandbox_policy: '{}',
        approval_mode: 'never',
        history_mode: 'paginated',
        preview: 'first',
      }),
    );
    expect(only(syncNow(here, folder)).warnings.join()).toContain('name');
    expect(threadRow(here, talk.id)).toMatchObject({ name: 'My name' });
  });

  test('takes the place of what an earlier thread of that id left in the projection', () => {
    const here = machine();
    const stale = { thread_id: talk.id, next_rollout_byte_offset: 999, next_rollout_ordinal: 9 };
    inState(here, (database) => insert(database, 'thread_history_projection_state', stale), 'thread_history_1.sqlite');
    syncNow(here, writePackage(here, [{ conversation: talk }]));
    expect(
      inState(
        here,
        (database) => database.prepare('SELECT * FROM thread_history_projection_state').all(),
        'thread_history_1.sqlite',
      ),
    ).toEqual([]);
  });

  test('gets its working folder below the user home, and only there', () => {
    const here = machine();
    const windows = conversation('w', 'C:\\Users\\jian\\Documents\\R\\x', ['first']);
    const { plan } = syncNow(here, writePackage(here, [{ conversation: windows }, { conversation: talk }]));
    expect(fs.existsSync(path.join(here.userHome, 'Documents', 'R', 'x'))).toBe(true);
    expect(fs.existsSync('/home/far')).toBe(false);
    expect(plan.sessions[1]?.warnings).toContain('its working folder does not exist on this machine');
  });
});

describe('a session that is here already', () => {
  test('is unchanged when the same package comes again, and nothing at all is written', () => {
    const here = machine();
    const folder = writePackage(here, [{ conversation: talk }]);
    syncNow(here, folder);
    const before = snapshot(here.root);
    const again = syncNow(here, folder);
    expect(only(again)).toMatchObject({ classification: 'unchanged', action: 'none' });
    expect(again.transactionId).toBeNull();
    expect(snapshot(here.root)).toEqual(before);
  });

  test('is unchanged when the package is older', () => {
    const here = machine();
    addSession(here, withTurn(talk, 'third here'));
    expect(only(syncNow(here, writePackage(here, [{ conversation: talk }])))).toMatchObject({
      classification: 'unchanged',
      reason: expect.stringContaining('older'),
    });
  });

  test('is unchanged, and without a sidecar too, when it was merely opened here', () => {
    const here = machine();
    addSession(here, withOpening(talk));
    expect(only(planNow(here, writePackage(here, [{ conversation: talk }]))).classification).toBe('unchanged');
  });

  test('grows by exactly the missing lines, localized, and keeps what the user changed', () => {
    const here = machine();
    const mapPaths = [{ from: '/home/far', to: path.join(here.userHome, 'near') }];
    syncNow(here, writePackage(here, [{ conversation: talk }]), { mapPaths });
    const before = fs.readFileSync(rolloutOf(here, talk));
    inState(here, (database) => database.exec("UPDATE threads SET name = 'mine', archived = 0, is_pinned = 1"));
    const longer = withTurn(talk, 'third there');
    const result = syncNow(here, writePackage(here, [{ conversation: longer, name: 'theirs', row: { tokens_used: 77 } }]));
    expect(only(result)).toMatchObject({ classification: 'fast_forward_import', action: 'append', local_thread_id: talk.id });
    const after = fs.readFileSync(rolloutOf(here, talk));
    expect(after.subarray(0, before.length).equals(before)).toBe(true);
    const appended = after.subarray(before.length).toString();
    expect(appended.trimEnd().split('\n')).toHaveLength(longer.lines.length - talk.lines.length);
    expect(appended).toContain(JSON.stringify(path.join(here.userHome, 'near', 'project')));
    expect(appended).not.toContain('/home/far/project');
    expect(threadRow(here, talk.id)).toMatchObject({ name: 'mine', is_pinned: 1, tokens_used: 77 });
  });

  test('goes on counting ordinals behind lines that only this machine has', () => {
    const here = machine();
    addSession(here, withOpening(talk));
    syncNow(here, writePackage(here, [{ conversation: withTurn(talk, 'third there') }]));
    const ordinals = fs
      .readFileSync(rolloutOf(here, talk), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as { ordinal: number }).ordinal);
    expect(ordinals).toEqual(ordinals.map((_, index) => index));
  });

  test('is closed with a newline first where a killed Codex left a torn line', () => {
    const here = machine();
    const file = addSession(here, talk);
    fs.appendFileSync(file, '{"timestamp":"2026-11-03T1');
    const longer = withTurn(talk, 'third there');
    expect(only(syncNow(here, writePackage(here, [{ conversation: longer }]))).classification).toBe('fast_forward_import');
    const lines = fs.readFileSync(file, 'utf8').trimEnd().split('\n');
    expect(lines[talk.lines.length]).toBe('{"timestamp":"2026-11-03T1');
    expect(lines.slice(talk.lines.length + 1)).toEqual(longer.lines.slice(talk.lines.length));
  });

  test('is found under another id by its content, with or without the sidecar', () => {
    const here = machine();
    const there = withTurn(talk, 'third there');
    addSession(here, withTurn(talk, 'third here'));
    const folder = writePackage(here, [{ conversation: there }]);
    const branch = only(syncNow(here, folder)).local_thread_id;
    fs.rmSync(path.join(here.codexHome, 'sync-sidecar'), { recursive: true });
    expect(only(planNow(here, folder))).toMatchObject({ classification: 'unchanged', local_thread_id: branch });
    expect(only(planNow(here, writePackage(here, [{ conversation: withTurn(there, 'fourth there') }])))).toMatchObject({
      classification: 'fast_forward_import',
      local_thread_id: branch,
    });
  });
});

describe('a session that went on at both ends', () => {
  const here_ = withTurn(talk, 'third here');
  const there = withTurn(talk, 'third there');

  test('becomes a branch with an id of its own; the local side keeps every byte', () => {
    const here = machine();
    const file = addSession(here, here_);
    const before = fs.readFileSync(file);
    const folder = writePackage(here, [{ conversation: there }]);
    const planned = only(planNow(here, folder));
    const done = only(syncNow(here, folder));
    expect(done).toMatchObject({ classification: 'diverged_lineage', action: 'branch' });
    expect(planned.local_thread_id).toBe(done.local_thread_id);
    expect(done.local_thread_id).not.toBe(talk.id);
    expect(fs.readFileSync(file).equals(before)).toBe(true);
    const meta = JSON.parse(fs.readFileSync(branchOf(here, talk), 'utf8').split('\n')[0] as string) as {
      payload: Record<string, unknown>;
    };
    expect(meta.payload).toMatchObject({ id: done.local_thread_id, session_id: done.local_thread_id });
    expect(threadRow(here, done.local_thread_id)?.name).toMatch(/^first \(incoming branch, 2026-11-03 10:11 UTC\)$/);
  });

  test('then each side is fast-forwarded by what extends it', () => {
    const here = machine();
    addSession(here, here_);
    const branch = only(syncNow(here, writePackage(here, [{ conversation: there }]))).local_thread_id;
    expect(only(syncNow(here, writePackage(here, [{ conversation: there }])))).toMatchObject({
      classification: 'unchanged',
      local_thread_id: branch,
    });
    expect(only(syncNow(here, writePackage(here, [{ conversation: withTurn(there, 'fourth there') }])))).toMatchObject({
      classification: 'fast_forward_import',
      local_thread_id: branch,
    });
    expect(only(syncNow(here, writePackage(here, [{ conversation: withTurn(here_, 'fourth from here') }])))).toMatchObject({
      classification: 'fast_forward_import',
      local_thread_id: talk.id,
    });
  });

  test('is left alone, or stops the run, where the user says so', () => {
    const here = machine();
    addSession(here, here_);
    const folder = writePackage(here, [{ conversation: there }]);
    const before = snapshot(here.codexHome);
    expect(only(syncNow(here, folder, { onDivergence: 'skip' }))).toMatchObject({
      classification: 'diverged_lineage',
      action: 'none',
    });
    expect(() => syncNow(here, folder, { onDivergence: 'abort' })).toThrow(/new lines both locally and in the package/);
    expect(snapshot(here.codexHome)).toEqual(before);
  });
});

describe('an unrelated session with the same id', () => {
  const local = { ...conversation('other', '/home/far/project', ['something else']), id: talk.id };
  const impostor: Conversation = {
    ...local,
    lines: local.lines.map((line) => line.replaceAll(conversation('other', '', []).id, talk.id)),
  };

  test('is refused while everything else is done', () => {
    const here = machine();
    const file = addSession(here, impostor);
    const before = fs.readFileSync(file);
    const fresh = conversation('fresh', '/home/far/project', ['hello']);
    const { plan } = syncNow(here, writePackage(here, [{ conversation: talk }, { conversation: fresh }]));
    expect(plan.sessions.map(({ classification, action }) => [classification, action])).toEqual([
      ['id_collision_unrelated', 'refuse'],
      ['new_lineage', 'create'],
    ]);
    expect(fs.readFileSync(file).equals(before)).toBe(true);
    expect(fs.existsSync(rolloutOf(here, fresh))).toBe(true);
  });

  test('is copied under a new id on request, and found there again', () => {
    const here = machine();
    addSession(here, impostor);
    const folder = writePackage(here, [{ conversation: talk }]);
    const copy = only(syncNow(here, folder, { onCollision: 'import-as-new' }));
    expect(copy).toMatchObject({ classification: 'id_collision_unrelated', action: 'create' });
    expect(only(syncNow(here, folder))).toMatchObject({ classification: 'unchanged', local_thread_id: copy.local_thread_id });
  });
});

test('a plan that is no longer the expected one is not carried out', async () => {
  const { sync } = await import('../../scripts/lib/commands/sync/sync.ts');
  const { homeOf, NOW, optionsFor } = await import('../fixtures/machine.ts');
  const here = machine();
  const folder = writePackage(here, [{ conversation: talk }]);
  const { plan } = planNow(here, folder);
  addSession(here, conversation('elsewhere', '/x', ['hello']));
  const request = { ...optionsFor(here, folder), execute: true, expectPlan: plan.digest };
  expect(sync(homeOf(here), request, NOW).transactionId).not.toBeNull();
  const stale = { ...request, expectPlan: plan.digest };
  expect(() => sync(homeOf(here), stale, NOW)).toThrow(/not the expected one/);
});
