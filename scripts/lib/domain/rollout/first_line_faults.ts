// What of a first line Codex refuses: a field of another type makes it read no session at all ("does not start with session metadata").
// By experiment, 0.117 to 0.171 (tests/real-codex/what_codex_opens.md).

import { isObject, type JsonObject } from '../json/json_value.ts';
import { repeatedMember } from '../json/repeated_member.ts';
import { because, type Reason } from '../reasons/reason.ts';
import type { SessionMeta } from './session_meta.ts';

type Check = (value: unknown) => boolean;
type Fields = Record<string, Check>;

const isText: Check = (value) => typeof value === 'string';
const isTruth: Check = (value) => typeof value === 'boolean';
/**
 * Codex puts the time of a session into its row. With 1900 there it lists and opens all; with 1600 the list of the whole home breaks (0.171).
 * What is no time at all it passes over.
 */
const isTimeOrNone: Check = (value) => {
  const year = /^\s*([+-]?\d+)-\d\d?-\d/.exec(String(value))?.[1];
  return isText(value) && (year === undefined || (Number(year) >= 1900 && Number(year) <= 9999));
};
const isCount: Check = (value) => typeof value === 'number' && Number.isInteger(value) && value >= 0;
const isLevel: Check = (value) => typeof value === 'number' && Number.isInteger(value) && Math.abs(value) < 2 ** 31;
const isUuid: Check = (value) =>
  isText(value) &&
  /^[0-9a-f]{32}$/i.test(
    String(value)
      .replace(/^urn:uuid:|^\{(.*)\}$/i, '$1')
      .replaceAll('-', ''),
  );
const isOneOf =
  (...words: string[]): Check =>
  (value) =>
    words.includes(value as string);
const listOf =
  (is: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(is);
const orNull =
  (is: Check): Check =>
  (value) =>
    value === null || is(value);
/** Where a field is missing it is looked at as null, unless `required` names it; what is not named may be anything. */
const objectWith =
  (fields: Fields): Check =>
  (value) =>
    isObject(value) && Object.entries(fields).every(([key, is]) => is(value[key] ?? null));
/** The one member of an enum that holds something. */
const variant =
  (kinds: Fields): Check =>
  (value) => {
    const [[kind, content] = ['', null], ...more] = isObject(value) ? Object.entries(value) : [];
    return more.length === 0 && Object.hasOwn(kinds, kind) && (kinds[kind] as Check)(content);
  };
const either =
  (...checks: Check[]): Check =>
  (value) =>
    checks.some((is) => is(value));

const isAgentPath: Check = (value) => isText(value) && String(value).startsWith('/root');
const isSpawn = objectWith({
  parent_thread_id: isUuid,
  depth: isLevel,
  agent_path: orNull(isAgentPath),
  agent_nickname: orNull(isText),
  agent_role: orNull(isText),
});
const isSource = either(
  isText,
  variant({
    custom: isText,
    internal: isText,
    subagent: either(isOneOf('review', 'compact', 'memory_consolidation'), variant({ other: isText, thread_spawn: isSpawn })),
  }),
);
const isTool = objectWith({ name: isText, description: isText, inputSchema: (value) => value !== null });
const isGit = objectWith({ commit_hash: orNull(isText), branch: orNull(isText), repository_url: orNull(isText) });
const isBase = objectWith({ thread_id: isUuid, end_ordinal_exclusive: isCount, end_byte_offset: isCount });

/** All versions require these. */
const REQUIRED: Fields = { id: isUuid, timestamp: isTimeOrNone, cwd: isText, originator: isText, cli_version: isText };
/** May be missing, but not null. */
const OPTIONAL: Record<string, Fields> = {
  '0.117': { source: isSource },
  '0.145': {
    session_id: isUuid,
    history_mode: (value) => isText(value) && value !== '',
    selected_capability_roots: Array.isArray,
  },
  '0.169': { account_scoped: isTruth, attached_thread: isTruth },
};
const NULLABLE: Record<string, Fields> = {
  '0.117': {
    model_provider: isText,
    forked_from_id: isUuid,
    base_instructions: objectWith({ text: isText, provenance: orNull(objectWith({ type: isText })) }),
    dynamic_tools: listOf(isTool),
    git: isGit,
    agent_nickname: isText,
    agent_role: isText,
    agent_path: isText,
    memory_mode: isText,
  },
  '0.145': {
    parent_thread_id: isUuid,
    thread_source: isText,
    multi_agent_version: isOneOf('v1', 'v2', 'disabled'),
    context_window: objectWith({ window_id: isText }),
    history_base: isBase,
    subagent_history_start_ordinal: isCount,
  },
  '0.153': { forked_from_ordinal_exclusive: isCount },
  '0.160': { runtime_workspace_roots: listOf(isText), creator_user_id: isText, creator_account_id: isText },
};

/** The newest Codex that was asked. What a later one writes it may read in other types. */
const NEWEST = [0, 171];

/** Why a session with this first line is left alone; null where every Codex takes it. */
export function refusalOfFirstLine(bytes: Buffer, { historyMode }: SessionMeta): Reason | null {
  if (historyMode !== 'legacy' && historyMode !== 'paginated')
    return because('unknown_history_mode', `its history mode \`${historyMode}\` is unknown`);
  const faults = faultsOfFirstLine(bytes);
  return faults.length > 0 ? because('unfit_first_line', `Codex refuses its first line: ${faults.join(', ')}`) : null;
}

/** What is wrong with the first record of a rollout, each in a few words; empty where every Codex takes it. `bytes` is one JSON object. */
export function faultsOfFirstLine(bytes: Buffer): string[] {
  const line = JSON.parse(bytes.toString('utf8')) as { timestamp?: unknown; ordinal?: unknown; payload?: unknown };
  const payload = isObject(line.payload) ? line.payload : {};
  const repeated = repeatedMember(bytes);
  const told = [
    // What one version reads, another passes over, and so would we.
    ...(repeated === null ? [] : [`\`${repeated}\` appears twice`]),
    ...(isText(line.timestamp) ? [] : ['the record has no `timestamp`']),
    // A paginated rollout that this tool makes is numbered anew.
    ...(payload.history_mode === 'paginated' || orNull(isCount)(line.ordinal ?? null)
      ? []
      : ['the `ordinal` of the record is not a number']),
    ...Object.entries(REQUIRED).flatMap(([field, is]) => faultOf(field, payload[field], is)),
  ];
  return isNewer(payload.cli_version) ? told : [...told, ...optionalFaults(payload)];
}

const optionalFaults = (payload: JsonObject): string[] => [
  ...each(OPTIONAL, (field, is) => (Object.hasOwn(payload, field) ? faultOf(field, payload[field], is) : [])),
  ...each(NULLABLE, (field, is) => faultOf(field, payload[field] ?? null, orNull(is))),
];

const each = (versions: Record<string, Fields>, find: (field: string, is: Check) => string[]): string[] =>
  Object.entries(versions).flatMap(([since, fields]) =>
    Object.entries(fields).flatMap(([field, is]) =>
      find(field, is).map((fault) => (since === '0.117' ? fault : `${fault} (Codex ${since} and later)`)),
    ),
  );

function faultOf(field: string, value: unknown, is: Check): string[] {
  if (is(value)) return [];
  return [value === undefined ? `\`${field}\` is missing` : `\`${field}\` is invalid`];
}

function isNewer(version: unknown): boolean {
  const [major = 0, minor = 0] = String(version).split('.').map(Number);
  return major > (NEWEST[0] as number) || (major === NEWEST[0] && minor > (NEWEST[1] as number));
}
