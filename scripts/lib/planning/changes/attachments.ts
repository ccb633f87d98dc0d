// What goes along with a session that is written here: the edge to its parent, its goal, its images.

import path from 'node:path';
import { digestFile, statFile } from '../../adapters/disk/disk.ts';
import type { ThreadId } from '../../domain/ids/thread_id.ts';
import type { CarriedFile, ValidSession } from '../../domain/package/package.ts';
import type { Change } from '../../domain/plan/plan.ts';
import { rowChange } from '../../domain/plan/session_changes.ts';
import { IMAGES } from '../../domain/thread/generated_image.ts';
import { localGoal } from '../../domain/thread/goal.ts';
import type { SyncContext } from '../context/sync_context.ts';

export type AttachmentPlan = { changes: Change[]; warnings: string[] };

export const NO_ATTACHMENTS: AttachmentPlan = { changes: [], warnings: [] };

/** `id`: the session's id here. */
export function planAttachments(incoming: ValidSession, id: ThreadId, context: SyncContext): AttachmentPlan {
  const all = [
    planEdge(incoming, id, context),
    planGoal(incoming, id, context),
    ...incoming.carried.images.map((image) => planImage(image, id, context)),
  ];
  return { changes: all.flatMap(({ changes }) => changes), warnings: all.flatMap(({ warnings }) => warnings) };
}

/** Codex lists, archives and deletes sub-agents by edges, and makes none for a row that is there already (0.145 to 0.169). */
function planEdge(incoming: ValidSession, id: ThreadId, context: SyncContext): AttachmentPlan {
  const { edge, parent } = incoming.carried;
  const packedParent = edge?.parent_thread_id ?? parent;
  const { columns, rows } = context.edges;
  if (packedParent === null || columns.length === 0 || rows.has(id)) return NO_ATTACHMENTS;
  const after = {
    parent_thread_id: context.family.idsFor(incoming).get(packedParent) ?? packedParent,
    child_thread_id: id,
    status: edge?.status ?? 'open',
  };
  return { changes: [rowChange('state', 'thread_spawn_edges', { child_thread_id: id }, null, after)], warnings: [] };
}

function planGoal({ carried: { goal } }: ValidSession, id: ThreadId, { goals }: SyncContext): AttachmentPlan {
  if (goal === null || goals.rows.has(id)) return NO_ATTACHMENTS;
  const after = localGoal(goal, id, goals.columns);
  if (goals.columns.length === 0 || !after)
    return { changes: [], warnings: ['it has a goal, which this Codex has no place for; the package keeps it'] };
  const warnings = goal.status === 'active' ? ['its goal arrives paused: an active one would start turns by itself'] : [];
  return { changes: [rowChange(goals.database, 'thread_goals', { thread_id: id }, null, after)], warnings };
}

/** Nothing is ever overwritten. */
function planImage(image: CarriedFile, id: ThreadId, { home }: SyncContext): AttachmentPlan {
  const target = path.join(home.path, IMAGES, id, image.name);
  const local = statFile(target);
  if (!local) return { changes: [{ kind: 'copy_file', path: target, source: image }], warnings: [] };
  const isSame = local.size === image.size && digestFile(target) === image.digest;
  return { changes: [], warnings: isSame ? [] : [`another image is here already: ${target}`] };
}
