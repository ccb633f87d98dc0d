import { isUtf8 } from 'node:buffer';
import { describe, expect, test } from 'vitest';
import { readTranscript, type Transcript } from '../../../scripts/lib/domain/compare/transcript.ts';
import type { ThreadId } from '../../../scripts/lib/domain/ids/thread_id.ts';
import type { Row } from '../../../scripts/lib/domain/operation/operation.ts';
import type { SessionMeta } from '../../../scripts/lib/domain/rollout/session_meta.ts';
import { nameOf, renamedRow } from '../../../scripts/lib/domain/thread/thread_name.ts';
import {
  advancedRow,
  type Column,
  deriveRow,
  newRow,
  type RowFacts,
  repairRow,
} from '../../../scripts/lib/domain/thread/thread_row.ts';
import { type Mode, placeAt, recordsOf, turns } from '../../fixtures/records_at_places.ts';
import { jsonl, linesOf } from '../../fixtures/spelling.ts';

const transcriptOf = (mode: Mode): Transcript & { meta: SessionMeta } =>
  readTranscript(linesOf(jsonl(recordsOf(mode, placeAt('C:\\Users\\jian\\Documents\\x'), turns(2)))), { isUtf8 }) as never;
const paginated = transcriptOf('paginated');

const column = (name: string, rest: Partial<Column> = {}): Column => ({
  name,
  type: null,
  notNull: false,
  hasDefault: false,
  ...rest,
});
const columns = (...names: string[]): Column[] => names.map((name) => column(name));

const facts: RowFacts = {
  isPinned: false,
  rights: null,
  historyMode: 'paginated',
  id: 'here' as ThreadId,
  rolloutPath: '/home/jw/.codex/sessions/x.jsonl',
  cwd: '/home/jw/Documents/x',
  modelProvider: 'openai',
  name: null,
  archived: false,
};
const incoming: Row = {
  id: 'there',
  rollout_path: 'C:\\x.jsonl',
  cwd: 'C:\\Users\\jian\\Documents\\x',
  created_at: 100,
  updated_at: 200,
  updated_at_ms: 200500,
  title: 'question 0',
  first_user_message: 'question 0',
  preview: 'question 0',
  sandbox_policy: '{"type":"workspace-write"}',
  approval_mode: 'on-request',
  tokens_used: 60,
  model: 'gpt-5',
  archived: 0,
  name: null,
  history_mode: 'legacy',
};

