import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isSameLine } from '../../../scripts/lib/domain/compare/canonical_line.ts';
import { relate } from '../../../scripts/lib/domain/compare/lineage.ts';
import { type Localization, localizePath } from '../../../scripts/lib/domain/localize/localization.ts';
import { localizeLine } from '../../../scripts/lib/domain/localize/localize_line.ts';
import { LocalizedCopy } from '../../../scripts/lib/domain/localize/localized_copy.ts';
import { readHead } from '../../../scripts/lib/domain/rollout/rollout_line.ts';
import { asSession, ownIds, rulesFrom } from '../../fixtures/path_rules.ts';
import { idFrom, type Mode, type Place, placeAt, recordsOf, turns, uriOf } from '../../fixtures/records_at_places.ts';
import { atRandom, jsonLine, linesOf, randomFrom } from '../../fixtures/spelling.ts';

const oneByOne = (localization: Localization, lines: Buffer[]): string =>
  lines.map((line) => `${localizeLine(line, readHead(line), localization, null)}\n`).join('');

const inBlocks = (localization: Localization, lines: Buffer[]): string => {
  const block = Buffer.concat(lines.flatMap((line) => [line, Buffer.from('\n')]));
  return Buffer.concat([...new LocalizedCopy(localization, null).block(block)]).toString();
};

describe('a path without mappings follows Shared Interface 4:', () => {
  test.each([
    ['C:\\Users\\jian\\Documents\\R\\x', '/home/jw/Documents/R/x', 'documents'],
    ['C:/Users/jian/Documents/R/x', '/home/jw/Documents/R/x', 'documents'],
    ['\\\\?\\C:\\Users\\jian\\Documents\\R\\x', '/home/jw/Documents/R/x', 'documents'],
    ['\\\\?\\UNC\\server\\share\\jian\\Documents\\R', '/home/jw/Documents/R', 'documents'],
    ['\\\\server\\share\\Documents\\R', '/home/jw/Documents/R', 'documents'],
    ['D:\\Documents\\x', '/home/jw/Documents/x', 'documents'],
    ['C:\\Users\\jian\\Documents', 'C:\\Users\\jian\\Documents', 'none'],
    ['C:\\Users\\jian\\Documents\\a\\Documents\\b', '/home/jw/Documents/a/Documents/b', 'documents'],
    ['C:\\Users\\jian\\Documents\\é 中', '/home/jw/Documents/é 中', 'documents'],
    ['C:\\Users\\jian\\MyDocuments\\x', 'C:\\Users\\jian\\MyDocuments\\x', 'none'],
    ['C:\\Users\\jian\\Documents2\\x', 'C:\\Users\\jian\\Documents2\\x', 'none'],
    ['C:\\Users\\jian\\documents\\x', '/home/jw/Documents/x', 'documents'],
    ['c:\\users\\jian\\DOCUMENTS\\X', '/home/jw/Documents/X', 'documents'],
    ['c:/users/jian/documents/x', 'c:/users/jian/documents/x', 'none'],
    ['C:\\Users\\jian\\Desktop\\x', 'C:\\Users\\jian\\Desktop\\x', 'none'],
    ['/home/al/Documents/x', '/home/al/Documents/x', 'none'],
    ['Documents\\x', 'Documents\\x', 'none'],
    ['', '', 'none'],
  ])('%s is %s here', (foreign, path, rule) => expect(localizePath(foreign, rulesFrom())).toEqual({ path, rule }));

  test.each(['D:\\Users\\jw', 'D:/Users/jw', '\\\\?\\D:\\Users\\jw'])('a Windows user home %s gives one spelling', (home) => {
    const rules = { explicit: [], userHome: home as never };
    expect(localizePath('C:\\Users\\jian\\Documents\\R\\x', rules).path).toBe('D:\\Users\\jw\\Documents\\R\\x');
  });
});

