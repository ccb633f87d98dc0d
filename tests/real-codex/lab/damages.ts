// Rollouts that are not as Codex writes them, made out of one that is. What becomes of each: tests/real-codex/what_codex_opens.md.

import type { Damage, Lines } from './opening.ts';

type Json = Record<string, unknown>;
const parse = (line: Buffer): Json => JSON.parse(line.toString()) as Json;
const spell = (line: unknown): Buffer => Buffer.from(JSON.stringify(line));
const B = (text: string): Buffer => Buffer.from(text, 'latin1');

const first =
  (change: (line: Json, payload: Json) => void): Damage =>
  ([head, ...rest]) => {
    const line = parse(head as Buffer);
    change(line, line.payload as Json);
    return [spell(line), ...rest];
  };
const meta = (key: string, value: unknown): Damage =>
  first((_, payload) => {
    if (value === undefined) delete payload[key];
    else payload[key] = value;
  });
const envelope = (key: string, value: unknown): Damage =>
  first((line) => {
    if (value === undefined) delete line[key];
    else line[key] = value;
  });
const rawFirst =
  (change: (text: string) => string | Buffer): Damage =>
  ([head, ...rest]) => [Buffer.from(change((head as Buffer).toString())), ...rest];

const everyLine =
  (change: (line: Json, index: number, all: number) => void): Damage =>
  (lines) =>
    lines.map((bytes, index) => {
      const line = parse(bytes);
      change(line, index, lines.length);
      return spell(line);
    });
const ordinals = (of: (ordinal: number, all: number) => unknown): Damage =>
  everyLine((line, index, all) => {
    if (line.ordinal === undefined) return;
    const value = of(index, all);
    if (value === undefined) delete line.ordinal;
    else line.ordinal = value;
  });
/** The second turn begins here, so that damage before it is between two turns. */
const between = (lines: Lines): number => lines.map((line) => line.includes('task_started')).lastIndexOf(true);
const insert =
  (...added: Buffer[]): Damage =>
  (lines) =>
    lines.toSpliced(between(lines), 0, ...added);
const atEnd =
  (bytes: Buffer): Damage =>
  (lines) =>
    Buffer.concat([...lines.flatMap((line) => [line, B('\n')]), bytes]);
/** Spelled as a number that JSON.stringify cannot. */
const rawOrdinal =
  (at: number, text: string): Damage =>
  (lines) =>
    lines.map((line, index) =>
      index === at ? Buffer.from(line.toString().replace(/"ordinal":\d+/, `"ordinal":${text}`)) : line,
    );

const WRONG: [string, unknown][] = [
  ['missing', undefined],
  ['null', null],
  ['number', 7],
  ['text', 'x'],
  ['empty text', ''],
  ['object', {}],
  ['array', []],
];
const FIELDS = [
  'id',
  'session_id',
  'timestamp',
  'cwd',
  'originator',
  'cli_version',
  'source',
  'model_provider',
  'forked_from_id',
  'parent_thread_id',
  'history_mode',
  'base_instructions',
  'dynamic_tools',
  'git',
  'thread_source',
  'agent_nickname',
  'agent_role',
  'agent_path',
  'memory_mode',
  'multi_agent_version',
  'context_window',
  'runtime_workspace_roots',
  'history_base',
  'forked_from_ordinal_exclusive',
  'subagent_history_start_ordinal',
  'selected_capability_roots',
  'account_scoped',
  'creator_user_id',
  'creator_account_id',
  'attached_thread',
  'something_new',
];

export const firstLines: Record<string, Damage> = {
  'as it is': (lines) => lines,
  ...Object.fromEntries(FIELDS.flatMap((field) => WRONG.map(([word, value]) => [`${field}: ${word}`, meta(field, value)]))),
  ...Object.fromEntries(
    ['timestamp', 'ordinal', 'type', 'payload', 'something_new'].flatMap((field) =>
      WRONG.map(([word, value]) => [`envelope ${field}: ${word}`, envelope(field, value)]),
    ),
  ),
};

