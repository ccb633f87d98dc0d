// Sub-agents go along with the thread that spawned them: at any depth, archived ones too, whatever the selection says.

import type { CodexHome } from '../../adapters/codex_home/codex_home.ts';
import { withHomeRows } from '../../adapters/local_sessions/home_rows.ts';
import type { LocalHome } from '../../adapters/local_sessions/local_home.ts';
import { isPresent, type LocalSession, type PresentSession } from '../../adapters/local_sessions/local_session.ts';
import { SPAWN_EDGES } from '../../domain/attachments/spawn_edge.ts';
import { type Children, childrenIn } from '../../domain/rollout/thread_tree.ts';
import { parentByRow } from '../../planning/context/local_parents.ts';

export type WithSubAgents = { sessions: PresentSession[]; warnings: string[] };

export function addSubAgents(home: CodexHome, { sessions }: LocalHome, chosen: PresentSession[]): WithSubAgents {
  const children = childrenIn(parentsHere(home, sessions));
  const ids = new Set<string>(chosen.map(({ threadId }) => threadId));
  const seen = new Set<string>();
  const warnings: string[] = [];
  for (const { threadId } of chosen) {
    const added = addBelow(threadId, children, seen).filter((id) => isPresent(sessions.get(id)) && !ids.has(id));
    for (const id of added) ids.add(id);
    if (added.length > 0) warnings.push(`${threadId}: ${added.length} of its sub-agents are included`);
  }
  return { sessions: [...ids].map((id) => sessions.get(id)).filter(isPresent), warnings };
}

/** All below a thread that were not seen yet: each is looked at once, whoever of those above it is asked about first. */
function addBelow(threadId: string, children: Children, seen: Set<string>): string[] {
  const found = new Set<string>();
  for (let below = children.get(threadId) ?? []; below.length > 0; ) {
    const fresh = below.filter((id) => !seen.has(id));
    for (const id of fresh) {
      seen.add(id);
      found.add(id);
    }
    below = fresh.flatMap((id) => children.get(id) ?? []);
  }
  return [...found];
}

/** A row or a first line tells; the edges know of agents that neither names. */
function parentsHere(home: CodexHome, sessions: ReadonlyMap<string, LocalSession>): Map<string, string> {
  const edges = parentsByEdge(home);
  return new Map(
    [...sessions.values()].flatMap((session) => {
      const parent = parentByRow(session) ?? edges.get(session.threadId);
      return parent ? [[session.threadId as string, String(parent)] as const] : [];
    }),
  );
}

const parentsByEdge = (home: CodexHome): Map<string, string> =>
  withHomeRows(home, (rows) => {
    const { database, columns } = rows.locate(SPAWN_EDGES);
    const edges = columns.length > 0 ? rows.select(database, SPAWN_EDGES.table) : [];
    return new Map(edges.map((edge) => [String(edge.child_thread_id), String(edge.parent_thread_id)]));
  });
