import { describe, expect, test } from 'vitest';
import { toLegacy } from '../../../scripts/lib/domain/legacy/legacy_form.ts';
import { headOf, readHead } from '../../../scripts/lib/domain/rollout/rollout_line.ts';
import { allLines, type Form, readForm } from '../../fixtures/history_forms/read_form.ts';

const HEAD = '{"timestamp":"2026-11-21T10:08:09.045Z","ordinal":7,"type":';
const legacy = (line: string): string[] => toLegacy(Buffer.from(line), readHead(Buffer.from(line))).map(String);
/** The events of an item; `item` is JSON text, so that its spelling can be watched. */
const eventsOf = (item: string): string[] =>
  legacy(
    `${HEAD}"event_msg","payload":{"type":"item_completed","thread_id":"i","turn_id":"t","item":${item},"completed_at_ms":1}}`,
  );
const event = (payload: string): string => `{"timestamp":"2026-11-21T10:08:09.045Z","type":"event_msg","payload":${payload}}`;

const linesIn = (form: Form): { [key: string]: unknown; type: string; payload: { [key: string]: unknown } }[] =>
  allLines(readForm(form)).map(({ bytes }) => JSON.parse(bytes.toString('utf8')));
const kindOf = ({ type, payload }: { type: string; payload: { [key: string]: unknown } }): string =>
  `${type}/${payload.type ?? ''}`;
const converted = (form: Form) =>
  allLines(readForm(form)).flatMap((line) => toLegacy(line.bytes, headOf(line)).map((made) => JSON.parse(String(made))));

describe('a line that stays one', () => {
  test.each([
    [
      'in front',
      '{"timestamp":"t","ordinal":7,"type":"x","payload":{"a":1.0}}',
      '{"timestamp":"t","type":"x","payload":{"a":1.0}}',
    ],
    ['first', '{"ordinal": 7, "type":"x","payload":{}}', '{"type":"x","payload":{}}'],
    ['at the end', '{"timestamp":"t","type":"x","payload":{} , "ordinal" : 7}', '{"timestamp":"t","type":"x","payload":{}}'],
    ['nowhere', '{"timestamp":"t","type":"x","payload":{"ordinal":7}}', '{"timestamp":"t","type":"x","payload":{"ordinal":7}}'],
  ])('keeps its bytes but for the ordinal: %s', (_where, line, expected) => expect(legacy(line)).toEqual([expected]));

  test('is the very buffer where nothing changes', () => {
    const line = Buffer.from('{"timestamp":"t","type":"response_item","payload":{"type":"message"}}');
    expect(toLegacy(line, readHead(line))[0]).toBe(line);
  });

  test('says legacy where it is the first line', () => {
    const meta = (mode: string): string => `"session_meta","payload":{"id":"i","n":1.0${mode},"cwd":"C:\\\\a"}}`;
    expect(legacy(HEAD + meta(', "history_mode": "paginated"'))).toEqual([
      `{"timestamp":"2026-11-21T10:08:09.045Z","type":${meta(', "history_mode": "legacy"')}`,
    ]);
    expect(legacy(HEAD + meta(''))).toEqual([`{"timestamp":"2026-11-21T10:08:09.045Z","type":${meta('')}`]);
  });

  test.each([
    ['Plan', 'p'],
    ['Sleep', 's'],
    ['SubAgentActivity', 'subagent-completed-1'],
  ])('may be an item: %s', (type, id) => {
    const item = `"event_msg","payload":{"type":"item_completed","turn_id":"t","item":{"type":"${type}","id":"${id}"}}}`;
    expect(legacy(HEAD + item)).toEqual([`{"timestamp":"2026-11-21T10:08:09.045Z","type":${item}`]);
  });
});

