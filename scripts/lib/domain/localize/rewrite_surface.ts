// The rewrite surface: every place of a rollout that names a path of the source machine, the thread itself or one of its tree, and that
// a copy on another machine may therefore spell differently. `npm run tables` puts it into references/compatibility-contract.md.
// Places by experiment, Codex 0.98 to 0.169 (references/codex-on-disk.md).

import { elements, isArray, isObject, isString, members, skipSpace } from '../json/json_bytes.ts';
import type { LineHead } from '../rollout/rollout_line.ts';
import { isProse, mayConcern, type ProseKind } from './surface_prose.ts';

/**
 * - `path`: an absolute path. `file_uri`: the same as `file:///…`. `path_key`: object keys that are paths.
 * - `thread_id`: the id of the thread, of its parent or of a sub-agent. `thread_id_key`: object keys that are such ids.
 * - `agent_text`: what the model and Codex's agent tools tell each other; only the agents' ids in it are of the surface.
 * - `codex_text`: a message; an environment context in it names a path (between `<cwd>` and `</cwd>`), a notification agents' ids.
 * - `window_id`: the id of the thread's context window.
 * - `chain`: which part of which file comes before; locally that is another file, or none.
 * - `plugins`: folders that Codex takes plugins from; a session that arrives has none.
 * - `machine_time`: a time that an installer may rewrite (Shared Interface 5). `ordinal`: the line's number in its file.
 */
export type SurfaceKind =
  | 'path'
  | 'file_uri'
  | 'path_key'
  | 'thread_id'
  | 'thread_id_key'
  | ProseKind
  | 'window_id'
  | 'chain'
  | 'plugins'
  | 'machine_time'
  | 'ordinal';

const PROFILE_PATHS = '.permission_profile.file_system.entries[].path.path';

/** Line kind -> place -> what stands there. `[]` is every element, `{}` every key. Places of Shared Interface 5 need no reason. */
export const PLACES: Record<string, Record<string, SurfaceKind>> = {
  session_meta: {
    'payload.id': 'thread_id',
    // The provider would get the old session's id and prompt cache key.
    'payload.session_id': 'thread_id',
    // Codex makes a missing edge from it.
    'payload.parent_thread_id': 'thread_id',
    'payload.forked_from_id': 'thread_id',
    'payload.source.subagent.thread_spawn.parent_thread_id': 'thread_id',
    'payload.timestamp': 'machine_time',
    'payload.cwd': 'path',
    // 0.155+ resumes with the recorded roots; with `cwd` alone the old ones stay active.
    'payload.runtime_workspace_roots[]': 'path',
    // A session has its own window, as in Codex's forks.
    'payload.context_window.window_id': 'window_id',
    'payload.history_base': 'chain',
    // Codex starts their programs on resume.
    'payload.selected_capability_roots': 'plugins',
    'payload.forked_from_ordinal_exclusive': 'chain',
    'payload.subagent_history_start_ordinal': 'chain',
  },
  turn_context: {
    'payload.cwd': 'path',
    // 0.136 to 0.161.
    'payload.workspace_roots[]': 'path',
    'payload.sandbox_policy.writable_roots[]': 'path',
    // Replaces `writable_roots`, 0.125+; the next one 0.130+.
    [`payload${PROFILE_PATHS}`]: 'path',
    'payload.file_system_sandbox_policy.entries[].path.path': 'path',
  },
  // Codex appends a correction where they differ from its folder. The agents are those that the model believes to have.
  world_state: {
    'payload.state.agents_md.directory': 'path',
    'payload.state.environments.environments.*.cwd': 'path',
    'payload.state.environments.subagents': 'agent_text',
  },
  compacted: {
    'payload.replacement_history[].content[].text': 'codex_text',
    'payload.replacement_history[].arguments': 'agent_text',
    'payload.replacement_history[].output': 'agent_text',
    'payload.latest_token_usage_record.thread_id': 'thread_id',
    'payload.latest_token_usage_record.session_id': 'thread_id',
    'payload.resume_metadata.dynamic_tools.thread_id': 'thread_id',
  },
  token_usage_record: { 'payload.thread_id': 'thread_id', 'payload.session_id': 'thread_id' },
  'response_item/message': { 'payload.content[].text': 'codex_text' },
  // The model calls its agents by these ids.
  'response_item/function_call': { 'payload.arguments': 'agent_text' },
  'response_item/function_call_output': { 'payload.output': 'agent_text' },
  // Codex ignores settings of another thread, and 0.153+ resumes in the folder of the last.
  'event_msg/thread_settings_applied': {
    'payload.thread_id': 'thread_id',
    'payload.thread_settings.cwd': 'path',
    'payload.thread_settings.runtime_workspace_roots[]': 'path',
    [`payload.thread_settings${PROFILE_PATHS}`]: 'path',
  },
  'event_msg/thread_name_updated': { 'payload.thread_id': 'thread_id' },
  'event_msg/thread_goal_updated': { 'payload.threadId': 'thread_id', 'payload.goal.threadId': 'thread_id' },
  'event_msg/sub_agent_activity': { 'payload.agent_thread_id': 'thread_id' },
  // From here on: what Codex shows.
  'event_msg/user_message': { 'payload.local_images[]': 'path' },
  'event_msg/patch_apply_end': { 'payload.changes{}': 'path_key' },
  'event_msg/image_generation_end': { 'payload.saved_path': 'path' },
  'event_msg/item_completed': {
    'payload.thread_id': 'thread_id',
    'payload.item.sender_thread_id': 'thread_id',
    'payload.item.receiver_thread_ids[]': 'thread_id',
    'payload.item.receiver_agents[].thread_id': 'thread_id',
    'payload.item.agents_states{}': 'thread_id_key',
    'payload.item.agent_thread_id': 'thread_id',
    'payload.item.content[].path': 'path',
    'payload.item.cwd': 'file_uri',
    'payload.item.parsed_cmd[].path': 'path',
    'payload.item.path': 'file_uri',
    // By the second name in items that 0.169 has migrated.
    'payload.item.saved_path': 'path',
    'payload.item.savedPath': 'path',
    'payload.item.changes{}': 'path_key',
  },
};

