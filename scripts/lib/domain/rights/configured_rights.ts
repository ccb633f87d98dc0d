// What Codex's configuration gives a new thread (references/codex-on-disk.md, Rights). What is not understood
// gives the least: it is better to ask once more than once too little.

import { asObject, isObject, type JsonObject } from '../json/json_value.ts';
import {
  type Approval,
  asApproval,
  asReviewer,
  asSandbox,
  BUILT_IN_PROFILES,
  isApprovalWithin,
  NARROWEST,
  type Rights,
  SANDBOXES,
  type Sandbox,
} from './rights.ts';

export type Trust = 'trusted' | 'untrusted' | null;

/**
 * `tables`: the parsed configuration files, the weakest first; null where one of them cannot be read. `tablesIfTrusted`: the same once Codex trusts the
 * folder, as it may for a new thread where nobody has decided. `limits`: what an administrator allows at most.
 */
export type Configuration = {
  tables: JsonObject[] | null;
  tablesIfTrusted: JsonObject[] | null;
  trust: Trust;
  limits: JsonObject;
};

/** Of a project that is not trusted yet only what asks for less counts. */
export const configuredRights = ({ tables, tablesIfTrusted, trust, limits }: Configuration): Rights =>
  narrowestOf(rightsOf(tables, trust, limits), rightsOf(tablesIfTrusted, trust, limits));

function narrowestOf(one: Rights, other: Rights): Rights {
  const isWithin = isApprovalWithin(one.approval, other.approval);
  const approval = isWithin ? one.approval : isApprovalWithin(other.approval, one.approval) ? other.approval : NARROWEST.approval;
  return {
    approval,
    reviewer: one.reviewer === 'auto_review' ? other.reviewer : 'user',
    sandbox: narrowerSandbox(one.sandbox, other.sandbox),
    network: one.network && other.network,
    roots: one.roots.filter((root) => other.roots.includes(root)),
  };
}

/** Null: only Codex knows, and it goes by it. */
function narrowerSandbox(one: Sandbox | null, other: Sandbox | null): Sandbox | null {
  if (one === 'read-only' || other === 'read-only') return 'read-only';
  return one === null || other === null ? null : narrowerOf(one, other);
}

function rightsOf(tables: JsonObject[] | null, trust: Trust, limits: JsonObject): Rights {
  if (tables === null) return NARROWEST;
  const merged = tables.reduce(merge, {});
  const profile = asObject(asObject(merged.profiles)[String(merged.profile)]);
  const said = (key: string): unknown => profile[key] ?? merged[key];
  return limited(
    {
      approval: approvalOf(said('approval_policy'), trust),
      reviewer: asReviewer(said('approvals_reviewer')) ?? 'user',
      ...sandboxOf(said, trust),
    },
    limits,
  );
}

/** As Codex lays one file over the other: table by table, value by value. */
function merge(below: JsonObject, above: JsonObject): JsonObject {
  const merged: JsonObject = { ...below };
  for (const [key, value] of Object.entries(above)) merged[key] = isObject(value) ? merge(asObject(below[key]), value) : value;
  return merged;
}

function approvalOf(said: unknown, trust: Trust): Approval {
  if (said !== undefined) return asApproval(said) ?? NARROWEST.approval;
  return trust === 'untrusted' ? 'untrusted' : 'on-request';
}

function sandboxOf(said: (key: string) => unknown, trust: Trust): Pick<Rights, 'sandbox' | 'network' | 'roots'> {
  const [mode, named] = [said('sandbox_mode'), said('default_permissions')];
  const rest = { network: false, roots: [] };
  if (named !== undefined) return { sandbox: narrowerOf(BUILT_IN_PROFILES[String(named)] ?? null, mode), ...rest };
  if (mode === undefined) return { sandbox: trust === null ? 'read-only' : 'workspace-write', ...rest };
  const sandbox = asSandbox(mode) ?? 'read-only';
  if (sandbox !== 'workspace-write') return { sandbox, ...rest };
  const { network_access, writable_roots } = asObject(said('sandbox_workspace_write'));
  const roots = Array.isArray(writable_roots) ? writable_roots.filter((root): root is string => typeof root === 'string') : [];
  return { sandbox, network: network_access === true, roots };
}

/** Up to 0.14x the mode counts, later the named profile. */
function narrowerOf(named: Sandbox | null, mode: unknown): Sandbox | null {
  if (named === null || mode === undefined) return named;
  return SANDBOXES[Math.min(SANDBOXES.indexOf(named), SANDBOXES.indexOf(asSandbox(mode) ?? 'read-only'))] as Sandbox;
}

/** Codex falls back to something allowed where more is asked for; so do we, to the narrowest. */
function limited(rights: Rights, { allowed_approval_policies: approvals, allowed_sandbox_modes: modes }: JsonObject): Rights {
  const isAllowed =
    !Array.isArray(approvals) ||
    approvals.some((allowed) => asApproval(allowed) !== null && isApprovalWithin(rights.approval, allowed as Approval));
  const isSandboxAllowed = !Array.isArray(modes) || (rights.sandbox !== null && modes.includes(rights.sandbox));
  return {
    ...rights,
    approval: isAllowed ? rights.approval : NARROWEST.approval,
    ...(isSandboxAllowed ? {} : { sandbox: 'read-only' as const, network: false, roots: [] }),
  };
}
