// What legacy mode records of an item: the payloads of its events.

import { elements, isArray, isObject, members, textOf } from '../json/json_bytes.ts';
import { QUOTE } from '../json/json_syntax.ts';
import type { LineHead } from '../rollout/rollout_line.ts';

/**
 * Payloads of the events that stand for the item of an `item_completed` line, as JSON text; none for what legacy mode does not record.
 * `kept`: legacy mode writes the item itself.
 */
export function legacyEvents(bytes: Buffer, head: LineHead): string[] | 'kept' {
  const payload = isObject(bytes, head.payloadStart) ? fieldsOf(bytes.subarray(head.payloadStart)) : new Map<string, Json>();
  const item = fieldsOf(payload.get('item'));
  const type = wordOf(item.get('type'));
  if (KEPT_ITEMS.has(type) || wordOf(item.get('id')).startsWith(AGENT_ENDED)) return 'kept';
  return (ITEMS.get(type)?.(item, payload) ?? []).map(payloadOf);
}

const KEPT_ITEMS = new Set(['Plan', 'Sleep']);
/** How Codex 0.169.0 names the one activity of an agent that has no event. */
const AGENT_ENDED = 'subagent-completed-';

function payloadOf(event: Event): string {
  const fields = Object.entries({ ...event, type: JSON.stringify(event.type) }).filter(([, json]) => json !== undefined);
  return `{${fields.map(([field, json]) => `"${field}":${json}`).join(',')}}`;
}

type Json = Buffer;
type Fields = Map<string, Json>;
/** What an event holds beside its type, spelled as JSON; what is undefined is left out. */
type Event = { type: string; [field: string]: Json | string | undefined };

const NULL = Buffer.from('null');

/** `payload` is what the item stands in: it has the turn and the time. */
type ToEvents = (item: Fields, payload: Fields) => Event[];

const turnOf = (payload: Fields): Json => payload.get('turn_id') ?? NULL;

const ITEMS = new Map(
  Object.entries<ToEvents>({
    UserMessage: (item) => [userMessage(partsOf(item.get('content')).map(fieldsOf))],
    AgentMessage: (item) =>
      partsOf(item.get('content'))
        .map((part) => fieldsOf(part).get('text'))
        .map((message) => ({ type: 'agent_message', message, phase: item.get('phase') ?? NULL, memory_citation: NULL })),
    Reasoning: reasoning,
    WebSearch: (item) => [
      {
        type: 'web_search_end',
        call_id: item.get('id'),
        query: item.get('query'),
        action: item.get('action') ?? '{"type":"other"}',
      },
    ],
    FileChange: (item, payload) => [fileChange(item, turnOf(payload))],
    McpToolCall: (item, payload) => [toolCall(item, turnOf(payload))],
    ImageGeneration: (item) => [generatedImage(item)],
    Extension: (item) => (wordOf(item.get('kind')) === 'image_gen.generation' ? [generatedImage(item)] : []),
    SubAgentActivity: (item, payload) => [agentActivity(item, payload)],
    ContextCompaction: () => [{ type: 'context_compacted' }],
    EnteredReviewMode: (item, payload) => [
      {
        type: 'entered_review_mode',
        target: item.get('target'),
        user_facing_hint: item.get('user_facing_hint'),
        turn_id: turnOf(payload),
        item_id: item.get('id'),
      },
    ],
    ExitedReviewMode: (item, payload) => [
      {
        type: 'exited_review_mode',
        turn_id: turnOf(payload),
        item_id: item.get('id'),
        review_output: item.get('review_output') ?? NULL,
      },
    ],
  }),
);

const agentActivity = (item: Fields, payload: Fields): Event => ({
  type: 'sub_agent_activity',
  event_id: item.get('id'),
  occurred_at_ms: payload.get('completed_at_ms') ?? '0',
  agent_thread_id: item.get('agent_thread_id'),
  agent_path: item.get('agent_path'),
  kind: item.get('kind'),
});

