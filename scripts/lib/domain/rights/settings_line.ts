// The settings line that a run adds behind what it writes: `thread_settings_applied`, as Codex writes one itself whenever a thread's settings
// change. It is the last one that every version finds, so it decides about the rights of the resumed thread. Nothing of it is taken over
// unchecked: settings that Codex cannot read count for nothing, and then those of the sender would.

import { asObject, type JsonObject } from '../json/json_value.ts';
import { storable } from '../json/storable_text.ts';
import { parsePath } from '../paths/foreign_path.ts';
import type { Approval, Rights } from './rights.ts';
import {
  EFFORTS,
  GRANULAR,
  isSpelledAsByCodex,
  PERSONALITIES,
  payloadOf,
  plainRecord,
  SUMMARIES,
  settingsIn,
  TIERS,
  textsIn,
} from './settings_spelling.ts';

/** A record of the tool's own. `ordinal`: null in a legacy rollout; an append numbers it itself. */
export type AddedEvent = { timestamp: string; ordinal: number | null; payload: object };

/** Half of a surrogate pair makes a line that Codex cannot read. */
export const eventLine = ({ timestamp, payload }: Pick<AddedEvent, 'timestamp' | 'payload'>, ordinal: number | null): string =>
  JSON.stringify({ timestamp, ...(ordinal === null ? {} : { ordinal }), type: 'event_msg', payload }, (_, value: unknown) =>
    typeof value === 'string' ? storable(value) : value,
  );

export type Place = { threadId: string; modelProvider: string; defaultModel: string };

/** What decides about rights, in Codex's words. */
export type RightsFields = JsonObject;

/** `base`: the settings (or the context of a turn) whose model and effort hold on. */
export const addedPayload = (fields: RightsFields, base: Buffer | null, place: Place): object => ({
  type: 'thread_settings_applied',
  thread_id: place.threadId,
  thread_settings: { ...choices(base, place), ...inOrder(fields) },
});

/** What the user chose about the model. */
function choices(base: Buffer | null, { modelProvider, defaultModel }: Place): JsonObject {
  const said = { ...payloadOf(base), ...settingsIn(base) };
  const mode = asObject(said.collaboration_mode);
  const modeSettings = asObject(mode.settings);
  const model = textOf(said.model) ?? defaultModel;
  return {
    model,
    model_provider_id: modelProvider,
    ...chosen('reasoning_effort', said.reasoning_effort ?? said.effort, EFFORTS),
    ...chosen('reasoning_summary', said.reasoning_summary ?? said.summary, SUMMARIES),
    ...chosen('personality', said.personality, PERSONALITIES),
    ...chosen('service_tier', said.service_tier, TIERS),
    collaboration_mode: {
      mode: mode.mode === 'plan' ? 'plan' : 'default',
      settings: {
        model: textOf(modeSettings.model) ?? model,
        reasoning_effort: EFFORTS.find((effort) => effort === modeSettings.reasoning_effort) ?? null,
        developer_instructions: textOf(modeSettings.developer_instructions),
      },
    },
    disabled_plugin_ids: textsIn(said.disabled_plugin_ids) ?? [],
  };
}

const chosen = (key: string, value: unknown, known: string[]): JsonObject =>
  known.includes(value as string) ? { [key]: value } : {};

const textOf = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);

/**
 * These rights in Codex's words, for a thread in a folder that this system can read. A profile that makes a folder writable by its path means "as
 * this machine is configured" to every version from 0.144 to 0.171; one without any path is taken as it stands (0.165 on), and so is full access.
 */
export const fieldsOf = ({ approval, reviewer, sandbox, roots, network }: Rights, folder: string): RightsFields => ({
  approval_policy: inFull(approval),
  approvals_reviewer: reviewer,
  requested_approvals_reviewer: reviewer,
  permission_profile:
    sandbox === 'read-only' ? profile([], false) : profile([folder, ...roots.filter(isReadableBeside(folder))], network),
  cwd: folder,
  runtime_workspace_roots: [folder],
});

/** A configuration may leave out kinds of requests, which are refused then; settings may not. */
const inFull = (approval: Approval): Approval =>
  typeof approval === 'object'
    ? { granular: Object.fromEntries(GRANULAR.map((kind) => [kind, approval.granular[kind] ?? false])) }
    : approval;

/** One path that Codex cannot read makes all of the settings count for nothing. */
const isReadableBeside =
  (folder: string) =>
  (path: string): boolean =>
    parsePath(path)?.style === parsePath(folder)?.style;

/** As Codex spells it for a thread with these writable folders; each keeps its own rules and tools from being rewritten. */
function profile(folders: string[], network: boolean): object {
  const special = (kind: string, access: string) => ({ path: { type: 'special', value: { kind } }, access });
  const at = (path: string, access: string) => ({ path: { type: 'path', path }, access });
  const writable = folders.map((folder) => at(folder, 'write'));
  const kept = folders.flatMap((folder) =>
    PROTECTED.map((name) => ({ ...at(below(folder, name), 'read'), missing_path_behavior: 'skip' })),
  );
  const temporary = folders.length > 0 ? [special('slash_tmp', 'write'), special('tmpdir', 'write')] : [];
  const entries = [special('root', 'read'), ...writable, ...temporary, ...kept];
  return { type: 'managed', file_system: { type: 'restricted', entries }, network: network ? 'enabled' : 'restricted' };
}

const PROTECTED = ['.git', '.agents', '.codex', '.aws'];
const below = (folder: string, name: string): string =>
  `${folder.replace(/[\\/]$/, '')}${/^[A-Za-z]:|^\\\\/.test(folder) ? '\\' : '/'}${name}`;

const RIGHTS_FIELDS = [
  'approval_policy',
  'approvals_reviewer',
  'requested_approvals_reviewer',
  'permission_profile',
  'active_permission_profile',
  'cwd',
  'runtime_workspace_roots',
  'disabled_plugin_ids',
];
const inOrder = (fields: JsonObject): RightsFields =>
  Object.fromEntries(RIGHTS_FIELDS.filter((key) => fields[key] !== undefined).map((key) => [key, fields[key]]));

/** What a thread of this machine had, word for word; null where this machine's Codex cannot read it, so that it gave the thread nothing. */
export function fieldsIn(line: Buffer, local: string): RightsFields | null {
  if (!isSpelledAsByCodex(line)) return null;
  const settings = settingsIn(line);
  const { entries } = asObject(asObject(settings.permission_profile).file_system);
  const named = (Array.isArray(entries) ? entries : []).map((entry) => asObject(asObject(entry).path).path ?? local);
  const paths = [settings.cwd, ...(textsIn(settings.runtime_workspace_roots) ?? []), ...named].map(String);
  return paths.every(isReadableBeside(local)) ? inOrder(settings) : null;
}

/** True where a line is the one that has this payload, whatever white space and escapes another tool has put into it. */
export function isSaidBy(line: Buffer, payload: object): boolean {
  const { timestamp, ordinal = null } = isSpelledAsByCodex(line) ? (plainRecord(line) as JsonObject) : {};
  if (typeof timestamp !== 'string') return false;
  return JSON.stringify(plainRecord(line)) === eventLine({ timestamp, payload }, ordinal as number | null);
}
