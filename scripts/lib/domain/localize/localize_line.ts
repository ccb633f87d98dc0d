// A line of a rollout is spliced so that only what localization changes becomes other (invariant 7).

import { isString, members, skipSpace, textOf } from '../json/json_bytes.ts';
import { type Edit, splice } from '../json/splice.ts';
import { fileUriFromPath, pathFromFileUri } from '../paths/foreign_path.ts';
import type { LineHead } from '../rollout/rollout_line.ts';
import { type Localization, localizePath, type PathRules } from './localization.ts';
import { findSpans, kindsWith, type SurfaceKind, type SurfaceSpan } from './rewrite_surface.ts';
import { cwdWithin, type ProseKind, withAgents } from './surface_prose.ts';

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