describe('a mapping', () => {
  test.each<[string, [string, string][], string, string]>([
    ['covers what lies below', [['/home/al', '/srv/al']], '/home/al/x/y', '/srv/al/x/y'],
    ['covers the folder itself', [['/home/al', '/srv/al']], '/home/al', '/srv/al'],
    ['covers whole components only', [['/home/al', '/srv/al']], '/home/alice/x', '/home/alice/x'],
    ['with slashes at the end is the same', [['/home/al/', '/srv/al/']], '/home/al/x', '/srv/al/x'],
    ['of the root covers all', [['/', '/mnt/old']], '/home/al', '/mnt/old/home/al'],
    ['to the root is one', [['/home/al', '/']], '/home/al/x', '/x'],
    ['of Windows compares without case', [['c:\\users\\JIAN', '/home/jw']], 'C:\\Users\\jian\\X', '/home/jw/X'],
    ['of Windows takes either slash', [['C:/Users/jian', '/home/jw']], 'C:\\Users\\jian\\x\\y', '/home/jw/x/y'],
    ['of a drive covers the drive', [['D:\\', '/mnt/d']], 'D:\\a\\b', '/mnt/d/a/b'],
    ['of a drive covers no other', [['D:\\', '/mnt/d']], 'E:\\a', 'E:\\a'],
    ['of Windows covers a verbatim path', [['C:\\a', '/a']], '\\\\?\\C:\\a\\b', '/a/b'],
    ['that is verbatim covers a plain path', [['\\\\?\\C:\\a', '/a']], 'C:\\a\\b', '/a/b'],
    ['to a verbatim path writes a plain one', [['C:\\a', '\\\\?\\D:\\b']], 'C:\\a\\x', 'D:\\b\\x'],
    ['of WSL covers its other name', [['\\\\wsl$\\Ubuntu', '/']], '\\\\wsl.localhost\\Ubuntu\\home\\al', '/home/al'],
    ['of a share covers the share', [['\\\\server\\share', '/mnt/s']], '\\\\Server\\Share\\a', '/mnt/s/a'],
    ['of a share covers its verbatim spelling', [['\\\\server\\share', '/mnt/s']], '\\\\?\\UNC\\server\\share\\a', '/mnt/s/a'],
    ['goes to Windows with its separators', [['/home/al', 'C:\\Users\\jw']], '/home/al/x/y', 'C:\\Users\\jw\\x\\y'],
    ['comes before the Documents rule', [['C:\\Users\\jian', '/srv']], 'C:\\Users\\jian\\Documents\\x', '/srv/Documents/x'],
    [
      'that does not cover leaves the Documents rule',
      [['C:\\Users\\al', '/srv']],
      'C:\\Users\\jian\\Documents\\x',
      '/home/jw/Documents/x',
    ],
    [
      'with the longest FROM wins',
      [
        ['/home', '/h'],
        ['/home/al/work', '/w'],
        ['/home/al', '/a'],
      ],
      '/home/al/work/x',
      '/w/x',
    ],
    [
      'with a longer FROM that does not cover does not',
      [
        ['/home', '/h'],
        ['/home/al/work', '/w'],
      ],
      '/home/al/x',
      '/h/al/x',
    ],
    ['covers accents in either form', [['/Users/al/Z\u00fcrich', '/z']], '/Users/al/Zu\u0308rich/x', '/z/x'],
    ['of another kind does not cover', [['/Users/jian', '/srv']], 'C:\\Users\\jian\\x', 'C:\\Users\\jian\\x'],
    ['that is no absolute path covers nothing', [['Users', '/srv']], '/Users/x', '/Users/x'],
    [
      'is applied once',
      [
        ['/a', '/b'],
        ['/b', '/c'],
      ],
      '/a/x',
      '/b/x',
    ],
  ])('%s', (_rule, mappings, foreign, path) => {
    expect(localizePath(foreign, rulesFrom(...mappings)).path).toBe(path);
    expect(localizePath(foreign, rulesFrom(...mappings.reverse())).path).toBe(path);
  });
});

const localize = (line: string, localization: Partial<Localization> = {}, ordinal: number | null = null): string => {
  const bytes = Buffer.from(line);
  return localizeLine(bytes, readHead(bytes), { rules: rulesFrom(), ...ownIds, ...localization }, ordinal).toString();
};
const al = { rules: rulesFrom(['/home/al', '/home/jw']) };
const head = '{"timestamp":"2026-11-21T10:08:09.045Z"';

