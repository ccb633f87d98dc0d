// What `sidecar-health` can find.

import type { SessionCode } from './session_finding.ts';

export type HealthCode =
  /** Found by `verify` as well. */
  | SessionCode
  | 'sidecar_missing'
  | 'sidecar_unreadable'
  | 'sidecar_newer'
  | 'sidecar_damaged'
  | 'sidecar_behind'
  | 'sidecar_interrupted'
  | 'database_damaged'
  | 'database_locked'
  | 'lineages_disagree'
  | 'rollout_shrank'
  | 'rollout_changed'
  | 'rollout_twice'
  | 'transaction_interrupted'
  | 'journal_abandoned'
  | 'journal_unreadable'
  | 'effects_gone'
  | 'backups_gone'
  | 'files_left_over'
  | 'open_to_others'
  | 'home_moved';
