// The columns of Codex's `threads` table, 0.107 to 0.171. A column that is not in this table is carried through as it is: a newer Codex has it.
// `npm run tables` puts the policies into references/sync-sidecar-schema.md.

/**
 * What becomes of a column in a new row, and on a fast-forward.
 * - `derived`: what is known of the session says it; a fast-forward leaves it alone, apart from renames, moves and repairs.
 * - `incoming`: what the package says, for a new row only.
 * - `follows_history`: what the package says, in both.
 * - `never_back`: the same, but the later of the two times.
 * - `machine_local`: NULL. It names a row, a folder or an account of one machine; a dangling section breaks the list of the whole home (0.169).
 */
type Policy = 'derived' | 'incoming' | 'follows_history' | 'never_back' | 'machine_local';

/** `since`: the first stable release with the column. `setByUser`: everything else in a row Codex may refresh by itself. */
type ThreadColumn = { since: string; policy: Policy; setByUser?: true };

export const THREAD_COLUMNS = {
  id: { since: '0.107.0', policy: 'derived' },
  rollout_path: { since: '0.107.0', policy: 'derived' },
  created_at: { since: '0.107.0', policy: 'incoming' },
  updated_at: { since: '0.107.0', policy: 'never_back' },
  source: { since: '0.107.0', policy: 'incoming' },
  model_provider: { since: '0.107.0', policy: 'derived' },
  cwd: { since: '0.107.0', policy: 'derived' },
  title: { since: '0.107.0', policy: 'derived' },
  sandbox_policy: { since: '0.107.0', policy: 'derived' },
  approval_mode: { since: '0.107.0', policy: 'derived' },
  tokens_used: { since: '0.107.0', policy: 'follows_history' },
  has_user_event: { since: '0.107.0', policy: 'follows_history' },
  archived: { since: '0.107.0', policy: 'derived', setByUser: true },
  archived_at: { since: '0.107.0', policy: 'derived' },
  git_sha: { since: '0.107.0', policy: 'follows_history' },
  git_branch: { since: '0.107.0', policy: 'follows_history' },
  git_origin_url: { since: '0.107.0', policy: 'follows_history' },
  cli_version: { since: '0.107.0', policy: 'follows_history' },
  first_user_message: { since: '0.107.0', policy: 'incoming' },
  agent_nickname: { since: '0.107.0', policy: 'incoming' },
  agent_role: { since: '0.107.0', policy: 'incoming' },
  memory_mode: { since: '0.107.0', policy: 'incoming' },
  model: { since: '0.116.0', policy: 'follows_history' },
  reasoning_effort: { since: '0.116.0', policy: 'follows_history' },
  agent_path: { since: '0.117.0', policy: 'incoming' },
  created_at_ms: { since: '0.121.0', policy: 'incoming' },
  updated_at_ms: { since: '0.121.0', policy: 'never_back' },
  thread_source: { since: '0.129.0', policy: 'incoming' },
  preview: { since: '0.131.0', policy: 'derived' },
  recency_at: { since: '0.142.0', policy: 'never_back' },
  recency_at_ms: { since: '0.142.0', policy: 'never_back' },
  history_mode: { since: '0.143.0', policy: 'derived' },
  name: { since: '0.145.0', policy: 'derived', setByUser: true },
  is_pinned: { since: '0.146.0', policy: 'derived', setByUser: true },
  thread_section_id: { since: '0.147.0', policy: 'machine_local', setByUser: true },
  section_position: { since: '0.147.0', policy: 'machine_local' },
  section_entered_at_ms: { since: '0.147.0', policy: 'machine_local' },
  project_id: { since: '0.149.0', policy: 'machine_local' },
  originator: { since: '0.154.0', policy: 'incoming' },
  daybreak_enabled: { since: '0.154.0', policy: 'incoming' },
  creator_user_id: { since: '0.157.0', policy: 'machine_local' },
  creator_account_id: { since: '0.157.0', policy: 'machine_local' },
  attached_thread_parent_id: { since: '0.165.0', policy: 'machine_local' },
} as const satisfies Record<string, ThreadColumn>;

type Columns = typeof THREAD_COLUMNS;
type ColumnWith<Wanted extends Policy> = {
  [Name in keyof Columns]: Columns[Name]['policy'] extends Wanted ? Name : never;
}[keyof Columns];
export type DerivedColumn = ColumnWith<'derived'>;

const ENTRIES = Object.entries<ThreadColumn>(THREAD_COLUMNS);

export const isKnownColumn = (name: string): boolean => Object.hasOwn(THREAD_COLUMNS, name);

export const columnsWith = (wanted: Policy): string[] =>
  ENTRIES.filter(([, { policy }]) => policy === wanted).map(([name]) => name);

export const SET_BY_USERS: string[] = ENTRIES.filter(([, { setByUser }]) => setByUser).map(([name]) => name);

/** The releases that brought these columns. */
export const releasesOf = (columns: ReadonlySet<string>): string[] =>
  ENTRIES.filter(([name]) => columns.has(name)).map(([, { since }]) => since);
