// What a thread of this machine was allowed before anything is added to it.

import { nameIn, rightsOfContext, rightsOfSettings } from '../../domain/rights/recorded_rights.ts';
import {
  type Approval,
  isApprovalWithin,
  NOTHING_RECORDED,
  type RecordedRights,
  type Rights,
  SANDBOXES,
} from '../../domain/rights/rights.ts';
import { fieldsIn, fieldsOf, type RightsFields } from '../../domain/rights/settings_line.ts';
import { payloadOf } from '../../domain/rights/settings_spelling.ts';

/** Its last settings, and the context of the last turn behind them. */
type Before = { settings: Buffer | null; context: Buffer | null };

/** What its own lines say, and the configuration where they say nothing. */
export function rightsBefore({ settings, context }: Before, configured: Rights): Rights {
  const said = settings ? rightsOfSettings(settings) : NOTHING_RECORDED;
  const later = context ? rightsOfContext(context) : NOTHING_RECORDED;
  const { sandbox, network, roots } = said;
  const isSaid = sandbox !== null && sandbox !== 'unknown';
  const reviewers = [said.reviewer, later.reviewer].filter((reviewer) => reviewer !== null);
  const isModel = reviewers.length > 0 && reviewers.every((reviewer) => reviewer === 'auto_review');
  return {
    approval: narrowestOf([said.approval, later.approval], configured.approval),
    reviewer: reviewers.length === 0 ? configured.reviewer : isModel ? 'auto_review' : 'user',
    ...(isSaid
      ? { sandbox, network, roots }
      : { sandbox: configured.sandbox, network: configured.network, roots: configured.roots }),
  };
}

/** Versions differ in which of the two they go by. */
function narrowestOf(recorded: RecordedRights['approval'][], configured: Approval): Approval {
  const said = recorded.filter((approval) => approval !== null && approval !== 'unknown');
  const narrowest = said.find((one) => said.every((other) => isApprovalWithin(one, other)));
  return narrowest ?? configured;
}

/** The same in the words of a settings line: the thread's own, word for word, where Codex can read them in a folder like `local`. */
export function fieldsBefore(before: Before, had: Rights, folder: string, local: string): RightsFields {
  const own = before.settings && fieldsIn(before.settings, local);
  const asked = { approval_policy: had.approval, approvals_reviewer: had.reviewer, requested_approvals_reviewer: had.reviewer };
  return { ...(own ? { ...own, ...asked } : fieldsOf(had, folder)), ...nameOfTurn(before) };
}

/** Up to 0.160 a thread can have its profile by the name that the last turn says; that of its settings counts where it is narrower. */
function nameOfTurn({ settings, context }: Before): RightsFields {
  const named = context && nameIn(payloadOf(context));
  if (!named) return {};
  const [later, said] = [rightsOfContext(context).sandbox, settings && rightsOfSettings(settings).sandbox];
  const isNarrower = !said || SANDBOXES.indexOf(later as 'read-only') < SANDBOXES.indexOf(said as 'read-only');
  return isNarrower ? { active_permission_profile: named } : {};
}