const spawn = (value: unknown): Damage =>
  first((_, payload) => {
    payload.source = { subagent: value };
  });
const parent = '01a22d27-9424-7131-a8c9-917eb04066bc';
const deep = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);

export const shapes: Record<string, Damage> = {
  'as it is': (lines) => lines,
  'source: cli': meta('source', 'cli'),
  'source: exec': meta('source', 'exec'),
  'source: mcp': meta('source', 'mcp'),
  'source: appServer': meta('source', 'appServer'),
  'source: app_server': meta('source', 'app_server'),
  'source: unknown': meta('source', 'unknown'),
  'source: VSCode': meta('source', 'VSCode'),
  'source: custom': meta('source', { custom: 'x' }),
  'source: internal': meta('source', { internal: 'memory_consolidation' }),
  'source: internal x': meta('source', { internal: 'x' }),
  'source: two keys': meta('source', { custom: 'x', subagent: 'review' }),
  'subagent: review': spawn('review'),
  'subagent: compact': spawn('compact'),
  'subagent: memory_consolidation': spawn('memory_consolidation'),
  'subagent: x': spawn('x'),
  'subagent: other x': spawn({ other: 'x' }),
  'subagent: null': spawn(null),
  'subagent: {}': spawn({}),
  'thread_spawn: whole': spawn({
    thread_spawn: { parent_thread_id: parent, depth: 1, agent_path: null, agent_nickname: 'C', agent_role: null },
  }),
  'thread_spawn: only parent and depth': spawn({ thread_spawn: { parent_thread_id: parent, depth: 1 } }),
  'thread_spawn: no depth': spawn({ thread_spawn: { parent_thread_id: parent } }),
  'thread_spawn: depth null': spawn({ thread_spawn: { parent_thread_id: parent, depth: null } }),
  'thread_spawn: depth text': spawn({ thread_spawn: { parent_thread_id: parent, depth: '1' } }),
  'thread_spawn: depth 1.5': spawn({ thread_spawn: { parent_thread_id: parent, depth: 1.5 } }),
  'thread_spawn: depth -1': spawn({ thread_spawn: { parent_thread_id: parent, depth: -1 } }),
  'thread_spawn: depth 2^31': spawn({ thread_spawn: { parent_thread_id: parent, depth: 2 ** 31 } }),
  'thread_spawn: no parent': spawn({ thread_spawn: { depth: 1 } }),
  'thread_spawn: parent no uuid': spawn({ thread_spawn: { parent_thread_id: 'x', depth: 1 } }),
  'thread_spawn: agent_path x': spawn({ thread_spawn: { parent_thread_id: parent, depth: 1, agent_path: 'x' } }),
  'thread_spawn: agent_path /root/one': spawn({ thread_spawn: { parent_thread_id: parent, depth: 1, agent_path: '/root/one' } }),
  'thread_spawn: agent_role number': spawn({ thread_spawn: { parent_thread_id: parent, depth: 1, agent_role: 7 } }),
  'thread_spawn: agent_nickname number': spawn({ thread_spawn: { parent_thread_id: parent, depth: 1, agent_nickname: 7 } }),
  'thread_spawn: new key': spawn({ thread_spawn: { parent_thread_id: parent, depth: 1, new_key: 7 } }),
  'forked_from_id: another thread': meta('forked_from_id', parent),
  'parent_thread_id: another thread': meta('parent_thread_id', parent),
  'session_id: another thread': meta('session_id', parent),
  'session_id: upper case': first((_, payload) => {
    payload.session_id = String(payload.session_id ?? payload.id).toUpperCase();
  }),
  'session_id: no dashes': first((_, payload) => {
    payload.session_id = String(payload.id).replaceAll('-', '');
  }),
  'session_id: braces': first((_, payload) => {
    payload.session_id = `{${payload.id}}`;
  }),
  'id: upper case': first((_, payload) => {
    payload.id = String(payload.id).toUpperCase();
  }),
  'id: no dashes': first((_, payload) => {
    payload.id = String(payload.id).replaceAll('-', '');
  }),
  'id: another thread': meta('id', parent),
  'timestamp: no date': meta('timestamp', 'yesterday'),
  'timestamp: with offset': meta('timestamp', '2026-11-30T15:51:38+02:00'),
  'timestamp: no zone': meta('timestamp', '2026-11-30T15:51:38'),
  'timestamp: seconds': meta('timestamp', '2026-11-30T15:51:38Z'),
  'timestamp: month 13': meta('timestamp', '2026-13-30T15:51:38Z'),
  'envelope timestamp: no date': envelope('timestamp', 'yesterday'),
  'history_mode: future': meta('history_mode', 'future'),
  'history_mode: legacy': meta('history_mode', 'legacy'),
  'history_mode: paginated': meta('history_mode', 'paginated'),
  'history_mode: Paginated': meta('history_mode', 'Paginated'),
  'base_instructions: {text: null}': meta('base_instructions', { text: null }),
  'base_instructions: {text: ""}': meta('base_instructions', { text: '' }),
  'base_instructions: provenance x': meta('base_instructions', { text: 'a', provenance: 'x' }),
  'base_instructions: provenance type x': meta('base_instructions', { text: 'a', provenance: { type: 'x' } }),
  'base_instructions: provenance model without model': meta('base_instructions', { text: 'a', provenance: { type: 'model' } }),
  'base_instructions: new key': meta('base_instructions', { text: 'a', y: 1 }),
  'dynamic_tools: [{}]': meta('dynamic_tools', [{}]),
  'dynamic_tools: [x]': meta('dynamic_tools', ['x']),
  'dynamic_tools: one': meta('dynamic_tools', [{ name: 'a', description: 'b', inputSchema: { type: 'object', properties: {} } }]),
  'dynamic_tools: input_schema': meta('dynamic_tools', [
    { name: 'a', description: 'b', input_schema: { type: 'object', properties: {} } },
  ]),
  'dynamic_tools: no schema': meta('dynamic_tools', [{ name: 'a', description: 'b' }]),
  'git: numbers': meta('git', { commit_hash: 7 }),
  'git: hash no hex': meta('git', { commit_hash: 'main' }),
  'git: new key': meta('git', { branch: 'a', x: 1 }),
  'git: branch null': meta('git', { branch: null }),
  'context_window: window_id no uuid': meta('context_window', { window_id: 'x' }),
  'context_window: window_id missing': meta('context_window', {}),
  'context_window: window_id number': meta('context_window', { window_id: 7 }),
  'runtime_workspace_roots: [7]': meta('runtime_workspace_roots', [7]),
  'runtime_workspace_roots: relative': meta('runtime_workspace_roots', ['a/b']),
  'cwd: relative': meta('cwd', 'a/b'),
  'cwd: windows': meta('cwd', 'C:\\a\\b'),
  'runtime_workspace_roots: windows': meta('runtime_workspace_roots', ['C:\\a\\b']),
  'memory_mode: disabled': meta('memory_mode', 'disabled'),
  'memory_mode: polluted': meta('memory_mode', 'polluted'),
  'multi_agent_version: v1': meta('multi_agent_version', 'v1'),
  'multi_agent_version: v2': meta('multi_agent_version', 'v2'),
  'multi_agent_version: v3': meta('multi_agent_version', 'v3'),
  'multi_agent_version: disabled': meta('multi_agent_version', 'disabled'),
  'thread_source: user': meta('thread_source', 'user'),
  'thread_source: subagent': meta('thread_source', 'subagent'),
  'first line: truncated': rawFirst((text) => text.slice(0, -10)),
  'first line: text behind it': rawFirst((text) => `${text} x`),
  'first line: two objects': rawFirst((text) => `${text}${text}`),
  'first line: colon for comma': rawFirst((text) => text.replace('","originator"', '":"originator"')),
  'first line: not escaped quote': rawFirst((text) => text.replace('"originator":"lab"', '"originator":"l"ab"')),
  'first line: raw tab in text': rawFirst((text) => text.replace('"originator":"lab"', '"originator":"l\tb"')),
  'first line: bad escape': rawFirst((text) => text.replace('"originator":"lab"', '"originator":"l\\xb"')),
  'first line: lone surrogate': rawFirst((text) => text.replace('"originator":"lab"', '"originator":"\\ud800"')),
  'first line: lone surrogate in unknown field': rawFirst((text) =>
    text.replace('"originator":"lab"', '"originator":"lab","zz":"\\ud800"'),
  ),
  'first line: raw tab in unknown field': rawFirst((text) =>
    text.replace('"originator":"lab"', '"originator":"lab","zz":"a\tb"'),
  ),
  'first line: bad escape in unknown field': rawFirst((text) =>
    text.replace('"originator":"lab"', '"originator":"lab","zz":"\\xb"'),
  ),
  'first line: invalid UTF-8 in a text': rawFirst((text) =>
    Buffer.from(text.replace('"originator":"lab"', '"originator":"l\xffb"'), 'latin1'),
  ),
  'first line: invalid UTF-8 in unknown field': rawFirst((text) =>
    Buffer.from(text.replace('"originator":"lab"', '"originator":"lab","zz":"\xff"'), 'latin1'),
  ),
  'first line: NUL in a text': rawFirst((text) => text.replace('"originator":"lab"', '"originator":"l\0b"')),
  'first line: NULs before it': rawFirst((text) => `\0\0\0${text}`),
  'first line: NULs behind it': rawFirst((text) => `${text}\0\0`),
  'first line: BOM': rawFirst((text) => `\uFEFF${text}`),
  'first line: spaces before it': rawFirst((text) => `  \t${text}`),
  'first line: spaces inside': rawFirst((text) => text.replaceAll('","', '" , "')),
  'first line: CR behind it': rawFirst((text) => `${text}\r`),
  'first line: other order': first((line) => {
    const { type, payload, ...rest } = { ...line };
    for (const key of Object.keys(line)) delete line[key];
    Object.assign(line, { payload, type, ...rest });
  }),
  'first line: id twice': rawFirst((text) => text.replace('"originator":"lab"', `"id":"${parent}","originator":"lab"`)),
  'first line: same id twice': rawFirst((text) =>
    text.replace('"originator":"lab"', `"id":"${/"id":"([^"]+)"/.exec(text)?.[1]}","originator":"lab"`),
  ),
  'first line: cwd twice': rawFirst((text) => text.replace('"originator":"lab"', '"cwd":"/tmp","originator":"lab"')),
  'first line: git twice': rawFirst((text) => text.replace('"originator":"lab"', '"git":{},"originator":"lab","git":{}')),
  'first line: unknown field twice': rawFirst((text) => text.replace('"originator":"lab"', '"zz":1,"zz":2,"originator":"lab"')),
  'first line: envelope timestamp twice': rawFirst((text) =>
    text.replace('{"timestamp"', '{"timestamp":"2026-11-30T15:51:38Z","timestamp"'),
  ),
  'first line: envelope type twice': rawFirst((text) =>
    text.replace('"type":"session_meta"', '"type":"session_meta","type":"session_meta"'),
  ),
  'first line: payload twice': rawFirst((text) => `${text.slice(0, -1)},"payload":{}}`),
  'first line: ordinal twice': rawFirst((text) => text.replace('"ordinal":0', '"ordinal":0,"ordinal":0')),
  'first line: unknown envelope field twice': rawFirst((text) =>
    text.replace('"type":"session_meta"', '"zz":1,"zz":2,"type":"session_meta"'),
  ),
  'first line: 120 levels in unknown field': meta('zz', JSON.parse(deep(120))),
  'first line: 125 levels in unknown field': meta('zz', JSON.parse(deep(125))),
  'first line: 126 levels in unknown field': meta('zz', JSON.parse(deep(126))),
  'first line: 200 levels in unknown field': meta('zz', JSON.parse(deep(200))),
  'first line: 100000 levels in unknown field': rawFirst((text) =>
    text.replace('"originator":"lab"', `"originator":"lab","zz":${deep(100_000)}`),
  ),
  'first line: 9 MiB': meta('zz', 'x'.repeat(9 << 20)),
  'first line: 9 MiB of instructions': meta('base_instructions', { text: 'x'.repeat(9 << 20) }),
  'first line: huge number in unknown field': rawFirst((text) =>
    text.replace('"originator":"lab"', '"originator":"lab","zz":1e999'),
  ),
  'first line: number with leading zero': rawFirst((text) => text.replace('"originator":"lab"', '"originator":"lab","zz":007')),
  'first line: NaN': rawFirst((text) => text.replace('"originator":"lab"', '"originator":"lab","zz":NaN')),
  'blank line before the first': (lines) => [B(''), ...lines],
  'spaces line before the first': (lines) => [B('  \t'), ...lines],
  'garbage before the first': (lines) => [B('garbage'), ...lines],
  '{} before the first': (lines) => [B('{}'), ...lines],
  'null before the first': (lines) => [B('null'), ...lines],
  'NULs line before the first': (lines) => [B('\0\0\0'), ...lines],
  'torn first line before the first': ([a, ...rest]) => [(a as Buffer).subarray(0, 200), a as Buffer, ...rest],
  'turn line before the first': ([a, b, ...rest]) => [b as Buffer, a as Buffer, ...rest],
  'no session_meta': ([, ...rest]) => rest,
  '20 blank lines before the first': (lines) => [...Array.from({ length: 20 }, () => B('')), ...lines],
  'empty file': () => B(''),
  'only NULs': () => Buffer.alloc(100),
  'only the first line': ([a]) => [a as Buffer],
  'only the first line, no newline': ([a]) => a as Buffer,
};

