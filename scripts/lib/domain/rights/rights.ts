// What a thread may do without being asked: how it asks, who answers, where it may write, whether it has a network. Whatever is not known
// to be as narrow counts as wider (invariant 11).

export const SANDBOXES = ['read-only', 'workspace-write', 'danger-full-access'] as const;
export type Sandbox = (typeof SANDBOXES)[number];

/** Codex's own permission profiles that say what a sandbox mode says. */
export const BUILT_IN_PROFILES: Record<string, Sandbox> = {
  ':read-only': 'read-only',
  ':workspace': 'workspace-write',
  ':danger-full-access': 'danger-full-access',
};

/** From the one that asks most to the one that never asks. `on-failure` means `on-request` since 0.150. */
const APPROVALS = ['untrusted', 'on-request', 'on-failure', 'never'] as const;
/** `granular` says of each kind of request whether it is asked for or refused at once. */
export type Granular = { granular: Record<string, boolean> };
export type Approval = (typeof APPROVALS)[number] | Granular;

/** `auto_review`: a model approves in the user's place. */
export type Reviewer = 'user' | 'auto_review';

/** What this machine gives. `sandbox`: null where its configuration says it in a way that only Codex understands (permission profiles). */
export type Rights = {
  approval: Approval;
  reviewer: Reviewer;
  sandbox: Sandbox | null;
  /** Inside the sandbox. */
  network: boolean;
  /** Folders that are writable besides the working folder and the temporary ones. */
  roots: string[];
};

/** What a rollout says: null where it says nothing, `unknown` where it says what we do not understand. */
export type RecordedRights = {
  approval: Approval | 'unknown' | null;
  reviewer: Reviewer | 'unknown' | null;
  sandbox: Sandbox | 'unknown' | null;
  network: boolean;
  roots: string[];
};

export const NOTHING_RECORDED: RecordedRights = { approval: null, reviewer: null, sandbox: null, network: false, roots: [] };

/** The rights that are left where nothing can be told: all versions accept them. */
export const NARROWEST: Rights = { approval: 'untrusted', reviewer: 'user', sandbox: 'read-only', network: false, roots: [] };

export function asApproval(value: unknown): Approval | null {
  const word = APPROVALS.find((approval) => approval === value);
  if (word) return word;
  const flags = (value as { granular?: unknown } | null)?.granular;
  const isGranular =
    typeof flags === 'object' && flags !== null && Object.values(flags).every((flag) => typeof flag === 'boolean');
  return isGranular && Object.keys(value as object).length === 1 ? { granular: flags as Record<string, boolean> } : null;
}

export const asSandbox = (value: unknown): Sandbox | null => SANDBOXES.find((sandbox) => sandbox === value) ?? null;

/** `guardian_subagent` is the older word. */
export function asReviewer(value: unknown): Reviewer | null {
  if (value === 'user') return 'user';
  return value === 'auto_review' || value === 'guardian_subagent' ? 'auto_review' : null;
}

const rankOf = (approval: Approval): number => (typeof approval === 'object' ? 1 : APPROVALS.indexOf(approval));

/** Codex asks, under the first, wherever it asks under the second. */
export function isApprovalWithin(one: Approval, other: Approval): boolean {
  if (one === 'untrusted') return true;
  if (typeof other === 'object') return typeof one === 'object' && isSameGranular(one, other);
  return rankOf(one) <= rankOf(other);
}

const isSameGranular = ({ granular: one }: Granular, { granular: other }: Granular): boolean =>
  [...new Set([...Object.keys(one), ...Object.keys(other)])].every((flag) => (one[flag] ?? false) === (other[flag] ?? false));

/**
 * What this machine gives, or less where what is recorded says so. A model only answers for the user where it would for a new thread as well,
 * which asks in just the same way. Of the sandbox only reading counts, and only where nobody knows more exactly what is allowed.
 */
export function narrowed(recorded: RecordedRights, allowed: Rights): Rights {
  const { approval, reviewer, sandbox } = recorded;
  const asksMore =
    approval !== null &&
    approval !== 'unknown' &&
    isApprovalWithin(approval, allowed.approval) &&
    !isApprovalWithin(allowed.approval, approval);
  const isReadOnly = sandbox === 'read-only' && allowed.sandbox !== null;
  return {
    approval: asksMore ? approval : allowed.approval,
    reviewer: asksMore || reviewer === 'user' ? 'user' : allowed.reviewer,
    ...(isReadOnly
      ? { sandbox: 'read-only', network: false, roots: [] }
      : { sandbox: allowed.sandbox, network: allowed.network, roots: allowed.roots }),
  };
}

/** As people and programs are shown it: null where nothing is said, or where only Codex can tell. */
export type ShownRights = {
  approval: string | null;
  reviewer: string | null;
  sandbox: string | null;
  network: boolean;
  writable_roots: string[];
};

export const shown = ({ approval, reviewer, sandbox, network, roots }: Rights | RecordedRights): ShownRights => ({
  approval: typeof approval === 'object' && approval !== null ? 'granular' : approval,
  reviewer,
  sandbox,
  network: network || sandbox === 'danger-full-access',
  writable_roots: [...new Set(roots)],
});

/** As a row of `threads` says them. */
export function rightsColumns({ approval, sandbox, network, roots }: Rights): { sandbox_policy: string; approval_mode: string } {
  const workspace = { writable_roots: roots, network_access: network, exclude_tmpdir_env_var: false, exclude_slash_tmp: false };
  const policy = { type: sandbox ?? 'read-only', ...(sandbox === 'workspace-write' ? workspace : {}) };
  return { sandbox_policy: JSON.stringify(policy), approval_mode: typeof approval === 'object' ? 'granular' : approval };
}
