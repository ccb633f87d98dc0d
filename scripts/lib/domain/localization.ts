// Localization: how a path of the source machine is spelled here, and how a line is spliced so that only that changes.

import {
  componentsBelow,
  fileUriFromPath,
  joinComponents,
  type LocalPath,
  parsePath,
  pathFromFileUri,
  withoutVerbatimPrefix,
} from './foreign_path.ts';
import { isString, textOf } from './json_bytes.ts';
import { cwdWithin, findSpans, kindsWith, type SurfaceKind, type SurfaceSpan } from './rewrite_surface.ts';
import type { LineHead } from './rollout_line.ts';
import { type Edit, splice } from './splice.ts';

/** An explicit mapping: everything below `from` lies below `to` here. */
export type PathRule = { from: string; to: string };

export type PathRules = { explicit: PathRule[]; userHome: LocalPath };

export type LocalizedPath = { path: string; rule: 'map-path' | 'documents' | 'none' };

/** Explicit rules first, the longest `from` first; then Shared Interface 4; a path that neither covers stays as it is. */
export function localizePath(foreign: string, rules: PathRules): LocalizedPath {
  const parsed = parsePath(foreign);
  if (!parsed) return { path: foreign, rule: 'none' };
  for (const { from, to } of longestFirst(rules.explicit)) {
    const ancestor = parsePath(from);
    const below = ancestor && componentsBelow(parsed, ancestor);
    if (below) return { path: joinComponents(to, below), rule: 'map-path' };
  }
  const documents = parsed.style === 'windows' ? parsed.components.slice(0, -1).indexOf('Documents') : -1;
  if (documents >= 0) return { path: joinComponents(rules.userHome, parsed.components.slice(documents)), rule: 'documents' };
  return { path: foreign, rule: 'none' };
}

const longestFirst = (rules: PathRule[]): PathRule[] =>
  [...rules].sort((a, b) => (parsePath(b.from)?.components.length ?? 0) - (parsePath(a.from)?.components.length ?? 0));

/** What a copy of a rollout changes: paths always, ids only where the copy is a session of its own. */
export type Localization = {
  rules: PathRules;
  /** The thread's id there and here; the window id is set only for a session of its own. */
  threadId: { from: string; to: string; windowId: string | null } | null;
};

/**
 * Byte strings one of which every line holds that localization changes; null where such a line can be spelled in too many ways to tell.
 * A path below a rule's `from` holds its last component, an id holds itself.
 */
export function needlesOf({ rules, threadId }: Localization): Buffer[] | null {
  const needles = ['Documents', ...(threadId ? [threadId.from, 'window_id'] : []), ...SPELLED_OTHERWISE];
  for (const { from } of rules.explicit) {
    const parsed = parsePath(from);
    const last = parsed?.components.at(-1) ?? '';
    if (parsed?.style !== 'posix' || !SPELLED_ONE_WAY.test(last)) return null;
    needles.push(last);
  }
  return needles.map((needle) => Buffer.from(needle.slice(0, FAST_NEEDLE)));
}

/** Bytes up to which V8 looks for a needle with memchr; a longer one takes three times as long, a shorter one only finds a few lines more. */
const FAST_NEEDLE = 7;

/** ASCII that is spelled as an escape, and URIs, in which any letter can be percent-encoded. */
const SPELLED_OTHERWISE = ['\\u00', 'file://'];
const SPELLED_ONE_WAY = /^[A-Za-z0-9._-]+$/;

const PATH_KINDS: SurfaceKind[] = ['path', 'file_uri', 'path_key', 'cwd_text'];
const ID_KINDS: SurfaceKind[] = ['thread_id', 'window_id'];

/** What a copy looks at: never more than it may change. */
const WANTED = [false, true].map((ids) =>
  [false, true].map(
    (ordinal) => new Set<SurfaceKind>([...PATH_KINDS, ...(ids ? ID_KINDS : []), ...(ordinal ? (['ordinal'] as const) : [])]),
  ),
);
const LINES_WITH_IDS = kindsWith((kind) => ID_KINDS.includes(kind));
const LINES_WITH_PATHS = kindsWith((kind) => PATH_KINDS.includes(kind));

/**
 * The line as it is written here: the same bytes except for surface values that change. Returns the very buffer it was given
 * where nothing does. `ordinal` null keeps the line's own; a line without one gets none. Nothing that begins behind `until` is looked at.
 */
export function localizeLine(
  bytes: Buffer,
  head: LineHead,
  localization: Localization,
  ordinal: number | null,
  until = bytes.length,
): Buffer {
  const numbersAnew = ordinal !== null && ordinal !== head.ordinal;
  const hasIds = localization.threadId !== null && LINES_WITH_IDS.has(head.kind);
  if (!numbersAnew && !hasIds && !LINES_WITH_PATHS.has(head.kind)) return bytes;
  const wanted = (WANTED[Number(hasIds)] as Set<SurfaceKind>[])[Number(numbersAnew)] as Set<SurfaceKind>;
  const edits: Edit[] = [];
  for (const span of findSpans(bytes, head, wanted, until)) {
    const after = replacementFor(span, bytes, localization, ordinal);
    if (after !== null) edits.push({ start: span.start, end: span.end, after });
  }
  return edits.length === 0 ? bytes : splice(bytes, edits);
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

function replacedText(span: SurfaceSpan, bytes: Buffer, localization: Localization): string | null {
  const before = textOf(bytes, span.start, span.end);
  const after = replaceText(span.kind, before, localization);
  return after === before ? null : JSON.stringify(after);
}

function replaceText(kind: SurfaceKind, before: string, { rules, threadId }: Localization): string {
  switch (kind) {
    case 'path':
    case 'path_key':
      return localizePath(before, rules).path;
    case 'file_uri':
      return localizeFileUri(before, rules);
    case 'cwd_text':
      return localizeCwdText(before, rules);
    case 'thread_id':
      return threadId && before === threadId.from ? threadId.to : before;
    case 'window_id':
      return threadId?.windowId ?? before;
    case 'chain':
    case 'machine_time':
    case 'ordinal':
      return before;
    default:
      return kind satisfies never;
  }
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