describe('a localized line changes only', () => {
  const event = (payload: string): string => `${head},"type":"event_msg","payload":${payload}}`;
  const context = (payload: string): string => `${head},"type":"turn_context","payload":${payload}}`;
  test.each([
    [
      'the working folder of a session',
      `${head},"type":"session_meta","payload":{"id":"x","cwd":"C:\\\\Users\\\\jian\\\\Documents\\\\x","n":1.0}}`,
      `${head},"type":"session_meta","payload":{"id":"x","cwd":"/home/jw/Documents/x","n":1.0}}`,
    ],
    [
      'its workspace roots',
      `${head},"type":"session_meta","payload":{"runtime_workspace_roots":["/home/al/x", "/srv", "/home/al"]}}`,
      `${head},"type":"session_meta","payload":{"runtime_workspace_roots":["/home/jw/x", "/srv", "/home/jw"]}}`,
    ],
    [
      'what a turn may write to',
      context(
        '{"cwd":"/home/al/x","sandbox_policy":{"writable_roots":["/home/al/.codex/memories"]},"workspace_roots":["/home/al/x"]}',
      ),
      context(
        '{"cwd":"/home/jw/x","sandbox_policy":{"writable_roots":["/home/jw/.codex/memories"]},"workspace_roots":["/home/jw/x"]}',
      ),
    ],
    [
      'a permission profile',
      context('{"permission_profile":{"file_system":{"entries":[{"path":{"type":"path","path":"/home/al"},"access":"write"}]}}}'),
      context('{"permission_profile":{"file_system":{"entries":[{"path":{"type":"path","path":"/home/jw"},"access":"write"}]}}}'),
    ],
    [
      'a sandbox policy for files',
      context('{"file_system_sandbox_policy":{"entries":[{"path":{"path":"/home/al/.git"}}]}}'),
      context('{"file_system_sandbox_policy":{"entries":[{"path":{"path":"/home/jw/.git"}}]}}'),
    ],
    [
      'the world',
      `${head},"type":"world_state","payload":{"state":{"agents_md":{"directory":"/home/al"},"environments":{"environments":{"local":{"cwd":"/home/al/x"},"other":{"cwd":"/home/al/y"}}}}}}`,
      `${head},"type":"world_state","payload":{"state":{"agents_md":{"directory":"/home/jw"},"environments":{"environments":{"local":{"cwd":"/home/jw/x"},"other":{"cwd":"/home/jw/y"}}}}}}`,
    ],
    [
      'settings',
      event('{"type":"thread_settings_applied","thread_settings":{"cwd":"/home/al/x","runtime_workspace_roots":["/home/al/x"]}}'),
      event('{"type":"thread_settings_applied","thread_settings":{"cwd":"/home/jw/x","runtime_workspace_roots":["/home/jw/x"]}}'),
    ],
    [
      'images',
      event('{"type":"user_message","message":"see /home/al/1.png","local_images":["/home/al/1.png"]}'),
      event('{"type":"user_message","message":"see /home/al/1.png","local_images":["/home/jw/1.png"]}'),
    ],
    [
      'names of changed files',
      event('{"type":"patch_apply_end","changes":{"/home/al/x":{"cwd":"/home/al"}, "/srv/y":{}}}'),
      event('{"type":"patch_apply_end","changes":{"/home/jw/x":{"cwd":"/home/al"}, "/srv/y":{}}}'),
    ],
    [
      'a file URI, which stays one',
      event('{"type":"item_completed","item":{"type":"ImageView","path":"file:///home/al/a%20b.png"}}'),
      event('{"type":"item_completed","item":{"type":"ImageView","path":"file:///home/jw/a%20b.png"}}'),
    ],
    [
      'a plain path where later versions have a URI',
      event('{"type":"item_completed","item":{"type":"ImageView","path":"/home/al/a b.png"}}'),
      event('{"type":"item_completed","item":{"type":"ImageView","path":"/home/jw/a b.png"}}'),
    ],
    [
      'where a command ran, not what it was',
      event(
        '{"type":"item_completed","item":{"command":["ls","/home/al"],"cwd":"file:///home/al","parsed_cmd":[{"cmd":"ls /home/al","path":"/home/al"}]}}',
      ),
      event(
        '{"type":"item_completed","item":{"command":["ls","/home/al"],"cwd":"file:///home/jw","parsed_cmd":[{"cmd":"ls /home/al","path":"/home/jw"}]}}',
      ),
    ],
    [
      'the <cwd> of an environment context',
      `${head},"type":"response_item","payload":{"type":"message","role":"user","content":[{"text":"<environment_context>\\n  <cwd>/home/al/x</cwd>\\n  /home/al"}]}}`,
      `${head},"type":"response_item","payload":{"type":"message","role":"user","content":[{"text":"<environment_context>\\n  <cwd>/home/jw/x</cwd>\\n  /home/al"}]}}`,
    ],
    [
      'the <cwd> in compacted history',
      `${head},"type":"compacted","payload":{"replacement_history":[{"content":[{"text":"<environment_context><cwd>/home/al</cwd>"}]}]}}`,
      `${head},"type":"compacted","payload":{"replacement_history":[{"content":[{"text":"<environment_context><cwd>/home/jw</cwd>"}]}]}}`,
    ],
    ['a path that is spelled with escapes', context('{"cwd":"\\/home\\u002fal/\\u00e9"}'), context('{"cwd":"/home/jw/é"}')],
  ])('%s', (_what, line, expected) => {
    expect(localize(line, al)).toBe(expected);
    // Every number, space, escape and unknown key outside the values survives.
    const odd = (text: string): string =>
      text.replace(head, `{ "zz" :[1.0,1e5,-0, 12345678901234567890 ,"\\u00e9\\/"],"timestamp":"x"`);
    expect(localize(odd(line), al)).toBe(odd(expected));
  });

  test.each([
    [
      'a user who writes <cwd>',
      { type: 'response_item', payload: { type: 'message', role: 'user', content: [{ text: 'see <cwd>/home/al</cwd>' }] } },
    ],
    [
      'an end of <cwd> before its start',
      {
        type: 'response_item',
        payload: { type: 'message', role: 'user', content: [{ text: '<environment_context></cwd><cwd>/home/al' }] },
      },
    ],
    ['a tool that prints a path', { type: 'response_item', payload: { type: 'function_call_output', output: '/home/al' } }],
    ['a command', { type: 'response_item', payload: { type: 'function_call', arguments: '{"workdir":"/home/al"}' } }],
    ['a cwd of a kind that nobody knows', { type: 'brand_new', payload: { cwd: '/home/al' } }],
    ['a cwd that is null', { type: 'turn_context', payload: { cwd: null } }],
    ['a cwd that is an object', { type: 'turn_context', payload: { cwd: { path: '/home/al' } } }],
    ['a namesake of the user', { type: 'turn_context', payload: { cwd: '/home/alice' } }],
    ['a cwd deeper down', { type: 'turn_context', payload: { inner: { cwd: '/home/al' } } }],
    [
      'base instructions',
      { type: 'session_meta', payload: { cwd: '/x', base_instructions: { text: '/home/al', cwd: '/home/al' } } },
    ],
  ])('nothing for %s: the very same buffer comes back', (_what, record) => {
    const bytes = jsonLine(record);
    expect(localizeLine(bytes, readHead(bytes), { ...al, ...ownIds }, null)).toBe(bytes);
  });
});

