// Prose of the rewrite surface: texts of which only a part names a path of the source machine or a thread of it. Everything else in
// them is somebody's words and stays.

/** `agent_text`: what the model and Codex's agent tools tell each other. `codex_text`: a message that Codex itself may have written. */
export type ProseKind = 'agent_text' | 'codex_text';

export const isProse = (kind: string): kind is ProseKind => kind === 'agent_text' || kind === 'codex_text';

const CWD_TAG = Buffer.from('<cwd>');
const NOTIFICATION = Buffer.from('<subagent_notification>');
const ESCAPED_ASCII = Buffer.from('\\u00');

/** Most messages are neither; ASCII text can also be spelled with escapes, which some serialisers do with `<`: then the text itself tells. */
export const mayConcern = (kind: ProseKind, json: Buffer): boolean =>
  kind !== 'codex_text' || json.includes(CWD_TAG) || json.includes(NOTIFICATION) || json.includes(ESCAPED_ASCII);

/** A part of a text, in UTF-16 units. */
export type TextRange = { start: number; end: number };

/** What stands between the first `<cwd>` and the first `</cwd>`; null where there is none. */
export function cwdWithin(text: string): TextRange | null {
  const start = text.indexOf('<cwd>') + '<cwd>'.length;
  const end = text.indexOf('</cwd>');
  return start >= '<cwd>'.length && end > start ? { start, end } : null;
}

/**
 * How the texts begin in which Codex names agents by id (multi-agent v1; 0.145, 0.153.4, 0.160.1, 0.169): what `spawn_agent` and `wait_agent` give,
 * and the list of agents in the state of the world. A call is known by its `target`, `targets` or `id`, wherever the model has put it.
 */
const AGENT_TEXT = /^(?:\{"agent_id":|\{"status":\{"|- [0-9a-f]{8}-)|^\{.*"(?:targets?|id)":\s*\[?\s*"[0-9a-f]{8}-/s;
const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;

const namesAgents = (kind: ProseKind, text: string): boolean =>
  kind === 'agent_text' ? AGENT_TEXT.test(text) : text.startsWith('<subagent_notification>');

/** The JSON text of a prose value with other ids for its agents: the very same spelling but for them. */
export function withAgents(kind: ProseKind, text: string, json: string, ids: ReadonlyMap<string, string>): string {
  return ids.size > 0 && namesAgents(kind, text) ? json.replace(UUID, (id) => ids.get(id) ?? id) : json;
}

/** The text without what a copy of it may spell differently. */
export function withoutPlaces(kind: ProseKind, text: string): string {
  if (namesAgents(kind, text)) return text.replace(UUID, '');
  const cwd = kind === 'codex_text' ? cwdWithin(text) : null;
  return cwd ? text.slice(0, cwd.start) + text.slice(cwd.end) : text;
}
