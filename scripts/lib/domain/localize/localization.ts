// Localization: how a path of the source machine is spelled locally, and how a line is spliced so that only that changes.

import {
  componentsBelow,
  fileUriFromPath,
  joinComponents,
  type LocalPath,
  parsePath,
  pathFromFileUri,
  withoutVerbatimPrefix,
} from '../ids/foreign_path.ts';
import { isString, members, skipSpace, textOf } from '../json/json_bytes.ts';
import { type Edit, splice } from '../json/splice.ts';
import type { LineHead } from '../rollout/rollout_line.ts';
import { findSpans, kindsWith, type SurfaceKind, type SurfaceSpan } from './rewrite_surface.ts';
import { cwdWithin, type ProseKind, withAgents } from './surface_prose.ts';

/** An explicit mapping: everything below `from` lies below `to` locally. */
export type PathRule = { from: string; to: string };

/** A replaced localizer, asked after the explicit rules: null for a path that is not its own. Name and digest go into the plan. */
export type PathExtension = { name: string; digest: string; spell(path: string): string | null };

export type PathRules = { explicit: PathRule[]; userHome: LocalPath; extensions?: PathExtension[] };

export type LocalizedPath = { path: string; rule: 'map-path' | `extension:${string}` | 'documents' | 'none' };

/** Explicit rules first, the longest `from` first; then extensions; then Shared Interface 4; a path that neither covers stays as it is. */
export function localizePath(foreign: string, rules: PathRules): LocalizedPath {
  const parsed = parsePath(foreign);
  if (!parsed) return { path: foreign, rule: 'none' };
  for (const { from, to } of longestFirst(rules.explicit)) {
    const ancestor = parsePath(from);
    const below = ancestor && componentsBelow(parsed, ancestor, { composes: true });
    if (below) return { path: joinComponents(withoutVerbatimPrefix(to), below), rule: 'map-path' };
  }
  for (const { name, spell } of rules.extensions ?? []) {
    const spelled = spell(foreign);
    if (spelled !== null) return { path: spelled, rule: `extension:${name}` };
  }
  const isDocuments = (name: string): boolean => name === DOCUMENTS || isSpelledDocuments(name, foreign);
  const at = parsed.style === 'windows' ? parsed.components.slice(0, -1).findIndex(isDocuments) : -1;
  const below = [DOCUMENTS, ...parsed.components.slice(at + 1)];
  if (at >= 0) return { path: joinComponents(withoutVerbatimPrefix(rules.userHome), below), rule: 'documents' };
  return { path: foreign, rule: 'none' };
}

const DOCUMENTS = 'Documents';
/**
 * One folder to Windows: Codex writes the disk's capitals, or those that its user typed; elsewhere they would be three. Behind a backslash only, as
 * Codex writes it: a small `d` or a slash is everywhere, and looking for them would cost more than all else (`needlesOf`).
 */
const isSpelledDocuments = (name: string, foreign: string): boolean =>
  (name === 'documents' || name === 'DOCUMENTS') && foreign.includes(`\\${name}`);

const longestFirst = (rules: PathRule[]): PathRule[] =>
  [...rules].sort((a, b) => (parsePath(b.from)?.components.length ?? 0) - (parsePath(a.from)?.components.length ?? 0));

/** What a copy of a rollout changes: paths always, ids only where a thread of its tree has another one locally. */
export type Localization = {
  rules: PathRules;
  /** Ids of the source side that are others locally: of the thread itself, its parents, its sub-agents. */
  ids: ReadonlyMap<string, string>;
  /** Set for a session of its own; null where it keeps its context window. */
  windowId: string | null;
};

/**
 * Byte strings one of which every line holds that localization changes; null where such a line can be spelled in too many ways to tell.
 * A path below a rule's `from` holds its last component, an id holds itself.
 */