describe('a session of its own', () => {
  const there = placeAt('/srv/x', 'there');
  const here = { from: there.threadId, to: idFrom('here'), windowId: idFrom('here window') };
  const session = asSession(here.from, here.to, here.windowId);

  test('has its new id wherever the old one stood for the thread, and nowhere else', () => {
    for (const record of recordsOf('paginated', there, turns(2, `say ${there.threadId}`))) {
      const expected = JSON.stringify(record)
        .replaceAll(/"(id|session_id|thread_id)":"([^"]*)"/g, (all, key, id) =>
          id === here.from ? `"${key}":"${here.to}"` : all,
        )
        .replace(there.windowId, here.windowId);
      expect(localize(JSON.stringify(record), session)).toBe(expected);
    }
  });

  test.each([
    [
      'a parent’s session_meta',
      { type: 'session_meta', payload: { id: idFrom('parent'), forked_from_id: idFrom('its origin') } },
    ],
    ['the items of a child', { type: 'event_msg', payload: { type: 'item_completed', thread_id: idFrom('child') } }],
    [
      'another receiver',
      { type: 'event_msg', payload: { type: 'item_completed', item: { receiver_thread_ids: [idFrom('child')] } } },
    ],
  ])('keeps %s', (_what, record) => expect(localize(JSON.stringify(record), session)).toBe(JSON.stringify(record)));

  test('takes no id from another one that is localized by the same rules', () => {
    const rules = rulesFrom();
    const line = JSON.stringify({ type: 'session_meta', payload: { id: here.from } });
    for (const id of [here.to, idFrom('elsewhere')])
      expect(localize(line, { rules, ...asSession(here.from, id, null) })).toBe(line.replace(here.from, id));
  });

  test('keeps its window where it keeps its id', () => {
    const [meta] = recordsOf('paginated', there, []);
    expect(localize(JSON.stringify(meta), { ...session, windowId: null })).toContain(there.windowId);
  });
});

