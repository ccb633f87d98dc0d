// The trees of one run: who of the package is whose sub-agent, and which session of this machine each of them is.

import type { LocalSession } from '../adapters/local_home.ts';
import { isValid, type PackageSession, type ValidSession } from '../domain/package.ts';
import type { Action } from '../domain/plan.ts';
import type { ThreadId } from '../domain/thread_id.ts';
import { type Parents, parentsFirst } from '../domain/thread_tree.ts';
import { parentOfLocal } from './local_parents.ts';

export class Family {
  readonly #sessions: ReadonlyMap<string, ValidSession>;
  /** Sessions by the topmost one of their tree. */
  readonly #trees = new Map<string, ValidSession[]>();
  readonly #parents: Parents;
  readonly #here = new Map<string, ThreadId>();
  readonly #leftAlone = new Map<string, Action>();

  constructor(sessions: readonly PackageSession[]) {
    this.#sessions = new Map(sessions.filter(isValid).map((session) => [session.threadId, session]));
    const packed = new Set(sessions.map(({ threadId }) => threadId));
    this.#parents = new Map(
      sessions.flatMap(({ threadId, carried: { parent } }) =>
        parent && packed.has(parent) ? [[threadId, parent] as const] : [],
      ),
    );
    for (const session of this.#sessions.values()) {
      const top = this.#topOf(session.threadId);
      const tree = this.#trees.get(top);
      if (tree) tree.push(session);
      else this.#trees.set(top, [session]);
    }
  }

  parentsFirst<Session extends { threadId: string }>(sessions: readonly Session[]): Session[] {
    return parentsFirst(sessions, this.#parents);
  }

  /** Says which session of this machine a packed one is, or will be. */
  settle(incoming: ValidSession, here: ThreadId): void {
    this.#here.set(incoming.threadId, here);
  }

  /** A session that the run leaves as it is takes no new sub-agents. */
  leaveAlone(incoming: ValidSession, action: Action): void {
    this.#leftAlone.set(incoming.threadId, action);
  }

  /** What happens to the parent where nothing does, so nothing is made below it either; null elsewhere. */
  parentLeftAlone({ threadId }: ValidSession): Action | null {
    return this.#leftAlone.get(this.#parents.get(threadId) ?? '') ?? null;
  }

  idHere = (incoming: ValidSession): ThreadId => this.#here.get(incoming.threadId) ?? incoming.threadId;

  /** The session of this machine below which a sub-agent lives; null for one whose parent is not in the package, and for all others. */
  parentHere({ threadId }: ValidSession): string | null {
    const parent = this.#parents.get(threadId);
    return parent === undefined ? null : (this.#here.get(parent) ?? parent);
  }

  /** A sub-agent can only be a session below the one that its parent is here: a branch has sub-agents of its own. */
  canBe(incoming: ValidSession, local: LocalSession): boolean {
    const parent = this.parentHere(incoming);
    return parent === null || parentOfLocal(local) === parent;
  }

  /** The packed sessions of the same tree, and the one that this was forked from: those that its transcript can name. */
  relatives(incoming: ValidSession): ValidSession[] {
    const tree = this.#trees.get(this.#topOf(incoming.threadId)) ?? [incoming];
    const origin = this.#sessions.get(incoming.transcript.meta.forkedFromId ?? '');
    return origin && !tree.includes(origin) ? [...tree, origin] : tree;
  }

  /** Ids of the relatives that are others here. */
  idsFor(incoming: ValidSession): ReadonlyMap<string, string> {
    const others = this.relatives(incoming).filter((relative) => this.idHere(relative) !== relative.threadId);
    return new Map(others.map((relative) => [relative.threadId, this.idHere(relative)]));
  }

  #topOf(threadId: string): string {
    const seen = new Set<string>();
    let top = threadId;
    for (let next = this.#parents.get(top); next && !seen.has(next); next = this.#parents.get(next)) {
      seen.add(next);
      top = next;
    }
    return top;
  }
}