describe('an item becomes what legacy mode writes', () => {
  test.each([
    [
      "the user's words",
      '{"type":"UserMessage","id":"u","content":[{"type":"text","text":"\\u0048i \\"you\\"","text_elements":[]}]}',
      '{"type":"user_message","message":"\\u0048i \\"you\\"","images":[],"local_images":[],"text_elements":[]}',
    ],
    [
      'words in two parts, with images; skills and files by id have no place',
      `{"type":"UserMessage","content":[{"type":"text","text":"Schön ","text_elements":[{"byte_range":{"start":0,"end":6},"placeholder":"[1]"}]},
        {"type":"text","text":"two","text_elements":[{"byte_range":{"start":0,"end":3}},{"byte_range":{"start":1}}]},{"type":"image","image_url":"data:x","detail":"high"},
        {"type":"local_image","path":"C:\\\\Bild 1.png"},{"type":"image","image":{"file_id":"f"}},{"type":"skill","name":"s","path":"/s"}]}`,
      '{"type":"user_message","message":"Schön two","images":["data:x"],"local_images":["C:\\\\Bild 1.png"],"text_elements":[{"byte_range":{"start":0,"end":6},"placeholder":"[1]"},{"byte_range":{"start":7,"end":10}}]}',
    ],
    [
      'an answer',
      '{"type":"AgentMessage","id":"m","content":[{"type":"Text","text":"yes\\n"}],"phase":"final_answer"}',
      '{"type":"agent_message","message":"yes\\n","phase":"final_answer","memory_citation":null}',
    ],
    [
      'a search',
      '{"type":"WebSearch","id":"ws","query":"weather","action":{"type":"search","query":"weather"}}',
      '{"type":"web_search_end","call_id":"ws","query":"weather","action":{"type":"search","query":"weather"}}',
    ],
    [
      'a patch',
      '{"type":"FileChange","id":"c","changes":{"/a/new.txt":{"type":"add","content":"x"}},"status":"completed","stdout":"ok","stderr":""}',
      '{"type":"patch_apply_end","call_id":"c","turn_id":"t","stdout":"ok","stderr":"","success":true,"changes":{"/a/new.txt":{"type":"add","content":"x"}},"status":"completed"}',
    ],
    [
      'a patch that failed',
      '{"type":"FileChange","id":"c","changes":{},"status":"failed"}',
      '{"type":"patch_apply_end","call_id":"c","turn_id":"t","stdout":"","stderr":"","success":false,"changes":{},"status":"failed"}',
    ],
    [
      'a tool call',
      '{"type":"McpToolCall","id":"c","server":"lab","tool":"echoes","arguments":{"n":1.0},"status":"completed","result":{"content":[]},"duration":{"secs":0,"nanos":5}}',
      '{"type":"mcp_tool_call_end","call_id":"c","turn_id":"t","invocation":{"server":"lab","tool":"echoes","arguments":{"n":1.0}},"duration":{"secs":0,"nanos":5},"result":{"Ok":{"content":[]}}}',
    ],
    [
      'a tool call that failed',
      '{"type":"McpToolCall","id":"c","server":"lab","tool":"echoes","arguments":null,"status":"failed","error":{"message":"no luck"},"duration":{"secs":0,"nanos":5}}',
      '{"type":"mcp_tool_call_end","call_id":"c","turn_id":"t","invocation":{"server":"lab","tool":"echoes","arguments":null},"duration":{"secs":0,"nanos":5},"result":{"Err":"no luck"}}',
    ],
    [
      'a generated image',
      '{"type":"Extension","kind":"image_gen.generation","id":"ig","status":"completed","revisedPrompt":"a dot","result":"iVBO","savedPath":"/h/ig.png"}',
      '{"type":"image_generation_end","call_id":"ig","status":"completed","revised_prompt":"a dot","result":"iVBO","saved_path":"/h/ig.png"}',
    ],
    [
      'an image that was saved nowhere',
      '{"type":"ImageGeneration","id":"ig","status":"completed"}',
      '{"type":"image_generation_end","call_id":"ig","status":"completed","revised_prompt":null,"result":""}',
    ],
    [
      'what an agent does',
      '{"type":"SubAgentActivity","model":null,"id":"call_1","kind":"started","agent_thread_id":"a","agent_path":"/root/one"}',
      '{"type":"sub_agent_activity","event_id":"call_1","occurred_at_ms":1,"agent_thread_id":"a","agent_path":"/root/one","kind":"started"}',
    ],
    ['a compaction', '{"type":"ContextCompaction","id":"x"}', '{"type":"context_compacted"}'],
    [
      'the start of a review',
      '{"type":"EnteredReviewMode","id":"r","target":{"type":"custom"},"user_facing_hint":"look"}',
      '{"type":"entered_review_mode","target":{"type":"custom"},"user_facing_hint":"look","turn_id":"t","item_id":"r"}',
    ],
    [
      'its end',
      '{"type":"ExitedReviewMode","id":"r","review_output":{"overall_confidence_score":0.0}}',
      '{"type":"exited_review_mode","turn_id":"t","item_id":"r","review_output":{"overall_confidence_score":0.0}}',
    ],
  ])('%s', (_what, item, payload) => expect(eventsOf(item)).toEqual([event(payload)]));

  test('reasoning: each of its texts', () => {
    expect(eventsOf('{"type":"Reasoning","id":"rs_1","summary_text":["one","two"],"raw_content":["three"]}')).toEqual([
      event('{"type":"agent_reasoning","text":"one"}'),
      event('{"type":"agent_reasoning","text":"two"}'),
      event('{"type":"agent_reasoning_raw_content","text":"three"}'),
    ]);
  });

  test('reasoning that a migration made: only what its line adds', () => {
    const said = (texts: string): string[] =>
      eventsOf(`{"type":"Reasoning","id":"item-4","summary_text":[${texts}],"raw_content":[]}`);
    expect([...said('"one"'), ...said('"one","two"')]).toEqual([
      event('{"type":"agent_reasoning","text":"one"}'),
      event('{"type":"agent_reasoning","text":"two"}'),
    ]);
  });

  test.each(['CommandExecution', 'ImageView', 'CollabAgentToolCall', 'HookPrompt', 'Extension', 'constructor', 'Unheard'])(
    'nothing for %s',
    (type) => expect(eventsOf(`{"type":"${type}","id":"x"}`)).toEqual([]),
  );

  test.each(['null', '7', '{}', '{"type":7}', '{"type":"UserMessage","content":{"text":1}}', '{"type":"AgentMessage"}'])(
    'or nothing that breaks it: %s',
    (item) => {
      for (const line of eventsOf(item)) expect(() => JSON.parse(line)).not.toThrow();
    },
  );
});

