/** Columns of `threads` in Codex 0.117 to 0.171. Others are carried through as they are; a new Codex has them. */
export const KNOWN_COLUMNS: ReadonlySet<string> = new Set(
  `id rollout_path created_at updated_at source model_provider cwd title sandbox_policy approval_mode tokens_used has_user_event archived
   archived_at git_sha git_branch git_origin_url cli_version first_user_message agent_nickname agent_role memory_mode model
   reasoning_effort agent_path created_at_ms updated_at_ms thread_source preview recency_at recency_at_ms history_mode name is_pinned
   thread_section_id section_position section_entered_at_ms project_id originator daybreak_enabled creator_user_id creator_account_id
   attached_thread_parent_id`.split(/\s+/),
);
