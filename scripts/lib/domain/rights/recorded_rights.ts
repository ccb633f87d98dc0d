// What a rollout says about its thread's rights. Which of it a resumed thread gets differs by version (references/codex-on-disk.md, Rights),
// so each place that one of them reads is read, and a spelling that no version has is `unknown`, which is never narrow enough.

import { asObject, type JsonObject } from '../json/json_value.ts';
import { type Localization, localizePath, type PathRules } from '../localize/localization.ts';
import { asApproval, asReviewer, asSandbox, NOTHING_RECORDED, type RecordedRights, type Sandbox } from './rights.ts';
import { isEmpty, isSpelledAsByCodex, payloadOf, settingsIn, textsIn } from './settings_spelling.ts';

/** The lines that a resumed thread can have its rights from (`RightsPlaces`), without newlines, and the workspace roots of its first one. */
export type RightsLines = {
  settings: Buffer | null;
  /** Null where there are too many to look at. */
  others: Buffer[] | null;
  context: Buffer | null;
  metaRoots: string[];
};

/** One entry for each place that a version reads. Paths are as they are spelled here. */
export function recordedRights({ settings, others, context, metaRoots }: RightsLines, { rules }: Localization): RecordedRights[] {
  const meta = { ...NOTHING_RECORDED, roots: metaRoots.map((root) => localizePath(root, rules).path) };
  return [
    settings ? rightsOfSettings(settings, rules) : meta,
    ...(others ? others.map((line) => rightsOfSettings(line, rules)) : [UNKNOWN]),
    ...(context ? [rightsOfContext(context)] : []),
  ];
}

const UNKNOWN: RecordedRights = { approval: 'unknown', reviewer: 'unknown', sandbox: 'unknown', network: false, roots: [] };

/** What `thread_settings_applied` says. */
export function rightsOfSettings(line: Buffer, rules: PathRules | null): RecordedRights {
  const settings = settingsIn(line);
  if (!isSpelledAsByCodex(line)) return UNKNOWN;
  const place = (path: string): string => (rules ? localizePath(path, rules).path : path);
  const { sandbox, network, roots } = sandboxOf(settings);
  const workspace = textsIn(settings.runtime_workspace_roots ?? []);
  return {
    approval: recordedApproval(settings.approval_policy),
    reviewer: reviewerOf(settings),
    sandbox: workspace === null ? 'unknown' : sandbox,
    network,
    roots: [...roots, ...(workspace ?? [])].map(place),
  };
}

/** Codex itself always says it of every kind of request. */
const GRANULAR = ['sandbox_approval', 'rules', 'skill_approval', 'request_permissions', 'mcp_elicitations'];

function recordedApproval(value: unknown): RecordedRights['approval'] {
  const approval = asApproval(value);
  if (approval === null || typeof approval !== 'object') return approval ?? 'unknown';
  const kinds = Object.keys(approval.granular);
  return kinds.length === GRANULAR.length && GRANULAR.every((kind) => kinds.includes(kind)) ? approval : 'unknown';
}

/**
 * A turn's context: its approvals are taken over, and a named profile where it has one (0.150 to 0.171, where 0.150 to 0.160 write no settings).
 * What else it says of the sandbox is there to be shown.
 */
export function rightsOfContext(line: Buffer): RecordedRights {
  const payload = payloadOf(line);
  const { approval_policy, approvals_reviewer, active_permission_profile: active } = payload;
  return {
    ...NOTHING_RECORDED,
    ...(active === undefined || active === null ? {} : sandboxOf(payload)),
    approval: recordedApproval(approval_policy),
    reviewer: approvals_reviewer === undefined ? null : (asReviewer(approvals_reviewer) ?? 'unknown'),
  };
}

/** Up to 0.123 the policy itself, later a profile beside it. */
export const sandboxOfContext = (line: Buffer): Sandbox | null =>
  asSandbox(asObject(payloadOf(line).sandbox_policy).type) ?? knownSandbox(sandboxOf(payloadOf(line)).sandbox);