describe('the row of a new session', () => {
  const row = (names: string[], given: Row = incoming, more: Partial<RowFacts> = {}): Row =>
    newRow(given, paginated, { ...facts, ...more }, columns(...names));

  test('has exactly the columns of this database', () => {
    expect(Object.keys(row(['id', 'title', 'brand_new_here']))).toEqual(['id', 'title', 'brand_new_here']);
  });

  test('is of this machine, and of the mode of its rollout', () => {
    expect(row(['id', 'rollout_path', 'cwd', 'model_provider', 'history_mode'])).toEqual({
      id: 'here',
      rollout_path: facts.rolloutPath,
      cwd: facts.cwd,
      model_provider: 'openai',
      history_mode: 'paginated',
    });
  });

  test('keeps every other column that both sides have', () => {
    const given = { ...incoming, git_branch: 'main', memory_mode: 'enabled', from_the_future: 9007199254740993n };
    expect(row(['git_branch', 'memory_mode', 'from_the_future', 'tokens_used'], given)).toEqual({
      git_branch: 'main',
      memory_mode: 'enabled',
      from_the_future: 9007199254740993n,
      tokens_used: 60,
    });
  });

  test.each([
    'thread_section_id',
    'section_position',
    'section_entered_at_ms',
    'project_id',
    'creator_user_id',
    'creator_account_id',
    'attached_thread_parent_id',
  ])('has no %s, which means nothing here', (name) =>
    expect(row([name], { ...incoming, [name]: 'x' })).toEqual({ [name]: null }),
  );

  test.each<[string, Row, string]>([
    ['its preview', incoming, 'question 0'],
    ['its first message', { first_user_message: 'said' }, 'said'],
    ['the words of the rollout', {}, 'question 0'],
  ])('has a preview that is never empty: %s', (_from, given, preview) => expect(row(['preview'], given)).toEqual({ preview }));

  test('of a silent rollout has a preview too', () => {
    expect(newRow({}, { ...paginated, firstUserMessage: '' }, facts, columns('preview', 'title'))).toEqual({
      preview: 'imported session',
      title: 'imported session',
    });
  });

  test('of a multi_agent_v2 agent says nothing, as Codex leaves it, whatever it has of its parent', () => {
    const agent = { ...paginated, meta: { ...paginated.meta, isV2Agent: true } };
    const names = columns('preview', 'title', 'first_user_message');
    const silent = { preview: '', title: '', first_user_message: '' };
    expect(newRow({}, agent, facts, names)).toEqual(silent);
    expect(newRow({ ...incoming, ...silent }, agent, facts, names)).toEqual(silent);
    const made = { id: 'a', preview: 'imported session', title: 'imported session' };
    const here = { rolloutPath: '/x', historyMode: 'paginated' };
    expect(repairRow(made, agent, here, null)).toEqual({
      row: { id: 'a', preview: '', title: '' },
      repaired: ['preview', 'title'],
    });
    expect(repairRow({ id: 'a', preview: '', title: '' }, agent, here, null).repaired).toEqual([]);
  });

  test('has a name in both columns where it has one', () => {
    expect(row(['name', 'title'], incoming, { name: 'My talk' })).toEqual({ name: 'My talk', title: 'My talk' });
    expect(row(['name', 'title'])).toEqual({ name: null, title: 'question 0' });
  });

  test('is not pinned', () => expect(row(['is_pinned'], { ...incoming, is_pinned: 1 })).toEqual({ is_pinned: 0 }));

  test.each<[string, Row, boolean, Row]>([
    ['archived there and here', { ...incoming, archived: 1, archived_at: 150 }, true, { archived: 1, archived_at: 150 }],
    ['archived at an unknown time', { ...incoming, archived: 1 }, true, { archived: 1, archived_at: 200 }],
    ['not archived', incoming, false, { archived: 0, archived_at: null }],
    ['archived there, not here', { ...incoming, archived: 1, archived_at: 150 }, false, { archived: 0, archived_at: null }],
  ])('%s', (_where, given, archived, expected) =>
    expect(row(['archived', 'archived_at'], given, { archived })).toEqual(expected),
  );

  test('that is named there but not here has no name', () => {
    expect(row(['name'], { ...incoming, name: 'There' })).toEqual({ name: null });
  });

  test('has the narrowest rights where the package says nothing, and never wider ones than it says', () => {
    expect(row(['sandbox_policy', 'approval_mode'], {})).toEqual({
      sandbox_policy: '{"type":"read-only"}',
      approval_mode: 'on-request',
    });
    expect(row(['sandbox_policy', 'approval_mode'])).toEqual({
      sandbox_policy: '{"type":"workspace-write"}',
      approval_mode: 'on-request',
    });
  });

  test('of an older Codex gets the times and texts that today’s lists need', () => {
    const given = { ...incoming, recency_at: null };
    expect(row(['recency_at', 'recency_at_ms', 'source', 'cli_version'], given)).toEqual({
      recency_at: 200,
      recency_at_ms: 200500,
      source: 'vscode',
      cli_version: '0.169.0',
    });
    const start = Math.floor(Date.parse(paginated.meta.timestamp) / 1000);
    const end = Math.floor(Date.parse(paginated.lastTimestamp as string) / 1000);
    expect(row(['created_at', 'updated_at', 'first_user_message'], {})).toEqual({
      created_at: start,
      updated_at: end,
      first_user_message: 'question 0',
    });
  });

  test('has the source that its rollout tells, or that of the application', () => {
    const sourceOf = (source: string): Row =>
      newRow({}, { ...paginated, meta: { ...paginated.meta, source } }, facts, columns('source'));
    expect([sourceOf('cli'), sourceOf('')]).toEqual([{ source: 'cli' }, { source: 'vscode' }]);
  });

  test('leaves a column to its default, or fills it where it must not be null', () => {
    const schema = [
      column('a', { notNull: true, hasDefault: true }),
      column('b', { notNull: true }),
      column('c', { hasDefault: true }),
      column('d'),
    ];
    expect(newRow({}, paginated, facts, schema)).toEqual({ b: '', c: null, d: null });
  });
});

