// A session of a package as this machine takes it in: what can be told of it before any local session is looked at, told once.

import { type LocalizedPath, localizePath, type PathRules, plainPath } from '../localize/localization.ts';
import type { PackageSession, ValidSession } from '../package/package.ts';
import { coerceRow } from '../thread/coerce_row.ts';
import { nameOf } from '../thread/thread_name.ts';
import type { Column } from '../thread/thread_row.ts';
import { isMadeName } from './branch_name.ts';

/**
 * `name`: as its users call it; null where nobody named it. `madeName`: what a tool called it, which is in none of the places of a name
 * then. `title`: what it is shown as. The row is as the local database can hold it.
 */
export type NamedSession = PackageSession & { name: string | null; madeName: string | null; title: string; archived: boolean };

/** A folder of the source machine as it is spelled locally, and the rules that spell all other paths of the session. */
export type LocalizedFolder = { rules: PathRules; path: string; rule: LocalizedPath['rule'] };

/** `lineageId`: the lineage that it belongs to, or begins. `folder`: where it works, as flags and remembered rules say. */
export type IncomingSession = NamedSession & ValidSession & { lineageId: string; folder: LocalizedFolder };

/**
 * `columns`: of the local `threads` table. `made`: by thread, the names that the packing machine knows to be made; null where it does not
 * say, and the pattern alone decides.
 */
export function nameSession(session: PackageSession, columns: Column[], made: Record<string, string> | null): NamedSession {
  const row = coerceRow(session.row, columns);
  const isMade = (text: unknown): text is string =>
    typeof text === 'string' && isMadeName(text) && (made === null || made[session.threadId] === text);
  const madeName = [row.name, session.indexName, row.title].find(isMade) ?? null;
  const cleared = ['name', 'title'].filter((column) => isMade(row[column])).map((column) => [column, null]);
  const named = cleared.length > 0 ? { ...row, ...Object.fromEntries(cleared) } : row;
  const name = nameOf(named, isMade(session.indexName) ? null : session.indexName);
  const title = name ?? madeName ?? titleOf({ ...session, row: named });
  return { ...session, row: named, name, madeName, title, archived: Number(named.archived ?? 0) === 1 };
}

const titleOf = ({ row, transcript, invalid }: PackageSession): string =>
  String(row.title ?? '') || (invalid ? '' : transcript?.firstUserMessage || '(no message yet)');

export function localizeFolder(folder: string, rules: PathRules): LocalizedFolder {
  const { path, rule } = localizePath(folder, rules);
  return { rules, path: plainPath(path), rule };
}
