// What goes along with a session that is written here: the edge to its parent, its goal, its images.

import path from 'node:path';
import { digestFile, statFile } from '../../adapters/disk/disk.ts';
import type { ThreadId } from '../../domain/ids/thread_id.ts';
import type { CarriedFile, ValidSession } from '../../domain/package/package.ts';
import type { Change } from '../../domain/plan/plan.ts';
import { rowChange } from '../../domain/plan/session_changes.ts';
import { sourceHere } from '../../domain/rollout/thread_tree.ts';
import { IMAGES } from '../../domain/thread/generated_image.ts';
import { goalHere } from '../../domain/thread/goal.ts';
import type { SyncContext } from '../context/sync_context.ts';

export type Along = { changes: Change[]; warnings: string[] };

export const NOTHING_ALONG: Along = { changes: [], warnings: [] };

/** `id`: the session's id here. */
export function carryAlong(incoming: ValidSession, id: ThreadId, context: SyncContext): Along {
  const all = [
    edgeAlong(incoming, id, context),
    goalAlong(incoming, id, context),
    ...incoming.carried.images.map((image) => imageAlong(image, id, context)),
  ];
  return { changes: all.flatMap(({ changes }) => changes), warnings: all.flatMap(({ warnings }) => warnings) };
}

/** Codex lists, archives and deletes sub-agents by edges, and makes none for a row that is there already (0.145 to 0.169). */
function edgeAlong(incoming: ValidSession, id: ThreadId, context: SyncContext): Along {
  const { edge, parent } = incoming.carried;
  const there = edge?.parent_thread_id ?? parent;
  const { columns, rows } = context.edges;
  if (there === null || columns.length === 0 || rows.has(id)) return NOTHING_ALONG;
  const after = {
    parent_thread_id: context.family.idsFor(incoming).get(there) ?? there,
    child_thread_id: id,
    status: edge?.status ?? 'open',
  };
  return { changes: [rowChange('state', 'thread_spawn_edges', { child_thread_id: id }, null, after)], warnings: [] };
}

function goalAlong({ carried: { goal } }: ValidSession, id: ThreadId, { goals }: SyncContext): Along {
  if (goal === null || goals.rows.has(id)) return NOTHING_ALONG;
  const after = goalHere(goal, id, goals.columns);
  if (goals.columns.length === 0 || !after)
    return { changes: [], warnings: ['it has a goal, which this Codex has no place for; the package keeps it'] };
  const warnings = goal.status === 'active' ? ['its goal arrives paused: an active one would start turns by itself'] : [];
  return { changes: [rowChange(goals.database, 'thread_goals', { thread_id: id }, null, after)], warnings };
}

/** Nothing is ever overwritten. */
function imageAlong(image: CarriedFile, id: ThreadId, { home }: SyncContext): Along {
  const target = path.join(home.path, IMAGES, id, image.name);
  const here = statFile(target);
  if (!here) return { changes: [{ kind: 'copy_file', path: target, source: image }], warnings: [] };
  const isSame = here.size === image.size && digestFile(target) === image.digest;
  return { changes: [], warnings: isSame ? [] : [`another image is here already: ${target}`] };
}

/** The session with a row that names its parent as that is known here. */
export const withSourceHere = (incoming: ValidSession, { family }: SyncContext): ValidSession => ({
  ...incoming,
  row: { ...incoming.row, source: sourceHere(incoming.row.source ?? null, family.idsFor(incoming)) },
});