export function needlesOf({ rules, ids, windowId }: Localization): Buffer[] | null {
  const starts = startsOf([...ids.keys()]);
  // An extension can change any path.
  if (starts === null || (rules.extensions ?? []).length > 0) return null;
  const needles = [...DOCUMENTS_IN_JSON, ...starts, ...(windowId ? ['window_id'] : []), ...SPELLED_OTHERWISE];
  for (const { from } of rules.explicit) {
    const parsed = parsePath(from);
    const last = parsed?.components.at(-1) ?? '';
    if (parsed?.style !== 'posix' || !SPELLED_ONE_WAY.test(last)) return null;
    needles.push(last);
  }
  return needles.map((needle) => Buffer.from(needle.slice(0, FAST_NEEDLE)));
}

/**
 * The beginnings of these ids, few enough to look for each. Ids begin with their time, so those of one tree share much of it (seven
 * digits are about a quarter of an hour, four are years); null where no beginning is worth looking for.
 */
function startsOf(ids: string[]): string[] | null {
  for (let length = FAST_NEEDLE; length >= 4; length--) {
    const starts = new Set(ids.map((id) => id.slice(0, length)));
    if (starts.size <= MOST_STARTS) return [...starts];
  }
  return null;
}

const MOST_STARTS = 3;

/** Bytes up to which V8 looks for a needle with memchr; a longer one takes three times as long, a shorter one only finds a few lines more. */
const FAST_NEEDLE = 7;

const DOCUMENTS_IN_JSON = [DOCUMENTS, DOCUMENTS.toUpperCase(), '\\documents'];

/** ASCII that is spelled as an escape, and URIs, in which any letter can be percent-encoded. */
const SPELLED_OTHERWISE = ['\\u00', 'file://'];
const SPELLED_ONE_WAY = /^[A-Za-z0-9._-]+$/;

const PATH_KINDS: SurfaceKind[] = ['path', 'file_uri', 'path_key', 'codex_text'];
const ID_KINDS: SurfaceKind[] = ['thread_id', 'thread_id_key', 'agent_text', 'codex_text', 'window_id'];

/** What a copy looks at: never more than it may change. */
const WANTED = [false, true].map((ids) =>
  [false, true].map(
    (ordinal) => new Set<SurfaceKind>([...PATH_KINDS, ...(ids ? ID_KINDS : []), ...(ordinal ? (['ordinal'] as const) : [])]),
  ),
);
const LINES_WITH_IDS = kindsWith((kind) => ID_KINDS.includes(kind));
const LINES_WITH_PATHS = kindsWith((kind) => PATH_KINDS.includes(kind));

/**
 * The line as it is written locally: the same bytes except for surface values that change. Returns the very buffer it was given
 * where nothing does. `ordinal` null keeps the line's own; else a line without one gets it. Nothing that begins behind `until` is looked at.
 */
export function localizeLine(
  bytes: Buffer,
  head: LineHead,
  localization: Localization,
  ordinal: number | null,
  until = bytes.length,
): Buffer {
  const numbersAnew = ordinal !== null && ordinal !== head.ordinal;
  const hasIds = (localization.ids.size > 0 || localization.windowId !== null) && LINES_WITH_IDS.has(head.kind);
  if (!numbersAnew && !hasIds && !LINES_WITH_PATHS.has(head.kind)) return bytes;
  const wanted = (WANTED[Number(hasIds)] as Set<SurfaceKind>[])[Number(numbersAnew)] as Set<SurfaceKind>;
  const edits: Edit[] = [];
  for (const span of findSpans(bytes, head, wanted, until)) {
    const after = replacementFor(span, bytes, localization, ordinal);
    if (after !== null) edits.push({ start: span.start, end: span.end, after });
  }
  if (numbersAnew && head.ordinal === null && !hasOrdinal(bytes)) edits.unshift(insertion(bytes, ordinal));
  return edits.length === 0 ? bytes : splice(bytes, edits);
}

const hasOrdinal = (bytes: Buffer): boolean => [...members(bytes, skipSpace(bytes, 0))].some(({ key }) => key === 'ordinal');