describe('a thread of a tree that has other ids here', () => {
  const [parent, child, other] = [idFrom('parent'), idFrom('child'), idFrom('not of this tree')];
  const tree = {
    ids: new Map([
      [parent, idFrom('parent here')],
      [child, idFrom('child here')],
    ]),
  };
  const here = (text: string): string => text.replaceAll(parent, idFrom('parent here')).replaceAll(child, idFrom('child here'));
  const item = (fields: object): object => ({ type: 'event_msg', payload: { type: 'item_completed', item: fields } });
  const output = (text: string): object => ({ type: 'response_item', payload: { type: 'function_call_output', output: text } });
  const call = (args: string): object => ({ type: 'response_item', payload: { type: 'function_call', arguments: args } });
  const said = (text: string): object => ({
    type: 'response_item',
    payload: { type: 'message', role: 'user', content: [{ type: 'input_text', text }] },
  });

  test.each([
    [
      'in a child’s first line',
      {
        type: 'session_meta',
        payload: {
          session_id: parent,
          id: child,
          forked_from_id: parent,
          parent_thread_id: parent,
          source: { subagent: { thread_spawn: { parent_thread_id: parent, depth: 1 } } },
        },
      },
    ],
    [
      'in what a parent’s item says of its agents',
      item({
        sender_thread_id: parent,
        receiver_thread_ids: [child, other],
        receiver_agents: [{ thread_id: child, agent_nickname: 'Curie' }],
        agents_states: { [child]: { status: 'completed' }, [other]: { status: 'completed' } },
      }),
    ],
    ['in the item of an activity', item({ agent_thread_id: child })],
    ['in the event of an activity', { type: 'event_msg', payload: { type: 'sub_agent_activity', agent_thread_id: child } }],
    ['in what spawn_agent gives', output(`{"agent_id":"${child}","nickname":"Curie"}`)],
    [
      'in what wait_agent gives',
      output(`{"status":{"${child}":{"completed":"done \\u00e9"},"${other}":"not_found"},"timed_out":false}`),
    ],
    ['in a call that waits', call(`{"timeout_ms":1000,"targets":["${child}","${other}"]}`)],
    ['in a call that sends', call(`{"message": "more\n", "target": "${child}"}`)],
    ['in a call that resumes', call(`{"id":"${child}"}`)],
    [
      'in a notification',
      said(`<subagent_notification>\n{"agent_path":"${child}","status":{"completed":"done"}}\n</subagent_notification>`),
    ],
    [
      'in the list of agents',
      { type: 'world_state', payload: { state: { environments: { subagents: `- ${child}: Curie\n- ${other}: Hooke` } } } },
    ],
  ])('is named by them %s', (_where, record) => {
    const line = JSON.stringify(record);
    expect(localize(line, tree)).toBe(here(line));
    expect(localize(line, tree)).not.toBe(line);
    expect(isSameLine(Buffer.from(line), Buffer.from(here(line)))).toBe(true);
  });

  test.each([
    ['a user’s words', said(`what became of ${child}?`)],
    ['the output of a command', output(`rollout-2026-11-03T10-11-12-${child}.jsonl`)],
    ['the call of a command', call(`{"cmd":"cat rollout-2026-11-03T10-11-12-${child}.jsonl"}`)],
    ['an id at a place that is no surface', item({ id: child })],
  ])('keeps %s', (_what, record) => expect(localize(JSON.stringify(record), tree)).toBe(JSON.stringify(record)));

  test('keeps the spelling of a text but for the ids in it', () => {
    const line = String.raw`{"type":"response_item","payload":{"type":"function_call_output","output":"{\"agent_id\":\"${child}\",\"nickname\":\"\u00e9\/\"}"}}`;
    expect(localize(line, tree)).toBe(here(line));
  });

  test.each([1, 40])('is found in whole blocks, however far apart in time %i threads were made', (count) => {
    const ids = Array.from({ length: count }, (_, at) => `01${(at * 7).toString(16).padStart(2, '0')}${child.slice(4)}`);
    const localization = { rules: rulesFrom(), ids: new Map(ids.map((id) => [id, idFrom(`${id} here`)])), windowId: null };
    const lines = [...ids, other].map((id) => Buffer.from(JSON.stringify(item({ agent_thread_id: id }))));
    expect(inBlocks(localization, lines)).toBe(oneByOne(localization, lines));
    expect(inBlocks(localization, lines)).not.toContain(ids[0]);
  });
});