function userMessage(parts: Fields[]): Event {
  const valuesOf = (type: string, field: string): Json[] =>
    parts.filter((part) => wordOf(part.get('type')) === type).flatMap((part) => part.get(field) ?? []);
  const texts = parts.filter((part) => wordOf(part.get('type')) === 'text');
  return {
    type: 'user_message',
    message: `"${texts.map((part) => String(part.get('text') ?? '""').slice(1, -1)).join('')}"`,
    images: `[${valuesOf('image', 'image_url').join(',')}]`,
    local_images: `[${valuesOf('local_image', 'path').join(',')}]`,
    text_elements: JSON.stringify(textElements(texts)),
  };
}

type TextElement = { byte_range: { start: number; end: number } };

/** Their ranges count from the start of the whole message. */
function textElements(texts: Fields[]): TextElement[] {
  let before = 0;
  return texts.flatMap((part) => {
    const moved = parseElements(part.get('text_elements')).map((element) => {
      const { start, end } = element.byte_range;
      return { ...element, byte_range: { start: start + before, end: end + before } };
    });
    before += Buffer.byteLength(wordOf(part.get('text')));
    return moved;
  });
}

function parseElements(json: Json | undefined): TextElement[] {
  try {
    const parsed = JSON.parse(String(json ?? '[]')) as TextElement[];
    return parsed.filter(({ byte_range }) => Number.isInteger(byte_range.start) && Number.isInteger(byte_range.end));
  } catch {
    return [];
  }
}

/** `migrate-rollouts` repeats in every further line of a reasoning all that the lines before it said (0.153.4, 0.169.0). */
function reasoning(item: Fields): Event[] {
  const summaries = partsOf(item.get('summary_text')).map((text) => ({ type: 'agent_reasoning', text }));
  const raw = partsOf(item.get('raw_content')).map((text) => ({ type: 'agent_reasoning_raw_content', text }));
  const all = [...summaries, ...raw];
  return wordOf(item.get('id')).startsWith('item-') ? all.slice(-1) : all;
}

const fileChange = (item: Fields, turn_id: Json): Event => ({
  type: 'patch_apply_end',
  call_id: item.get('id'),
  turn_id,
  stdout: item.get('stdout') ?? '""',
  stderr: item.get('stderr') ?? '""',
  success: String(wordOf(item.get('status')) === 'completed'),
  changes: item.get('changes') ?? '{}',
  status: item.get('status'),
});

function toolCall(item: Fields, turn_id: Json): Event {
  const [server, tool] = [item.get('server') ?? NULL, item.get('tool') ?? NULL];
  const error = fieldsOf(item.get('error')).get('message');
  return {
    type: 'mcp_tool_call_end',
    call_id: item.get('id'),
    turn_id,
    invocation: `{"server":${server},"tool":${tool},"arguments":${item.get('arguments') ?? NULL}}`,
    duration: item.get('duration') ?? '{"secs":0,"nanos":0}',
    result: error ? `{"Err":${error}}` : `{"Ok":${item.get('result') ?? '{"content":[]}'}}`,
  };
}

/** An item of its own until it became an extension, which spells its fields in another way. */
const generatedImage = (item: Fields): Event => ({
  type: 'image_generation_end',
  call_id: item.get('id'),
  status: item.get('status'),
  revised_prompt: item.get('revised_prompt') ?? item.get('revisedPrompt') ?? NULL,
  result: item.get('result') ?? '""',
  saved_path: item.get('saved_path') ?? item.get('savedPath'),
});

/** The members of an object as their bytes; none where the value is missing or is no object. */
const fieldsOf = (json: Json | undefined): Fields =>
  new Map(
    json && isObject(json, 0)
      ? [...members(json, 0)].map((member) => [member.key, json.subarray(member.valueStart, member.valueEnd)])
      : [],
  );

const partsOf = (json: Json | undefined): Json[] =>
  json && isArray(json, 0) ? [...elements(json, 0)].map(({ start, end }) => json.subarray(start, end)) : [];

/** The text of a JSON string; empty where there is none. */
const wordOf = (json: Json | undefined): string => (json?.[0] === QUOTE ? textOf(json, 0, json.length) : '');
