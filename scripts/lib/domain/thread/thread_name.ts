// What people call a session, and where each Codex keeps it.

import type { Cell, Row } from '../operation/operation.ts';
import { mergedName } from './metadata_merge.ts';

export const textCell = (cell: Cell | undefined): string | null => (typeof cell === 'string' && cell !== '' ? cell : null);

/**
 * What people call the session. Codex keeps it in `name` (0.145+), in a `title` that is not the first message (0.125-0.145) or in
 * the index; the sibling fills the index with titles, so an index name that is only the title names nothing.
 */
export function nameOf(row: Row, indexName: string | null): string | null {
  const title = textCell(row.title);
  const isGiven = (text: string | null): boolean =>
    text !== null && text !== textCell(row.first_user_message) && text !== textCell(row.preview);
  if (textCell(row.name)) return textCell(row.name);
  if (indexName && indexName !== title && isGiven(indexName)) return indexName;
  return isGiven(title) && textCell(row.first_user_message) ? title : null;
}

/** The agreed name where nothing local says it; null where the session has another one, which an older Codex may have kept in the index alone. */
export function missingName(row: Row | null, indexName: string | null, agreed: string | null): string | null {
  const own = nameOf(row ?? {}, indexName);
  return own === null || own === agreed ? agreed : null;
}

/** The name and title that both sides agreed on last; null where they never met. */
export type NameBase = { name: string | null; title: string | null } | null;

/** The local row with the name that the other side gave; one that was given locally stays, also where only the index has it. */
export function renamedRow(local: Row, incomingName: string | null, base: NameBase, givenName = textCell(local.name)): Row {
  const row: Row = { ...local };
  const name = mergedName(givenName, incomingName, base);
  if ('name' in local && name !== givenName) row.name = name;
  if (base && local.title === base.title && incomingName) row.title = incomingName;
  return row;
}