describe('what Codex 0.169.0 wrote', () => {
  test('loses its ordinals and its items, and keeps everything else in order', () => {
    const made = converted('paginated_0.169.0');
    const said = linesIn('paginated_0.169.0');
    const isItem = ({ payload }: { payload: { [key: string]: unknown } }): boolean => payload.type === 'item_completed';
    expect(made.some((line) => 'ordinal' in line || isItem(line))).toBe(false);
    const plain = said.filter((line) => !isItem(line) && line.type !== 'session_meta').map(({ ordinal: _, ...line }) => line);
    const events = /^event_msg\/(user_message|agent_|web_search|patch_apply|mcp_tool|context_compacted)/;
    expect(made.filter((line) => line.type !== 'session_meta' && !events.test(kindOf(line)))).toEqual(plain);
    expect(made[0].payload).toEqual({ ...said[0]?.payload, history_mode: 'legacy' });
  });

  test.each<Form>(['migrated_0.153.4', 'migrated_0.169.0'])('back from %s come the events that 0.145.0 had written', (form) => {
    const asEvents =
      /^event_msg\/(user_message|agent_message|agent_reasoning|web_search_end|patch_apply_end|mcp_tool_call_end|context_compacted)$/;
    const told = (lines: { type: string; payload: { [key: string]: unknown } }[]) =>
      lines.filter((line) => asEvents.test(kindOf(line)) && !JSON.stringify(line).includes('taken back'));
    const written = told(linesIn('legacy_0.145.0'));
    expect(written.length).toBeGreaterThan(12);
    // Later versions say more: the turn of a tool call; earlier ones wrote fields for audio that nobody had sent.
    expect(told(converted(form)).map(withoutExtras)).toEqual(written.map(withoutExtras));
  });
});

function withoutExtras({ payload, ...line }: { payload: { [key: string]: unknown } }): object {
  const { turn_id: _turn, audio: _audio, local_audio: _local, ...rest } = payload;
  return { ...line, payload: rest };
}
