// What a rollout says about its thread's rights: what its sender had, for people, and as a reason to give less than this machine would. It is
// never a reason to give more, so it may be wrong (tests/real-codex/observations.md, Rights).

import { asObject, type JsonObject } from '../json/json_value.ts';
import {
  asApproval,
  asReviewer,
  asSandbox,
  BUILT_IN_PROFILES,
  NOTHING_RECORDED,
  type RecordedRights,
  type Sandbox,
} from './rights.ts';
import { isApproval, isNamedProfile, isSpelledAsByCodex, payloadOf, settingsIn, textsIn } from './settings_spelling.ts';

const UNKNOWN: RecordedRights = { approval: 'unknown', reviewer: 'unknown', sandbox: 'unknown', network: false, roots: [] };

/** What `thread_settings_applied` says. */
export function rightsOfSettings(line: Buffer): RecordedRights {
  if (!isSpelledAsByCodex(line)) return UNKNOWN;
  const settings = settingsIn(line);
  const { sandbox, network, roots } = sandboxOf(settings);
  return {
    approval: asApproval(settings.approval_policy),
    reviewer: reviewerOf(settings),
    sandbox,
    network,
    roots: [...roots, ...(textsIn(settings.runtime_workspace_roots ?? []) ?? [])],
  };
}

/** The context of a turn. Up to 0.123 it has the sandbox itself, later a profile beside it. */
export function rightsOfContext(line: Buffer): RecordedRights {
  const context = payloadOf(line);
  const { approval_policy, approvals_reviewer, sandbox_policy } = context;
  const profile = sandboxOf(context).sandbox;
  return {
    ...NOTHING_RECORDED,
    approval: approval_policy === undefined ? null : isApproval(approval_policy) ? asApproval(approval_policy) : 'unknown',
    reviewer: approvals_reviewer === undefined ? null : (asReviewer(approvals_reviewer) ?? 'unknown'),
    sandbox: nameIn(context) ? profile : (asSandbox(asObject(sandbox_policy).type) ?? (profile === 'unknown' ? null : profile)),
  };
}

/** A thread has a profile by its name, whatever is spelled beside it (0.150 to 0.171); null where there is none. */
export const nameIn = ({ active_permission_profile: named }: JsonObject): JsonObject | null =>
  isNamedProfile(named) ? (named as JsonObject) : null;

/** The later one counts where it says something. */
export const saidTogether = (...said: RecordedRights[]): RecordedRights =>
  Object.assign({}, NOTHING_RECORDED, ...said.map(saidIn)) as RecordedRights;

const saidIn = ({ network, roots, ...words }: RecordedRights): Partial<RecordedRights> => ({
  ...Object.fromEntries(Object.entries(words).filter(([, word]) => word !== null)),
  ...(network ? { network } : {}),
  ...(roots.length > 0 ? { roots } : {}),
});

function reviewerOf({ approvals_reviewer, requested_approvals_reviewer }: JsonObject): RecordedRights['reviewer'] {
  const [reviewer, requested] = [approvals_reviewer, requested_approvals_reviewer ?? 'user'].map(asReviewer);
  return requested === 'user' ? (reviewer ?? 'unknown') : (requested ?? 'unknown');
}

type ProfileRights = { sandbox: Sandbox | 'unknown'; network: boolean; roots: string[] };

function sandboxOf(said: JsonObject): ProfileRights {
  const spelled = rightsOfProfile(asObject(said.permission_profile));
  const named = nameIn(said);
  return named ? { ...spelled, sandbox: BUILT_IN_PROFILES[String(named.id)] ?? 'unknown' } : spelled;
}

const ORDER = ['read-only', 'workspace-write', 'danger-full-access', 'unknown'] as const;
const wider = (one: Sandbox | 'unknown', other: Sandbox | 'unknown'): Sandbox | 'unknown' =>
  ORDER[Math.max(ORDER.indexOf(one), ORDER.indexOf(other))] as Sandbox | 'unknown';

function rightsOfProfile({ type, file_system, network }: JsonObject): ProfileRights {
  const { type: kind, entries } = asObject(file_system);
  if (type === 'disabled' || kind === 'unrestricted') return { sandbox: 'danger-full-access', network: true, roots: [] };
  const found = (Array.isArray(entries) ? entries : [null]).map(rightsOfEntry);
  const roots = found.flatMap(({ root }) => (root === null ? [] : [root]));
  return { sandbox: found.map(({ sandbox }) => sandbox).reduce(wider, 'read-only'), network: network === 'enabled', roots };
}

const TEMPORARY = ['tmpdir', 'slash_tmp'];

/** `root`: a folder that the entry makes writable. What it forbids is more than we can tell. */
function rightsOfEntry(entry: unknown): { sandbox: Sandbox | 'unknown'; root: string | null } {
  const { access, path } = asObject(entry);
  const { type, path: folder, value } = asObject(path);
  const kind = String(asObject(value).kind);
  if (access === 'read') return { sandbox: type === 'path' || kind === 'root' ? 'read-only' : 'unknown', root: null };
  if (access !== 'write') return { sandbox: 'unknown', root: null };
  if (type === 'path') return { sandbox: 'workspace-write', root: String(folder) };
  if (kind === 'root') return { sandbox: 'danger-full-access', root: null };
  return { sandbox: TEMPORARY.includes(kind) ? 'workspace-write' : 'unknown', root: null };
}
