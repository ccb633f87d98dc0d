// Sub-agents are threads of their own below the thread that spawned them: who is whose child, and under which ids a tree lives locally.

import { asThreadId, type ThreadId } from '../ids/thread_id.ts';
import { asObject, parseObject } from '../json/json_value.ts';
import type { Cell } from '../operation/operation.ts';

/**
 * The parent that a row of `threads` names in its `source`; null where a person started the thread, or where the row does not tell. What
 * it says never changes, while an edge follows whoever resumed the agent last (0.145 to 0.169).
 */
export function parentInSource(source: Cell | undefined): ThreadId | null {
  if (typeof source !== 'string' || !source.startsWith('{')) return null;
  const { thread_spawn } = asObject(parseObject(source)?.subagent);
  return asThreadId(asObject(thread_spawn).parent_thread_id);
}

/** The `source` of a row whose parent has another id locally: the same text but for that id. */
export function localizeSource(source: Cell, ids: ReadonlyMap<string, string>): Cell {
  const parent = parentInSource(source);
  const local = parent === null ? undefined : ids.get(parent);
  return local === undefined ? source : String(source).replaceAll(parent as string, local);
}

/** Thread -> its parent; only sub-agents are in it. */
export type Parents = ReadonlyMap<string, string>;

/** Thread -> its sub-agents. */
export type Children = ReadonlyMap<string, string[]>;

export function childrenIn(parents: Parents): Children {
  const children = new Map<string, string[]>();
  for (const [child, parent] of parents) {
    const siblings = children.get(parent);
    if (siblings) siblings.push(child);
    else children.set(parent, [child]);
  }
  return children;
}

/** These and everything below them, at any depth, in the order of discovery. */
export function withDescendants(ids: Iterable<string>, children: Children): Set<string> {
  const found = new Set(ids);
  for (const id of found) for (const child of children.get(id) ?? []) found.add(child);
  return found;
}

/** The same sessions, each behind its parent where that is among them. A circle, which only a forged package has, is cut anywhere. */
export function parentsFirst<Session extends { threadId: string }>(sessions: readonly Session[], parents: Parents): Session[] {
  const waiting = new Map(sessions.map((session) => [session.threadId, session]));
  const ordered: Session[] = [];
  for (const session of sessions) {
    const line: Session[] = [];
    for (let next: Session | undefined = session; next; next = waiting.get(parents.get(next.threadId) ?? '')) {
      if (!waiting.delete(next.threadId)) break;
      line.push(next);
    }
    for (const next of line.toReversed()) ordered.push(next);
  }
  return ordered;
}

/** What a child's local id follows from, where its parent's local id is not the incoming one: the same tree gets the same ids again. */
export const seedOfChild = (localParent: string, incomingChild: string): string => `child:${localParent}:${incomingChild}`;
