// What goes with a session that is written: rows of other tables, images.

import path from 'node:path';
import { isStill } from '../../adapters/disk/file_reading.ts';
import type { LocalSession } from '../../adapters/local_sessions/local_session.ts';
import { exists } from '../../adapters/paths/entries.ts';
import type { AttachedTable, AttachedTo } from '../../domain/attachments/attached_table.ts';
import { ATTACHED_TABLES, type PackedFile } from '../../domain/attachments/attached_tables.ts';
import { IMAGES } from '../../domain/attachments/generated_image.ts';
import type { ThreadId } from '../../domain/ids/thread_id.ts';
import type { Row } from '../../domain/operation/operation.ts';
import type { ValidSession } from '../../domain/package/package.ts';
import type { Change } from '../../domain/plan/plan.ts';
import { rowChange } from '../../domain/plan/session_changes.ts';
import type { Family } from '../context/family.ts';
import { parentOfLocal } from '../context/local_parents.ts';
import type { SyncContext } from '../context/sync_context.ts';

export type AttachmentPlan = { changes: Change[]; warnings: string[] };

export const NO_ATTACHMENTS: AttachmentPlan = { changes: [], warnings: [] };

/** `id`: the session's local id. `local`: the session that is here; null for one that is made. */
export function planAttachments(
  incoming: ValidSession,
  id: ThreadId,
  context: SyncContext,
  local: LocalSession | null,
): AttachmentPlan {
  const tables = ATTACHED_TABLES.filter(({ isForNewOnly }) => local === null || !isForNewOnly);
  const all = [
    ...tables.map((table) => planRows(table, incoming, id, context, local)),
    ...incoming.attachments.images.map((image) => planImage(image, id, context)),
  ];
  return { changes: all.flatMap(({ changes }) => changes), warnings: all.flatMap(({ warnings }) => warnings) };
}

function planRows(
  table: AttachedTable,
  incoming: ValidSession,
  id: ThreadId,
  { rows: all, family }: SyncContext,
  local: LocalSession | null,
): AttachmentPlan {
  const packed = incoming.attachments.rows.get(table.table) ?? [];
  if (packed.length === 0 && incoming.parent === null) return NO_ATTACHMENTS;
  const { database, columns } = all.locate(table);
  const { rows, warnings } = table.localize(packed, attachedTo(incoming, id, family, local), columns);
  const isKept = !table.isForNewOnly && rows.length + warnings.length > 0 && columns.length > 0;
  if (isKept && all.find(database, table.table, { [table.key[0]]: id })) return NO_ATTACHMENTS;
  return { changes: rows.map((row) => rowChange(database, table.table, keyOf(row, table), null, row)), warnings };
}

/**
 * A session that is here stays below its own parent, or nobody's, whatever a package says; one that is made may also be below another packed
 * one, since an edge follows whoever resumed the agent last.
 */
function attachedTo(incoming: ValidSession, threadId: ThreadId, family: Family, local: LocalSession | null): AttachedTo {
  const ids = family.idsFor(incoming);
  const localIdOf = (id: string): string => ids.get(id) ?? id;
  const spawner = incoming.parent === null ? null : localIdOf(incoming.parent);
  const parent = local ? parentOfLocal(local) : spawner;
  const isBelow = (id: string): boolean => localIdOf(id) === parent || (local === null && family.isPacked(id));
  return { threadId, parent, mayBelow: (id) => (isBelow(id) ? localIdOf(id) : null) };
}

const keyOf = (row: Row, { key }: AttachedTable): Row => Object.fromEntries(key.map((column) => [column, row[column] ?? null]));

/** Nothing is ever overwritten. */
function planImage(image: PackedFile, id: ThreadId, { home }: SyncContext): AttachmentPlan {
  const target = path.join(home.path, IMAGES, id, image.name);
  if (!exists(target)) return { changes: [{ kind: 'copy_file', path: target, source: image }], warnings: [] };
  return { changes: [], warnings: isStill(target, image) ? [] : [`another local image has this path: ${target}`] };
}
