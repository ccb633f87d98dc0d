// What a rollout says about its thread's rights. Which of it a resumed thread gets differs by version (references/codex-on-disk.md, §3.4),
// so each place that one of them reads is read, and a spelling that no version has is `unknown`, which is never narrow enough.

import { type Localization, localizePath, type PathRules } from './localization.ts';
import { asApproval, asReviewer, asSandbox, NOTHING_RECORDED, type RecordedRights, type Sandbox } from './rights.ts';

/** The lines that a resumed thread can have its rights from (`RightsPlaces`), without newlines, and the workspace roots of its first one. */
export type RightsLines = { settings: Buffer | null; foreign: Buffer | null; context: Buffer | null; metaRoots: string[] };

type Json = Record<string, unknown>;

export const asObject = (value: unknown): Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {};

/** The payload of a line; empty where the line is no JSON object. */
export function payloadOf(line: Buffer | null): Json {
  try {
    return line ? asObject(asObject(JSON.parse(line.toString('utf8'))).payload) : {};
  } catch {
    return {};
  }
}

export const settingsIn = (line: Buffer | null): Json => asObject(payloadOf(line).thread_settings);

/** From 0.152 on the settings of another thread count for nothing, so those before them do. */
export function isOwn(line: Buffer | null, threadId: string): boolean {
  const named = payloadOf(line).thread_id;
  return line !== null && (named === undefined || named === threadId);
}

/** One entry for each place that a version reads. Paths are as they are spelled here. */
export function recordedRights(
  { settings, foreign, context, metaRoots }: RightsLines,
  { rules }: Localization,
): RecordedRights[] {
  const meta = { ...NOTHING_RECORDED, roots: metaRoots.map((root) => localizePath(root, rules).path) };
  return [
    settings ? rightsOfSettings(settings, rules) : meta,
    ...(foreign ? [rightsOfSettings(foreign, rules)] : []),
    ...(context ? [rightsOfContext(context)] : []),
  ];
}

const UNKNOWN: RecordedRights = { approval: 'unknown', reviewer: 'unknown', sandbox: 'unknown', network: false, roots: [] };

/** What `thread_settings_applied` says. */
export function rightsOfSettings(line: Buffer, rules: PathRules | null): RecordedRights {
  const settings = settingsIn(line);
  if (!isReadable(line)) return UNKNOWN;
  const place = (path: string): string => (rules ? localizePath(path, rules).path : path);
  const { sandbox, network, roots } = sandboxOf(settings);
  const workspace = textsIn(settings.runtime_workspace_roots ?? []);
  return {
    approval: asApproval(settings.approval_policy) ?? 'unknown',
    reviewer: reviewerOf(settings),
    sandbox: workspace === null ? 'unknown' : sandbox,
    network,
    roots: [...roots, ...(workspace ?? [])].map(place),
  };
}

/**
 * Settings that a Codex cannot read count for nothing to it, and earlier ones do. So only those are believed that are spelled as it spells
 * them itself, without a member twice or of another type.
 */
function isReadable(line: Buffer): boolean {
  const text = line.toString('utf8');
  const { thread_id = '' } = payloadOf(line);
  const { model, model_provider_id, cwd, collaboration_mode, ...rest } = settingsIn(line);
  const { mode, settings } = asObject(collaboration_mode);
  const chosen = asObject(settings);
  return (
    [thread_id, model, model_provider_id, cwd, chosen.model].every((value) => typeof value === 'string') &&
    (mode === 'default' || mode === 'plan') &&
    [chosen.reasoning_effort, chosen.developer_instructions, ...CHOICES.map((key) => rest[key])].every(isTextOrNothing) &&
    textsIn(rest.disabled_plugin_ids ?? []) !== null &&
    JSON.stringify(JSON.parse(text)) === text
  );
}

const CHOICES = ['reasoning_effort', 'reasoning_summary', 'personality', 'service_tier'];
const isTextOrNothing = (value: unknown): boolean => value === undefined || value === null || typeof value === 'string';

/** A turn's context: only its approvals are taken over by any version, and its sandbox is there to be shown. */
export function rightsOfContext(line: Buffer): RecordedRights {
  const { approval_policy, approvals_reviewer } = payloadOf(line);
  return {
    ...NOTHING_RECORDED,
    approval: asApproval(approval_policy) ?? 'unknown',
    reviewer: approvals_reviewer === undefined ? null : (asReviewer(approvals_reviewer) ?? 'unknown'),
  };
}