export const middles: Record<string, Damage> = {
  'as it is': (lines) => lines,
  'blank line': insert(B('')),
  spaces: insert(B('   \t')),
  'CR alone': insert(B('\r')),
  garbage: insert(B('garbage not json')),
  array: insert(B('[1,2]')),
  null: insert(B('null')),
  number: insert(B('42')),
  text: insert(B('"x"')),
  true: insert(B('true')),
  '{}': insert(B('{}')),
  'NUL run as a line': insert(Buffer.alloc(512)),
  'one NUL': insert(B('\0')),
  'NULs before a line': (lines) =>
    lines.map((line, index) => (index === between(lines) ? Buffer.concat([Buffer.alloc(512), line]) : line)),
  'NULs behind a line': (lines) =>
    lines.map((line, index) => (index === between(lines) - 1 ? Buffer.concat([line, Buffer.alloc(512)]) : line)),
  'NULs inside a text': (lines) =>
    lines.map((line, index) =>
      index === between(lines) ? Buffer.concat([line.subarray(0, 30), Buffer.alloc(8), line.subarray(38)]) : line,
    ),
  'torn line': (lines) => lines.toSpliced(between(lines), 0, (lines[1] as Buffer).subarray(0, 60)),
  'torn line and the next on one': (lines) =>
    lines.map((line, index) => (index === between(lines) ? Buffer.concat([(lines[1] as Buffer).subarray(0, 60), line]) : line)),
  'two records on one line': (lines) => {
    const at = between(lines);
    return [...lines.slice(0, at - 1), Buffer.concat([lines[at - 1] as Buffer, lines[at] as Buffer]), ...lines.slice(at + 1)];
  },
  'invalid UTF-8 line': insert(B('\xff\xfe')),
  'invalid UTF-8 in unknown record': insert(
    Buffer.concat([B('{"timestamp":"2026-11-30T15:51:38Z","type":"new","payload":{"a":"'), B('\xff'), B('"}}')]),
  ),
  'invalid UTF-8 in a message': (lines) =>
    lines.map((line) =>
      line.includes('first question') && line.includes('"role":"user"')
        ? Buffer.from(line.toString('latin1').replace('first question', 'first question \xff'), 'latin1')
        : line,
    ),
  'invalid UTF-8 in an answer': (lines) =>
    lines.map((line) =>
      line.includes('"role":"assistant"')
        ? Buffer.from(line.toString('latin1').replace('"text":"', '"text":"\xff'), 'latin1')
        : line,
    ),
  'lone surrogate in a message': (lines) =>
    lines.map((line) =>
      line.includes('first question') && line.includes('"role":"user"')
        ? Buffer.from(line.toString().replace('first question', 'first question \\ud800'))
        : line,
    ),
  'raw tab in a message': (lines) =>
    lines.map((line) =>
      line.includes('first question') && line.includes('"role":"user"')
        ? Buffer.from(line.toString().replace('first question', 'first question \t'))
        : line,
    ),
  'bad escape in a message': (lines) =>
    lines.map((line) =>
      line.includes('first question') && line.includes('"role":"user"')
        ? Buffer.from(line.toString().replace('first question', 'first question \\x'))
        : line,
    ),
  'unknown type without ordinal': insert(B('{"timestamp":"2026-11-30T15:51:38Z","type":"new","payload":{}}')),
  'unknown event': insert(B('{"timestamp":"2026-11-30T15:51:38Z","type":"event_msg","payload":{"type":"new"}}')),
  'record without payload': insert(B('{"timestamp":"2026-11-30T15:51:38Z","type":"event_msg"}')),
  'record with key twice': insert(
    B('{"timestamp":"2026-11-30T15:51:38Z","timestamp":"2026-11-30T15:51:38Z","type":"event_msg","payload":{"type":"new"}}'),
  ),
  '200 levels': insert(B(`{"timestamp":"2026-11-30T15:51:38Z","type":"new","payload":${deep(200)}}`)),
  '100000 levels': insert(B(`{"timestamp":"2026-11-30T15:51:38Z","type":"new","payload":${deep(100_000)}}`)),
  '100000 levels bare': insert(B(deep(100_000))),
  'line of 70 MB': insert(Buffer.alloc(70 << 20, 'x')),
  'record of 70 MB': insert(
    Buffer.concat([
      B('{"timestamp":"2026-11-30T15:51:38Z","type":"new","payload":{"a":"'),
      Buffer.alloc(70 << 20, 'x'),
      B('"}}'),
    ]),
  ),
  'a second first line': (lines) => lines.toSpliced(between(lines), 0, lines[0] as Buffer),
  'a second first line of another id': (lines) =>
    lines.toSpliced(
      between(lines),
      0,
      spell({
        ...parse(lines[0] as Buffer),
        payload: { ...(parse(lines[0] as Buffer).payload as Json), id: parent, session_id: parent },
      }),
    ),
  'another first line as second': (lines) =>
    lines.toSpliced(
      1,
      0,
      spell({
        ...parse(lines[0] as Buffer),
        payload: { ...(parse(lines[0] as Buffer).payload as Json), id: parent, session_id: parent },
      }),
    ),
  'a second first line without cwd': (lines) =>
    lines.toSpliced(
      between(lines),
      0,
      spell({ ...parse(lines[0] as Buffer), payload: { ...(parse(lines[0] as Buffer).payload as Json), cwd: undefined } }),
    ),
  CRLF: (lines) => lines.map((line) => Buffer.concat([line, B('\r')])),
  'BOM in a middle line': (lines) =>
    lines.map((line, index) => (index === between(lines) ? Buffer.concat([B('\xef\xbb\xbf'), line]) : line)),
  'spaces before every line': (lines) => lines.map((line) => Buffer.concat([B('  '), line])),
  'no last newline': (lines) => Buffer.concat(lines.flatMap((line, index) => (index ? [B('\n'), line] : [line]))),
  'blank lines at the end': atEnd(B('\n\n\n')),
  'torn last line': atEnd(B('{"timestamp":"2026-11-30T15:51:38Z","type":"ev')),
  'torn last line, closed': atEnd(B('{"timestamp":"2026-11-30T15:51:38Z","type":"ev\n')),
  'NULs at the end': atEnd(Buffer.alloc(4096)),
  'NULs at the end, closed': atEnd(Buffer.concat([Buffer.alloc(4096), B('\n')])),
  'garbage at the end': atEnd(B('garbage')),
  'garbage at the end, closed': atEnd(B('garbage\n')),
  'null at the end': atEnd(B('null\n')),
  '{} at the end': atEnd(B('{}\n')),
  'unknown type at the end': atEnd(B('{"timestamp":"2026-11-30T15:51:38Z","type":"new","payload":{}}\n')),
  'settings at the end without ordinal': atEnd(
    B(
      '{"timestamp":"2026-11-30T15:51:38Z","type":"event_msg","payload":{"type":"token_count","info":null,"rate_limits":null}}\n',
    ),
  ),
  'invalid UTF-8 at the end': atEnd(B('\xff\xff\n')),
};