/** Where Codex writes it: behind the timestamp that opens a record; else in front of all. */
function insertion(bytes: Buffer, ordinal: number): Edit {
  const start = skipSpace(bytes, 0);
  const [first] = members(bytes, start);
  if (first?.key !== 'timestamp') return { start: start + 1, end: start + 1, after: `"ordinal":${ordinal}${first ? ',' : ''}` };
  return { start: first.valueEnd, end: first.valueEnd, after: `,"ordinal":${ordinal}` };
}

/** The new JSON text of a span; null where it stays. */
function replacementFor(span: SurfaceSpan, bytes: Buffer, localization: Localization, ordinal: number | null): string | null {
  const spelled = bytes.toString('latin1', span.start, span.end);
  if (span.kind === 'ordinal') return String(ordinal);
  if (!isString(bytes, span.start)) return null;
  const isPath = span.kind === 'path' || span.kind === 'file_uri' || span.kind === 'path_key';
  if (!isPath) return replacedText(span, bytes, localization);
  const known = knownPaths(localization.rules);
  const key = `${span.kind} ${spelled}`;
  const before = known.get(key);
  if (before !== undefined) return before;
  const after = replacedText(span, bytes, localization);
  if (known.size < MOST_KNOWN_PATHS) known.set(key, after);
  return after;
}

/** A rollout names few paths very often; each is worked out once for its rules. */
const KNOWN_PATHS = new WeakMap<PathRules, Map<string, string | null>>();
const MOST_KNOWN_PATHS = 10_000;

function knownPaths(rules: PathRules): Map<string, string | null> {
  const known = KNOWN_PATHS.get(rules) ?? new Map<string, string | null>();
  KNOWN_PATHS.set(rules, known);
  return known;
}

function replacedText({ kind, start, end }: SurfaceSpan, bytes: Buffer, localization: Localization): string | null {
  const before = textOf(bytes, start, end);
  const { rules, ids, windowId } = localization;
  switch (kind) {
    case 'path':
    case 'path_key':
      return jsonIfOther(localizePath(before, rules).path, before);
    case 'file_uri':
      return jsonIfOther(localizeFileUri(before, rules), before);
    case 'thread_id':
    case 'thread_id_key':
      return jsonIfOther(ids.get(before) ?? before, before);
    case 'window_id':
      return jsonIfOther(windowId ?? before, before);
    case 'codex_text':
      return (
        jsonIfOther(localizeCwdText(before, rules), before) ??
        agentsIfOther(kind, before, bytes.toString('utf8', start, end), ids)
      );
    case 'agent_text':
      return agentsIfOther(kind, before, bytes.toString('utf8', start, end), ids);
    case 'chain':
    case 'plugins':
    case 'machine_time':
    case 'ordinal':
      return null;
    default:
      return kind satisfies never;
  }
}

const jsonIfOther = (after: string, before: string): string | null => (after === before ? null : JSON.stringify(after));

function agentsIfOther(kind: ProseKind, text: string, json: string, ids: ReadonlyMap<string, string>): string | null {
  const after = withAgents(kind, text, json, ids);
  return after === json ? null : after;
}

/** Some versions write plain paths where later ones write URIs; each keeps its spelling. */
function localizeFileUri(text: string, rules: PathRules): string {
  const plain = pathFromFileUri(text);
  if (plain === null) return localizePath(text, rules).path;
  const { path, rule } = localizePath(plain, rules);
  return rule === 'none' ? text : fileUriFromPath(path);
}

/** Only Codex's own environment context is rewritten, never a user's words that happen to hold a <cwd>. */
function localizeCwdText(text: string, rules: PathRules): string {
  const cwd = text.startsWith('<environment_context>') ? cwdWithin(text) : null;
  if (!cwd) return text;
  return text.slice(0, cwd.start) + localizePath(text.slice(cwd.start, cwd.end), rules).path + text.slice(cwd.end);
}

/** A cwd is written plainly: Codex itself groups `\\?\C:\x` and `C:\x` apart (openai/codex#19128). */
export const plainPath = (path: string): string => withoutVerbatimPrefix(path);
