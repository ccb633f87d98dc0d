/** What `doctor` can find. */
export type DoctorCode =
  | 'node_too_old'
  | 'native_module_missing'
  | 'locks_unavailable'
  | 'home_missing'
  | 'home_not_writable'
  | 'config_unreadable'
  | 'no_database_yet'
  | 'database_damaged'
  | 'database_locked'
  | 'database_hand_made'
  | 'unknown_columns'
  | 'sidecar_unusable'
  | 'interrupted_transaction'
  | 'journal_unreadable'
  | 'codex_is_open'
  | 'unpacked_left'
  | 'little_space';