export const numbers: Record<string, Damage> = {
  'as it is': (lines) => lines,
  none: ordinals(() => undefined),
  'last missing': ordinals((n, all) => (n === all - 1 ? undefined : n)),
  'last three missing': ordinals((n, all) => (n >= all - 3 ? undefined : n)),
  'first missing': ordinals((n) => (n === 0 ? undefined : n)),
  'one in the middle missing': ordinals((n) => (n === 8 ? undefined : n)),
  'three in the middle missing': ordinals((n) => (n >= 8 && n < 11 ? undefined : n)),
  'from 1': ordinals((n) => n + 1),
  'from 100': ordinals((n) => n + 100),
  'gap of one': ordinals((n) => (n > 8 ? n + 1 : n)),
  'gap of 1000': ordinals((n) => (n > 8 ? n + 1000 : n)),
  'steps of two': ordinals((n) => n * 2),
  'one twice': ordinals((n) => (n > 8 ? n - 1 : n)),
  'turn start twice': (lines) => {
    const at = between(lines);
    return ordinals((n) => (n >= at ? n - 1 : n))(lines);
  },
  'five overlap': (lines) => {
    const at = between(lines);
    return ordinals((n) => (n >= at ? n - 5 : n))(lines);
  },
  'restart at 0': (lines) => {
    const at = between(lines);
    return ordinals((n) => (n >= at ? n - at : n))(lines);
  },
  'restart at 1': (lines) => {
    const at = between(lines);
    return ordinals((n) => (n >= at ? n - at + 1 : n))(lines);
  },
  descending: ordinals((n, all) => all - n),
  'all 0': ordinals(() => 0),
  'two swapped': ordinals((n) => (n === 8 ? 9 : n === 9 ? 8 : n)),
  'last lower': ordinals((n, all) => (n === all - 1 ? 3 : n)),
  'beyond 2^53': (lines) =>
    lines.map((line, n) => Buffer.from(line.toString().replace(/"ordinal":\d+/, `"ordinal":${9007199254740993n + BigInt(n)}`))),
  'jump beyond 2^53': (lines) =>
    lines.map((line, n) =>
      n > 8 ? Buffer.from(line.toString().replace(/"ordinal":\d+/, `"ordinal":${9007199254740993n + BigInt(n)}`)) : line,
    ),
  'last 2^53': (lines) => rawOrdinal(lines.length - 1, '9007199254740992')(lines),
  'last 2^63-1': (lines) => rawOrdinal(lines.length - 1, '9223372036854775807')(lines),
  'last 2^63': (lines) => rawOrdinal(lines.length - 1, '9223372036854775808')(lines),
  'last 2^64-1': (lines) => rawOrdinal(lines.length - 1, '18446744073709551615')(lines),
  'last 2^64': (lines) => rawOrdinal(lines.length - 1, '18446744073709551616')(lines),
  'last jump to 1e6': (lines) => rawOrdinal(lines.length - 1, '1000000')(lines),
  'middle decimal 8.0': rawOrdinal(8, '8.0'),
  'middle text': rawOrdinal(8, '"8"'),
  'middle negative': rawOrdinal(8, '-8'),
  'middle null': rawOrdinal(8, 'null'),
  'middle 8e0': rawOrdinal(8, '8e0'),
  'middle 08': rawOrdinal(8, '08'),
  'middle 2^64': rawOrdinal(8, '18446744073709551616'),
  'middle object': rawOrdinal(8, '{}'),
  'middle twice': (lines) =>
    lines.map((line, n) => (n === 8 ? Buffer.from(line.toString().replace('"ordinal":8', '"ordinal":8,"ordinal":8')) : line)),
  'last decimal': (lines) => rawOrdinal(lines.length - 1, `${lines.length - 1}.0`)(lines),
  'last text': (lines) => rawOrdinal(lines.length - 1, `"${lines.length - 1}"`)(lines),
  'last negative': (lines) => rawOrdinal(lines.length - 1, '-1')(lines),
  'last null': (lines) => rawOrdinal(lines.length - 1, 'null')(lines),
  'all text': ordinals((n) => String(n)),
  'first text': rawOrdinal(0, '"0"'),
  'first negative': rawOrdinal(0, '-1'),
  'ordinal at the end of the record': everyLine((line, n) => {
    if (line.ordinal === undefined) return;
    delete line.ordinal;
    line.ordinal = n;
  }),
};

