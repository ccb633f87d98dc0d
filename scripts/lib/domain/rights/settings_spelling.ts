// How Codex spells the settings of a thread (0.144 to 0.171). Settings that a Codex cannot read count for nothing to it, and earlier ones do;
// so settings are believed only where every member is one that it writes, once, with a value that it can have.

import { asThreadId } from '../ids/thread_id.ts';
import { findStrictFault } from '../json/json_faults.ts';
import { asObject, type JsonObject, parsePayload } from '../json/json_value.ts';
import { repeatedMember } from '../json/repeated_member.ts';
import { parsePath } from '../paths/foreign_path.ts';
import { asApproval, asReviewer } from './rights.ts';

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

/** Kinds of requests that Codex always names. */
export const GRANULAR = ['sandbox_approval', 'rules', 'skill_approval', 'request_permissions', 'mcp_elicitations'];

export const isApproval: Check = (value) => {
  const approval = asApproval(value);
  if (approval === null || typeof approval !== 'object') return approval !== null;
  return Object.keys(approval.granular).length === GRANULAR.length && GRANULAR.every((kind) => kind in approval.granular);
};
const isReviewer: Check = (value) => asReviewer(value) !== null;

/** One path that is none makes Codex read nothing of the settings. */
const isPath: Check = (value) => typeof value === 'string' && parsePath(value) !== null;
const isPlace: Check = (value) =>
  members({ type: oneOf(['path']), path: isPath })(value) ||
  members({ type: oneOf(['glob_pattern']), pattern: text })(value) ||
  members({ type: oneOf(['special']), value: members({ kind: oneOf(['root', 'minimal', 'slash_tmp', 'tmpdir']) }) })(value);
const isEntry = members({
  path: isPlace,
  access: oneOf(['read', 'write', 'deny']),
  missing_path_behavior: optional(oneOf(['skip'])),
});
const isListOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);
const isNetwork = oneOf(['enabled', 'restricted']);
const isProfile: Check = (value) =>
  members({ type: oneOf(['disabled']) })(value) ||
  members({ type: oneOf(['managed']), file_system: members({ type: oneOf(['unrestricted']) }), network: isNetwork })(value) ||
  members({
    type: oneOf(['managed']),
    file_system: members({ type: oneOf(['restricted']), entries: isListOf(isEntry) }),
    network: isNetwork,
  })(value);
/** By its name, which this machine may not know. */
export const isNamedProfile = members({ id: text, extends: optional(orNull(text)) });

const threadSettings = members({
  model: text,
  model_provider_id: text,
  service_tier: optional(oneOf(TIERS)),
  approval_policy: isApproval,
  approvals_reviewer: isReviewer,
  requested_approvals_reviewer: optional(isReviewer),
  permission_profile: isProfile,
  active_permission_profile: optional(isNamedProfile),
  cwd: isPath,
  runtime_workspace_roots: optional(isListOf(isPath)),
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
  const record = plainRecord(line);
  return record !== null && settingsRecord(record) && !hasOddNumber(line);
}

/** A fraction, an exponent, a sign. */
const hasOddNumber = (line: Buffer): boolean => /-|\d[.eE]/.test(line.toString('utf8').replaceAll(/"(?:[^"\\]|\\.)*"/g, ''));

/** The record of a line that every reader of JSON takes in the same way: UTF-8, no member twice, no half of a surrogate pair; null of any other. */
export function plainRecord(line: Buffer): JsonObject | null {
  const text = line.toString('utf8');
  if (!Buffer.from(text).equals(line) || findStrictFault(line)) return null;
  return repeatedMember(line) === null ? asObject(JSON.parse(text)) : null;
}