const knownSandbox = (sandbox: Sandbox | 'unknown'): Sandbox | null => (sandbox === 'unknown' ? null : sandbox);

function reviewerOf({ approvals_reviewer, requested_approvals_reviewer }: JsonObject): RecordedRights['reviewer'] {
  const [reviewer, requested] = [approvals_reviewer, requested_approvals_reviewer ?? 'user'].map(asReviewer);
  if (!reviewer || !requested) return 'unknown';
  return requested === 'user' ? reviewer : requested;
}

type ProfileRights = { sandbox: Sandbox | 'unknown'; network: boolean; roots: string[] };

/** A named profile is read before the spelled one, and names only mean what they say where they are Codex's own. */
const NAMED: Record<string, Sandbox> = {
  ':read-only': 'read-only',
  ':workspace': 'workspace-write',
  ':danger-full-access': 'danger-full-access',
};

function sandboxOf({ permission_profile, active_permission_profile: active }: JsonObject): ProfileRights {
  const spelled = rightsOfProfile(asObject(permission_profile));
  if (active === undefined) return spelled;
  const { id, extends: base = null, ...rest } = asObject(active);
  const named = base === null && isEmpty(rest) ? NAMED[String(id)] : undefined;
  return { ...spelled, sandbox: wider(named ?? 'unknown', spelled.sandbox) };
}

const ORDER = ['read-only', 'workspace-write', 'danger-full-access', 'unknown'] as const;
const wider = (one: Sandbox | 'unknown', other: Sandbox | 'unknown'): Sandbox | 'unknown' =>
  ORDER[Math.max(ORDER.indexOf(one), ORDER.indexOf(other))] as Sandbox | 'unknown';

function rightsOfProfile({ type, file_system, network, ...rest }: JsonObject): ProfileRights {
  const { type: kind, entries, ...more } = asObject(file_system);
  const isOpen = network === 'enabled';
  const full: ProfileRights = { sandbox: 'danger-full-access', network: true, roots: [] };
  if (!isEmpty(rest) || !isEmpty(more)) return { ...full, sandbox: 'unknown' };
  if (type === 'disabled' || (type === 'managed' && kind === 'unrestricted')) return full;
  const isRestricted = type === 'managed' && kind === 'restricted' && (isOpen || network === 'restricted');
  if (!isRestricted || !Array.isArray(entries)) return { ...full, sandbox: 'unknown', network: isOpen };
  const found = entries.map(rightsOfEntry);
  const roots = found.flatMap(({ root }) => (root === null ? [] : [root]));
  const sandbox = found.map((entry) => entry.sandbox).reduce(wider, 'read-only');
  // Without a folder it is taken as it stands, with temporary folders that may be shut here.
  return { sandbox: sandbox === 'workspace-write' && roots.length === 0 ? 'unknown' : sandbox, network: isOpen, roots };
}

const TEMPORARY = ['tmpdir', 'slash_tmp'];

/** `root`: a folder that the entry makes writable. */
function rightsOfEntry(entry: unknown): { sandbox: Sandbox | 'unknown'; root: string | null } {
  const { access, path, missing_path_behavior: missing, ...rest } = asObject(entry);
  const { type, path: folder, value, ...more } = asObject(path);
  const { kind, ...other } = asObject(value);
  const isKnown = isEmpty(rest) && isEmpty(more) && isEmpty(other) && (missing === undefined || missing === 'skip');
  if (!isKnown || (access !== 'read' && access !== 'write')) return { sandbox: 'unknown', root: null };
  const isWrite = access === 'write';
  if (type === 'path' && typeof folder === 'string')
    return { sandbox: isWrite ? 'workspace-write' : 'read-only', root: isWrite ? folder : null };
  if (type !== 'special') return { sandbox: 'unknown', root: null };
  if (kind === 'root') return { sandbox: isWrite ? 'danger-full-access' : 'read-only', root: null };
  return { sandbox: isWrite && TEMPORARY.includes(String(kind)) ? 'workspace-write' : 'unknown', root: null };
}
