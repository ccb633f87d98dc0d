// What goes with a session that is written: rows of other tables, images.

import path from 'node:path';
import { isStill } from '../../adapters/disk/file_reading.ts';
import { exists } from '../../adapters/paths/entries.ts';
import type { AttachedTable } from '../../domain/attachments/attached_table.ts';
import { ATTACHED_TABLES, type PackedFile } from '../../domain/attachments/attached_tables.ts';
import { IMAGES } from '../../domain/attachments/generated_image.ts';
import type { ThreadId } from '../../domain/ids/thread_id.ts';
import type { Row } from '../../domain/operation/operation.ts';
import type { ValidSession } from '../../domain/package/package.ts';
import type { Change } from '../../domain/plan/plan.ts';
import { rowChange } from '../../domain/plan/session_changes.ts';
import type { SyncContext } from '../context/sync_context.ts';

export type AttachmentPlan = { changes: Change[]; warnings: string[] };

export const NO_ATTACHMENTS: AttachmentPlan = { changes: [], warnings: [] };

/** `id`: the session's local id. */
export function planAttachments(
  incoming: ValidSession,
  id: ThreadId,
  context: SyncContext,
  age: 'new' | 'known',
): AttachmentPlan {
  const tables = ATTACHED_TABLES.filter(({ isForNewOnly }) => age === 'new' || !isForNewOnly);
  const all = [
    ...tables.map((table) => planRows(table, incoming, id, context)),
    ...incoming.attachments.images.map((image) => planImage(image, id, context)),
  ];
  return { changes: all.flatMap(({ changes }) => changes), warnings: all.flatMap(({ warnings }) => warnings) };
}

function planRows(
  table: AttachedTable,
  incoming: ValidSession,
  id: ThreadId,
  { rows: all, family }: SyncContext,
): AttachmentPlan {
  const packed = incoming.attachments.rows.get(table.table) ?? [];
  if (packed.length === 0 && incoming.parent === null) return NO_ATTACHMENTS;
  const { database, columns } = all.locate(table);
  const ids = family.idsFor(incoming);
  const to = { threadId: id, parent: incoming.parent, localIdOf: (other: string) => ids.get(other) ?? other };
  const { rows, warnings } = table.localize(packed, to, columns);
  const isKept = !table.isForNewOnly && rows.length + warnings.length > 0 && columns.length > 0;
  if (isKept && all.find(database, table.table, { [table.key[0]]: id })) return NO_ATTACHMENTS;
  return { changes: rows.map((row) => rowChange(database, table.table, keyOf(row, table), null, row)), warnings };
}

const keyOf = (row: Row, { key }: AttachedTable): Row => Object.fromEntries(key.map((column) => [column, row[column] ?? null]));

/** Nothing is ever overwritten. */
function planImage(image: PackedFile, id: ThreadId, { home }: SyncContext): AttachmentPlan {
  const target = path.join(home.path, IMAGES, id, image.name);
  if (!exists(target)) return { changes: [{ kind: 'copy_file', path: target, source: image }], warnings: [] };
  return { changes: [], warnings: isStill(target, image) ? [] : [`another local image has this path: ${target}`] };
}
