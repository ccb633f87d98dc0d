// How Codex spells the settings of a thread (0.144 to 0.171). Settings that a Codex cannot read count for nothing to it, and earlier ones do;
// so settings are believed only where every member is one that it writes, once, with a value that it can have.

import { asThreadId } from '../ids/thread_id.ts';
import { asObject, type JsonObject, parsePayload } from '../json/json_value.ts';

export const isEmpty = (object: JsonObject): boolean => Object.keys(object).length === 0;

/** Null where it is no list of texts. */
export const textsIn = (value: unknown): string[] | null =>
  Array.isArray(value) && value.every((entry) => typeof entry === 'string') ? (value as string[]) : null;

/** The payload of a line; empty where the line is no JSON object. */
export const payloadOf = (line: Buffer | null): JsonObject => (line && parsePayload(line)) ?? {};

export const settingsIn = (line: Buffer | null): JsonObject => asObject(payloadOf(line).thread_settings);

/** From 0.152 on the settings of another thread count for nothing, so those before them do. */
export function isOwn(line: Buffer | null, threadId: string): boolean {
  const named = payloadOf(line).thread_id;
  return line !== null && (named === undefined || named === threadId);
}

export const EFFORTS = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh'];
export const SUMMARIES = ['auto', 'concise', 'detailed', 'none'];
export const PERSONALITIES = ['none', 'friendly', 'pragmatic'];
export const TIERS = ['priority', 'flex'];
export const MODES = ['default', 'plan'];

type Check = (value: unknown) => boolean;

const text: Check = (value) => typeof value === 'string';
const texts: Check = (value) => textsIn(value) !== null;
const object: Check = (value) => !isEmpty(asObject(value));
const oneOf =
  (words: string[]): Check =>
  (value) =>
    words.includes(value as string);
const optional =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);
const orNull =
  (check: Check): Check =>
  (value) =>
    value === null || check(value);
const members =
  (checks: Record<string, Check>): Check =>
  (value) =>
    object(value) &&
    Object.keys(value as JsonObject).every((key) => Object.hasOwn(checks, key)) &&
    Object.entries(checks).every(([key, check]) => check((value as JsonObject)[key]));

const modeSettings = members({ model: text, reasoning_effort: orNull(oneOf(EFFORTS)), developer_instructions: orNull(text) });

/** What their values say about rights is read elsewhere (`recorded_rights.ts`). */
const threadSettings = members({
  model: text,
  model_provider_id: text,
  service_tier: optional(oneOf(TIERS)),
  approval_policy: (value) => text(value) || object(value),
  approvals_reviewer: text,
  requested_approvals_reviewer: optional(text),
  permission_profile: object,
  active_permission_profile: optional(object),
  cwd: text,
  runtime_workspace_roots: optional(texts),
  reasoning_effort: optional(oneOf(EFFORTS)),
  reasoning_summary: optional(oneOf(SUMMARIES)),
  personality: optional(oneOf(PERSONALITIES)),
  collaboration_mode: members({ mode: oneOf(MODES), settings: modeSettings }),
  disabled_plugin_ids: optional(texts),
});

const isId: Check = (value) => asThreadId(value) !== null;

const settingsRecord = members({
  timestamp: text,
  ordinal: optional(Number.isSafeInteger),
  type: oneOf(['event_msg']),
  payload: members({ type: oneOf(['thread_settings_applied']), thread_id: optional(isId), thread_settings: threadSettings }),
});

/** White space and escapes may be another tool's, which spelled the line anew; what any reader of JSON could take otherwise is not believed. */
export function isSpelledAsByCodex(line: Buffer): boolean {
  const spelled = line.toString('utf8');
  try {
    const record: unknown = JSON.parse(spelled);
    return settingsRecord(record) && isUnambiguous(spelled, record) && Buffer.from(spelled).equals(line);
  } catch {
    return false;
  }
}

/** No member twice, no half of a surrogate pair, and of numbers only plain ones: Codex reads those alike. */
function isUnambiguous(spelled: string, record: unknown): boolean {
  const bare = spelled.replaceAll(/"(?:[^"\\]|\\.)*"/g, '');
  const isPlain = !/-|\d[.eE]/.test(bare) && !/\\u[dD][89a-fA-F]/.test(spelled);
  return isPlain && bare.split(':').length - 1 === countMembers(record);
}

function countMembers(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  const below = Object.values(value).reduce<number>((sum, one) => sum + countMembers(one), 0);
  return below + (Array.isArray(value) ? 0 : Object.keys(value).length);
}