/** Up to 0.123 the policy itself, later a profile beside it. */
export const sandboxOfContext = (line: Buffer): Sandbox | null =>
  asSandbox(asObject(payloadOf(line).sandbox_policy).type) ?? knownSandbox(sandboxOf(payloadOf(line)).sandbox);

const knownSandbox = (sandbox: Sandbox | 'unknown'): Sandbox | null => (sandbox === 'unknown' ? null : sandbox);

function reviewerOf({ approvals_reviewer, requested_approvals_reviewer }: Json): RecordedRights['reviewer'] {
  const [reviewer, requested] = [asReviewer(approvals_reviewer), asReviewer(requested_approvals_reviewer ?? 'user')];
  if (reviewer === null || requested === null) return 'unknown';
  return requested === 'user' ? reviewer : requested;
}

type ProfileRights = { sandbox: Sandbox | 'unknown'; network: boolean; roots: string[] };

/** A named profile is read before the spelled one, and names only mean what they say where they are Codex's own. */
const NAMED: Record<string, Sandbox> = {
  ':read-only': 'read-only',
  ':workspace': 'workspace-write',
  ':danger-full-access': 'danger-full-access',
};

function sandboxOf({ permission_profile, active_permission_profile: active }: Json): ProfileRights {
  const spelled = rightsOfProfile(asObject(permission_profile));
  if (active === undefined || active === null) return spelled;
  const named = NAMED[String(asObject(active).id)];
  if (named === undefined || asObject(active).extends) return { ...spelled, sandbox: 'unknown' };
  return { ...spelled, sandbox: widerOf(named, spelled.sandbox) };
}

function widerOf(one: Sandbox, other: Sandbox | 'unknown'): Sandbox | 'unknown' {
  if (other === 'unknown' || other === 'danger-full-access' || one === 'read-only') return other;
  return one;
}

function rightsOfProfile({ type, file_system, network }: Json): ProfileRights {
  const files = asObject(file_system);
  const isOpen = network === 'enabled';
  if (type === 'disabled' || (type === 'managed' && files.type === 'unrestricted'))
    return { sandbox: 'danger-full-access', network: true, roots: [] };
  if (type !== 'managed' || files.type !== 'restricted' || !Array.isArray(files.entries))
    return { sandbox: 'unknown', network: isOpen, roots: [] };
  const entries = files.entries.map(rightsOfEntry);
  const roots = entries.flatMap(({ root }) => (root === null ? [] : [root]));
  const sandbox = entries.map((entry) => entry.sandbox).reduce(wider, 'read-only');
  return { sandbox: isOpen || network === 'restricted' ? sandbox : 'unknown', network: isOpen, roots };
}

const ORDER = ['read-only', 'workspace-write', 'danger-full-access', 'unknown'] as const;
const wider = (one: Sandbox | 'unknown', other: Sandbox | 'unknown'): Sandbox | 'unknown' =>
  ORDER[Math.max(ORDER.indexOf(one), ORDER.indexOf(other))] as Sandbox | 'unknown';

const TEMPORARY = ['tmpdir', 'slash_tmp'];
const WORKSPACE = ['project_roots', 'current_working_directory', 'workspace_roots'];

/** `root`: a folder that the entry makes writable. */
function rightsOfEntry(value: unknown): { sandbox: Sandbox | 'unknown'; root: string | null } {
  const { access, path } = asObject(value);
  if (access === 'read' || access === 'none' || access === 'deny') return { sandbox: specialOf(path, 'read-only'), root: null };
  const place = asObject(path);
  if (access !== 'write') return { sandbox: 'unknown', root: null };
  if (place.type === 'path' && typeof place.path === 'string') return { sandbox: 'workspace-write', root: place.path };
  return { sandbox: specialOf(path, 'workspace-write'), root: null };
}

/** Settings with a place that Codex does not know are no settings to it. */
function specialOf(path: unknown, sandbox: Sandbox): Sandbox | 'unknown' {
  const place = asObject(path);
  const kind = String(asObject(place.value).kind);
  if (place.type === 'path') return typeof place.path === 'string' ? sandbox : 'unknown';
  if (place.type !== 'special') return 'unknown';
  if (kind === 'root') return sandbox === 'read-only' ? 'read-only' : 'danger-full-access';
  return [...TEMPORARY, ...WORKSPACE].includes(kind) || (kind === 'minimal' && sandbox === 'read-only') ? sandbox : 'unknown';
}

/** Null where it is no list of texts. */
export const textsIn = (value: unknown): string[] | null =>
  Array.isArray(value) && value.every((entry) => typeof entry === 'string') ? (value as string[]) : null;