describe('an ordinal', () => {
  test('goes on from the local one, in any kind of line', () => {
    expect(localize(`${head},"ordinal":12,"type":"brand_new","payload":{}}`, {}, 40)).toBe(
      `${head},"ordinal":40,"type":"brand_new","payload":{}}`,
    );
    expect(localize(`{"payload":{"cwd":"/home/al"},"ordinal": 12 ,"type":"turn_context"}`, al, 40)).toBe(
      `{"payload":{"cwd":"/home/jw"},"ordinal": 40 ,"type":"turn_context"}`,
    );
  });

  test('goes on from line to line of a copy', () => {
    const lines = [7, 8].map((ordinal) => `{"ordinal":${ordinal},"type":"x"}`);
    const copy = new LocalizedCopy({ ...al, ...ownIds }, 40);
    expect(Buffer.concat([...copy.block(Buffer.from(lines.join('\n')))]).toString()).toBe(
      '{"ordinal":40,"type":"x"}\n{"ordinal":41,"type":"x"}',
    );
  });

  test('is given to a record that has none, behind its timestamp or in front of all', () => {
    const end = '"type":"turn_context","payload":{"cwd":"/srv"}}';
    expect(localize(`${head},${end}`, al, 40)).toBe(`${head},"ordinal":40,${end}`);
    expect(localize(`{${end}`, al, 40)).toBe(`{"ordinal":40,${end}`);
    expect(localize(' {}', al, 40)).toBe(' {"ordinal":40}');
  });

  test.each(['"7"', '-7', '7.0', 'null', '18446744073709551616', '{"a":[1]}'])('takes the place of %s', (ordinal) =>
    expect(localize(`${head},"ordinal":${ordinal},"type":"x","payload":{}}`, {}, 40)).toBe(
      `${head},"ordinal":40,"type":"x","payload":{}}`,
    ),
  );

  test.each([
    'garbage',
    '[1]',
    'null',
    '\0\0',
    '{"timestamp":"t","type":"event_msg","payl',
    '{"timestamp":"t","type":"x","payload":{}}',
  ])('is neither given to nor taken by what no Codex numbers: %j', (line) => {
    const copy = new LocalizedCopy({ ...al, ...ownIds }, 40);
    const record = '{"timestamp":"t","type":"event_msg","payload":{}}';
    expect(Buffer.concat([...copy.block(Buffer.from(`${line}\n${record}\n`))]).toString()).toBe(
      `${line}\n{"timestamp":"t","ordinal":40,"type":"event_msg","payload":{}}\n`,
    );
  });

  test('that is right already leaves the very same buffer', () => {
    const bytes = Buffer.from(`${head},"ordinal":40,"type":"turn_context","payload":{}}`);
    expect(localizeLine(bytes, readHead(bytes), { ...al, ...ownIds }, 40)).toBe(bytes);
  });
});