const mendLine = (ordinal: number, payload: object): Buffer =>
  spell({ timestamp: '2026-11-30T15:51:38.000Z', ordinal, type: 'event_msg', payload });
const tokens = { type: 'token_count', info: null, rate_limits: null };
const unnumberedEnd: Damage = ordinals((n, all) => (n >= all - 3 ? undefined : n));
const mended =
  (damage: Damage, ordinal: (all: number) => number, payload: object): Damage =>
  (lines) => [...(damage(lines) as Lines), mendLine(ordinal(lines.length), payload)];
export const repairs: Record<string, Damage> = {
  'as it is': (lines) => lines,
  'end unnumbered, tokens next': mended(unnumberedEnd, (all) => all - 3, tokens),
  'end unnumbered, tokens behind all': mended(unnumberedEnd, (all) => all, tokens),
  'end unnumbered, name null': mended(unnumberedEnd, (all) => all - 3, {
    type: 'thread_name_updated',
    thread_id: parent,
    thread_name: null,
  }),
  'none numbered, tokens 0': mended(
    ordinals(() => undefined),
    () => 0,
    tokens,
  ),
  'none numbered, tokens behind all': mended(
    ordinals(() => undefined),
    (all) => all,
    tokens,
  ),
  'second turn unnumbered, tokens next': (lines) => {
    const at = between(lines);
    return [...(ordinals((n) => (n >= at ? undefined : n))(lines) as Lines), mendLine(at, tokens)];
  },
  'restart at 0, tokens behind highest': (lines) => {
    const at = between(lines);
    return [...(ordinals((n) => (n >= at ? n - at : n))(lines) as Lines), mendLine(Math.max(at, lines.length - at), tokens)];
  },
  'last lower, tokens behind highest': (lines) => [
    ...(ordinals((n, all) => (n === all - 1 ? 3 : n))(lines) as Lines),
    mendLine(lines.length - 1, tokens),
  ],
  'unknown type numbered in its place': (lines) =>
    everyLine((line, n) => {
      if (line.ordinal !== undefined) line.ordinal = n;
    })(lines.toSpliced(between(lines), 0, spell({ timestamp: 't', ordinal: 0, type: 'new', payload: {} }))),
  'garbage in its place, the rest numbered on': (lines) => lines.toSpliced(between(lines), 0, B('garbage')),
  'garbage took a number': (lines) => lines.map((line, n) => (n === between(lines) - 3 ? B('garbage') : line)),
  'garbage took a number, the rest numbered anew': (lines) => {
    const lost = between(lines) - 3;
    return lines.map((line, n) =>
      n === lost ? B('garbage') : n > lost && line.includes('"ordinal"') ? spell({ ...parse(line), ordinal: n - 1 }) : line,
    );
  },
  'windows roots in the settings': everyLine((line) => {
    const settings = (line.payload as { thread_settings?: Json }).thread_settings;
    if (settings) settings.runtime_workspace_roots = ['C:\\a'];
  }),
  'windows folder in the settings': everyLine((line) => {
    const settings = (line.payload as { thread_settings?: Json }).thread_settings;
    if (settings) settings.cwd = 'C:\\a';
  }),
};
