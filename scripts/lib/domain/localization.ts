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

/** Says quickly of a line that nothing in it can change; a `true` only means that it has to be looked at. */
export type Concern = (bytes: Buffer) => boolean;

/** ASCII that is spelled as an escape, which no needle finds. */
const ESCAPED_ASCII = Buffer.from('\\u00');
/** In a file URI any letter can be percent-encoded. */
const FILE_URI = Buffer.from('file:');
const PERCENT = Buffer.from('%');
const SPELLED_ONE_WAY = /^[A-Za-z0-9._-]+$/;

/** A path below a rule's `from` holds its last component, an id holds itself; where that can be spelled in many ways, every line concerns. */
export function concernOf({ rules, threadId }: Localization): Concern {
  const needles = ['Documents', ...(threadId ? [threadId.from, 'window_id'] : [])];
  for (const { from } of rules.explicit) {
    const parsed = parsePath(from);
    const last = parsed?.components.at(-1) ?? '';
    if (parsed?.style !== 'posix' || !SPELLED_ONE_WAY.test(last)) return () => true;
    needles.push(last);
  }
  const wanted = [...needles.map((needle) => Buffer.from(needle)), ESCAPED_ASCII];
  return (bytes) => wanted.some((needle) => bytes.includes(needle)) || (bytes.includes(FILE_URI) && bytes.includes(PERCENT));
}

const ID_KINDS = kindsWith((kind) => kind === 'thread_id' || kind === 'window_id');
const PATH_KINDS = kindsWith((kind) => kind === 'path' || kind === 'file_uri' || kind === 'path_key' || kind === 'cwd_text');

/**
 * The line as it is written here: the same bytes except for surface values that change. Returns the very buffer it was given
 * where nothing does. `ordinal` null keeps the line's own; a line without one gets none.
 */
export function localizeLine(bytes: Buffer, head: LineHead, localization: Localization, ordinal: number | null): Buffer {
  const concerned =
    PATH_KINDS.has(head.kind) ||
    (localization.threadId !== null && ID_KINDS.has(head.kind)) ||
    (ordinal !== null && ordinal !== head.ordinal);
  if (!concerned) return bytes;
  const edits = findSpans(bytes, head).flatMap((span) => {
    const after = replacementFor(span, bytes, localization, ordinal);
    return after === null ? [] : [{ ...span, after }];
  });
  return edits.length === 0 ? bytes : splice(bytes, edits);
}

function splice(bytes: Buffer, edits: { start: number; end: number; after: string }[]): Buffer {
  const parts: Buffer[] = [];
  let at = 0;
  for (const { start, end, after } of edits) {
    parts.push(bytes.subarray(at, start), Buffer.from(after));
    at = end;
  }
  return Buffer.concat([...parts, bytes.subarray(at)]);
}

/** The new JSON text of a span; null where it stays. */
function replacementFor(span: SurfaceSpan, bytes: Buffer, localization: Localization, ordinal: number | null): string | null {
  if (span.kind === 'ordinal')
    return ordinal === null || bytes.toString('latin1', span.start, span.end) === String(ordinal) ? null : String(ordinal);
  if (!isString(bytes, span.start)) return null;
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