const component = fc.oneof(
  { weight: 3, arbitrary: fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,7}$/) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('Documents', 'documents', 'al', 'alice', 'a b', 'é', '中文', 'it\u2028s', "o'b", '100%', 'a#b'),
  },
);
const below = fc.array(component, { maxLength: 4 });
const posix = below.map((names) => `/home/al${names.map((name) => `/${name}`).join('')}`);
const windows = fc
  .tuple(fc.constantFrom('C:\\Users\\jian', 'D:', '\\\\server\\share', '\\\\?\\C:\\Users\\jian'), below)
  .map(([root, names]) => [root, ...names].join('\\') + (names.length === 0 ? '\\x' : ''));
const words = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 30 }),
  fc.constantFrom(
    'C:\\Users\\jian\\Documents\\x',
    '<cwd>/home/al</cwd>',
    '<environment_context><cwd>/home/al</cwd>',
    '"/home/al"',
    '\u2028 \\" \\\\',
  ),
);
const said = fc.array(fc.record({ words, answer: words }), { minLength: 1, maxLength: 3 });
const mode = fc.constantFrom<Mode>('legacy', 'paginated');
const place = fc.oneof(posix, windows).map((cwd): Place => placeAt(cwd, 'there'));
const mapping = fc.constantFrom<[string, string]>(
  ['/home/al', '/home/jw'],
  ['/home', '/srv/a b'],
  ['/home/alice', '/home/bob'],
  ['/', '/mnt/é'],
  ['C:\\Users\\jian', '/home/jw'],
  ['c:/', 'E:\\old'],
  ['\\\\server\\share', '/mnt/share'],
  ['/home/al/Documents', 'C:\\Users\\jw\\Documents'],
);
const rules = fc.uniqueArray(mapping, { maxLength: 3, selector: ([from]) => from }).map((mappings) => rulesFrom(...mappings));
const ownId = fc.constantFrom(
  ownIds,
  asSession(idFrom('there'), idFrom('here'), idFrom('new window')),
  asSession(idFrom('there'), idFrom('here'), null),
);

