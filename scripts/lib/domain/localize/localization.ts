// Localization: how a path of the source machine is spelled locally.

import { componentsBelow, joinComponents, type LocalPath, parsePath, withoutVerbatimPrefix } from '../paths/foreign_path.ts';

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

export const DOCUMENTS = 'Documents';

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

/** A cwd is written plainly: Codex itself groups `\\?\C:\x` and `C:\x` apart (openai/codex#19128). */
export const plainPath = (path: string): string => withoutVerbatimPrefix(path);
