// What `sidecar-health` can find.

import type { VerifyCode } from './explain_verify.ts';

/** Found by `verify` as well, under the same name. */
type OfSessions = Exclude<VerifyCode, 'codex_refuses' | 'codex_hides' | 'name_missing'>;

export type HealthCode =
  | OfSessions
  | 'sidecar_missing'
  | 'sidecar_unreadable'
  | 'sidecar_newer'
  | 'sidecar_damaged'
  | 'sidecar_behind'
  | 'sidecar_interrupted'
  | 'database_damaged'
  | 'database_locked'
  | 'lineages_disagree'
  | 'session_deleted'
  | 'rollout_shrank'
  | 'rollout_changed'
  | 'rollout_twice'
  | 'transaction_interrupted'
  | 'journal_abandoned'
  | 'journal_unreadable'
  | 'effects_gone'
  | 'backups_gone'
  | 'files_left_over'
  | 'home_moved';