describe('any transcript under any rules', () => {
  test('is identical to its source once localized, and well-formed', () => {
    fc.assert(
      fc.property(mode, place, said, rules, ownId, fc.nat(100), (kind, there, talked, pathRules, session, from) => {
        const source = recordsOf(kind, there, talked).map((record) => JSON.stringify(record));
        const localized = source.map((line, at) =>
          localize(line, { rules: pathRules, ...session }, kind === 'paginated' ? from + at : null),
        );
        for (const line of localized) expect(() => JSON.parse(line)).not.toThrow();
        const [local, incoming] = [localized, source].map((lines) => linesOf(lines.map((line) => `${line}\n`).join('')));
        expect(relate(local!, incoming!)).toMatchObject({
          lines: { shared: source.length, local_only: 0, incoming_only: 0 },
          localAhead: 0,
          incomingAhead: 0,
        });
      }),
      { numRuns: 300 },
    );
  });

  test('gives a block the same bytes as its lines one by one, though it looks at few of them', () => {
    const escaped = fc.constantFrom(
      (text: string) => text,
      (text: string) => text.replaceAll('Documents', '\\u0044ocuments'),
      (text: string) => text.replaceAll('/al', '/\\u0061l').replaceAll('jian', 'j\\u0069an'),
    );
    fc.assert(
      fc.property(
        mode,
        place,
        said,
        rules,
        ownId,
        escaped,
        fc.integer(),
        (kind, there, talked, pathRules, session, respell, seed) => {
          const localization = { rules: pathRules, ...session };
          const lines: Buffer[] = [];
          const random = randomFrom(seed);
          for (const record of recordsOf(kind, there, talked)) {
            const spelled = random() < 0.5 ? JSON.stringify(record) : atRandom(record, Math.floor(random() * 2 ** 31));
            const bytes = Buffer.from(respell(spelled));
            const localized = localizeLine(bytes, readHead(bytes), localization, null);
            if (localized.equals(bytes)) expect(localized).toBe(bytes);
            lines.push(bytes);
          }
          expect(inBlocks(localization, lines)).toBe(oneByOne(localization, lines));
        },
      ),
      { numRuns: 300 },
    );
  });

  test.each([
    ['/home/al', uriOf('/home/al/x').replace('/al/', '/%61l/')],
    ['C:\\Users\\jian', 'file:///C:/Users/j%69an/x'],
    ['/nowhere', 'file:///C:/Users/jian/%44ocuments/x'],
  ])('concerns even a percent-encoded letter of %s: %s', (from, cwd) => {
    const bytes = jsonLine({ type: 'event_msg', payload: { type: 'item_completed', item: { cwd } } });
    const localization = { rules: rulesFrom([from, '/home/jw']), ...ownIds };
    expect(localizeLine(bytes, readHead(bytes), localization, null)).not.toBe(bytes);
    expect(inBlocks(localization, [bytes])).toBe(oneByOne(localization, [bytes]));
  });

  test.each([
    ['C:\\Users\\jian', { cwd: 'c:\\USERS\\Jian\\x' }, { cwd: '/home/jw/x' }],
    ['/home/al', { cwd: '/home/al', workspace_roots: ['/home/al'] }, { cwd: '/home/jw', workspace_roots: ['/home/jw'] }],
  ])('changes every path below %s in a block: %j', (from, there, here) => {
    const localization = { rules: rulesFrom([from, '/home/jw']), ...ownIds };
    const inContext = (payload: object): Buffer => jsonLine({ type: 'turn_context', payload });
    expect(inBlocks(localization, [inContext(there)])).toBe(`${inContext(here)}\n`);
  });

  test('that no rule covers is copied byte for byte, however it is spelled', () => {
    fc.assert(
      fc.property(mode, posix, said, fc.integer(), (kind, cwd, talked, seed) => {
        const localization = { rules: rulesFrom(['/nowhere', '/x'], ['Z:\\', '/z']), ...ownIds };
        for (const [at, record] of recordsOf(kind, placeAt(cwd), talked).entries()) {
          const bytes = Buffer.from(atRandom(record, seed + at));
          expect(localizeLine(bytes, readHead(bytes), localization, record.ordinal ?? null)).toBe(bytes);
        }
      }),
      { numRuns: 100 },
    );
  });

  test.each([
    ['/home/al', '/home/jw', posix],
    ['C:\\Users\\jian', '/home/jw/of jian', below.map((names) => ['C:\\Users\\jian', ...names].join('\\'))],
    ['\\\\server\\share', '/mnt/share', below.map((names) => ['\\\\server\\share', ...names].join('\\'))],
    ['/home/al', '\\\\server\\share\\al', posix],
  ])('goes from %s to %s and back with every byte', (from, to, folder) => {
    fc.assert(
      fc.property(mode, folder, said, (kind, cwd, talked) => {
        const forth = asSession(idFrom('there'), idFrom('here'), idFrom('here window'));
        const back = asSession(idFrom('here'), idFrom('there'), idFrom('there window'));
        for (const record of recordsOf(kind, placeAt(cwd, 'there'), talked)) {
          const line = JSON.stringify(record);
          const here = localize(line, { rules: rulesFrom([from, to]), ...forth }, record.ordinal === undefined ? null : 500);
          expect(localize(here, { rules: rulesFrom([to, from]), ...back }, record.ordinal ?? null)).toBe(line);
        }
      }),
      { numRuns: 100 },
    );
  });
});