/** The table as a tree, so that a walk over a line's bytes knows at each step whether anything below matters. */
export type SurfaceNode = {
  value: SurfaceKind | null;
  keys: SurfaceKind | null;
  children: Map<string, SurfaceNode>;
  elements: SurfaceNode | null;
};

const emptyNode = (): SurfaceNode => ({ value: null, keys: null, children: new Map(), elements: null });

function buildTree(places: Record<string, SurfaceKind>): SurfaceNode {
  const root = emptyNode();
  childOf(root, 'ordinal').value = 'ordinal';
  for (const [place, kind] of Object.entries(places)) {
    let node = root;
    for (const step of place.split('.')) {
      const key = step.replace(/[[{][\]}]$/, '');
      node = childOf(node, key);
      if (step.endsWith('[]')) node = node.elements ??= emptyNode();
    }
    if (place.endsWith('{}')) node.keys = kind;
    else node.value = kind;
  }
  return root;
}

function childOf(node: SurfaceNode, key: string): SurfaceNode {
  const known = node.children.get(key);
  if (known) return known;
  const made = emptyNode();
  node.children.set(key, made);
  return made;
}

const TREES = new Map(Object.entries(PLACES).map(([kind, places]) => [kind, buildTree(places)]));
const PLAIN_TREE = buildTree({});

/** The part of the table that holds for lines of this kind; a kind that nobody knows has only its ordinal. */
export const surfaceOf = (head: LineHead): SurfaceNode => TREES.get(head.kind) ?? PLAIN_TREE;

/** The step from a node to a member: the named child, or the one that stands for every key (`*`). */
export const stepInto = (node: SurfaceNode, key: string): SurfaceNode | null =>
  node.children.get(key) ?? node.children.get('*') ?? null;

export const kindsWith = (wanted: (kind: SurfaceKind) => boolean): Set<string> =>
  new Set(Object.entries(PLACES).flatMap(([line, places]) => (Object.values(places).some(wanted) ? [line] : [])));

/** One value (or key) of the surface as it stands in the line: `start` to `end` in bytes, quotes included. */
export type SurfaceSpan = { kind: SurfaceKind; start: number; end: number };

/** All spans of the wanted kinds that begin at or before `until`, in the order of the bytes. */
export function findSpans(bytes: Buffer, head: LineHead, wanted: ReadonlySet<SurfaceKind>, until = bytes.length): SurfaceSpan[] {
  const spans: SurfaceSpan[] = [];
  collect(bytes, { start: skipSpace(bytes, 0), end: bytes.length, until, wanted }, surfaceOf(head), spans);
  return spans;
}

type Range = { start: number; end: number; until: number; wanted: ReadonlySet<SurfaceKind> };

function collect(bytes: Buffer, { start, end, until, wanted }: Range, node: SurfaceNode, spans: SurfaceSpan[]): void {
  if (node.value) {
    if (wanted.has(node.value) && isOfSurface(node.value, bytes, start, end)) spans.push({ kind: node.value, start, end });
  } else if (isObject(bytes, start) && (node.children.size > 0 || node.keys)) {
    for (const member of members(bytes, start, until)) {
      if (node.keys && wanted.has(node.keys)) spans.push({ kind: node.keys, start: member.keyStart, end: member.keyEnd });
      const child = stepInto(node, member.key);
      if (child) collect(bytes, { start: member.valueStart, end: member.valueEnd, until, wanted }, child, spans);
    }
  } else if (isArray(bytes, start) && node.elements) {
    for (const element of elements(bytes, start)) collect(bytes, { ...element, until, wanted }, node.elements, spans);
  }
}

/** A place can hold something else in another version (a null cwd, say): then it is no span. */
export function isOfSurface(kind: SurfaceKind, bytes: Buffer, start: number, end: number): boolean {
  // Whatever stands there is no number of this file's lines once they are numbered anew.
  if (kind === 'chain' || kind === 'plugins' || kind === 'ordinal') return true;
  return isString(bytes, start) && (!isProse(kind) || mayConcern(kind, bytes.subarray(start, end)));
}