describe('the row after a fast-forward', () => {
  const local: Row = {
    ...incoming,
    id: 'here',
    cwd: '/home/jw/x',
    tokens_used: 10,
    model: 'gpt-4',
    updated_at: 150,
    updated_at_ms: 150500,
    is_pinned: 1,
    archived: 1,
    archived_at: 140,
    thread_section_id: 's',
    sandbox_policy: '{"type":"read-only"}',
    approval_mode: 'untrusted',
    name: null,
  };
  const wild: Row = {
    ...incoming,
    is_pinned: 0,
    thread_section_id: 't',
    sandbox_policy: '{"type":"danger-full-access"}',
    approval_mode: 'never',
    git_branch: 'main',
  };

  test('has the tokens, model and times of the side that went on, and all else as it was', () => {
    expect(advancedRow(local, wild)).toEqual({
      ...local,
      tokens_used: 60,
      model: 'gpt-5',
      updated_at: 200,
      updated_at_ms: 200500,
    });
  });

  test('never goes back in time', () => {
    const later = { ...local, updated_at: 900, updated_at_ms: 900500n };
    expect(advancedRow(later, incoming)).toMatchObject({ updated_at: 900, updated_at_ms: 900500n });
  });

  test('keeps what the package does not say', () => {
    expect(advancedRow({ ...local, model: 'mine' }, { ...incoming, model: null })).toMatchObject({ model: 'mine' });
  });

  test.each<[string, string | null, string | null, { name: string | null; title: string | null } | null, string | null]>([
    ['no name on either side', null, null, null, null],
    ['a name that came', null, 'Theirs', null, 'Theirs'],
    ['a name that was given here', 'Mine', 'Theirs', null, 'Mine'],
    ['a name that was changed here only', 'Mine', 'Both', { name: 'Both', title: null }, 'Mine'],
    ['a name that was changed there only', 'Both', 'Theirs', { name: 'Both', title: null }, 'Theirs'],
    ['a name that was changed on both sides', 'Mine', 'Theirs', { name: 'Both', title: null }, 'Mine'],
    ['a name that was taken away there', 'Both', null, { name: 'Both', title: null }, 'Both'],
  ])('%s', (_what, here, there, base, expected) => {
    expect(renamedRow({ ...local, name: here }, there, base).name).toBe(expected);
  });

  test('has a new title only where the old one is still what both had', () => {
    const title = (here: string, base: string | null): unknown =>
      renamedRow({ ...local, title: here }, 'Theirs', base === null ? null : { name: null, title: base }).title;
    expect(title('both', 'both')).toBe('Theirs');
    expect(title('mine', 'both')).toBe('mine');
    expect(title('mine', null)).toBe('mine');
  });

  test('gets no column that this database lacks', () => {
    const { name: _name, ...narrow } = local;
    expect(Object.keys(renamedRow(advancedRow(narrow, { ...incoming, recency_at: 5 }), 'Theirs', null)).sort()).toEqual(
      Object.keys(narrow).sort(),
    );
  });
});

describe('a row that is repaired', () => {
  const path = '/home/jw/.codex/sessions/x.jsonl';
  const here = { rolloutPath: path, historyMode: 'paginated' };
  const right: Row = {
    id: 'a',
    history_mode: 'paginated',
    rollout_path: path,
    preview: 'p',
    model_provider: 'mine',
    name: 'N',
    title: 't',
  };
  test('and right already stays', () => expect(repairRow(right, paginated, here, 'X')).toEqual({ row: right, repaired: [] }));

  test.each<[string, Row, Row]>([
    ['history_mode', { history_mode: 'legacy' }, { history_mode: 'paginated' }],
    ['rollout_path', { rollout_path: '/old' }, { rollout_path: path }],
    ['preview', { preview: '' }, { preview: 'question 0' }],
    ['model_provider', { model_provider: '' }, { model_provider: 'openai' }],
    ['name', { name: null }, { name: 'X' }],
  ])('names the column that was wrong: %s', (name, wrong, fixed) => {
    expect(repairRow({ ...right, ...wrong }, paginated, here, 'X')).toEqual({ row: { ...right, ...fixed }, repaired: [name] });
  });

  test('gets no column that an older database lacks', () => {
    expect(repairRow({ id: 'a', rollout_path: '/old' }, paginated, here, 'X')).toEqual({
      row: { id: 'a', rollout_path: path },
      repaired: ['rollout_path'],
    });
  });
});

describe('what people call a session', () => {
  const said = { first_user_message: 'hello', preview: 'hello' };
  test.each<[string, Row, string | null, string | null]>([
    ['is its name', { ...said, name: 'Name', title: 'hello' }, 'Index', 'Name'],
    ['is a title that is not the first message', { ...said, title: 'Title' }, null, 'Title'],
    ['is its entry in the index', { ...said, title: 'hello' }, 'Index', 'Index'],
    ['is no entry that only repeats the title', { ...said, title: 'hello' }, 'hello', null],
    ['is no title that is the first message', { ...said, title: 'hello' }, null, null],
    ['is no title that is the preview', { first_user_message: 'hello', preview: 'hel', title: 'hel' }, null, null],
    ['is no title of a row that knows no first message', { title: 'Title' }, null, null],
    ['is nothing for an empty row', {}, null, null],
    ['is no empty name', { ...said, name: '', title: 'hello' }, '', null],
  ])('%s', (_rule, row, index, expected) => expect(nameOf(row, index)).toBe(expected));
});

test('a session that no database knows is packed with what every Codex lists by', () => {
  const row = deriveRow({ threadId: 'a' as ThreadId, file: '/f.jsonl', archived: true, name: 'N' }, paginated);
  expect(row).toMatchObject({
    id: 'a',
    rollout_path: '/f.jsonl',
    cwd: 'C:\\Users\\jian\\Documents\\x',
    title: 'N',
    preview: 'question 0',
    archived: 1,
    history_mode: 'paginated',
    model_provider: 'openai',
    sandbox_policy: '{"type":"read-only"}',
    cli_version: '0.169.0',
  });
});
