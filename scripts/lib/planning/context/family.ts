// The trees of one run: who of the package is whose sub-agent, and which session of this machine each of them is.

import type { LocalSession } from '../../adapters/local_sessions/local_session.ts';
import type { ThreadId } from '../../domain/ids/thread_id.ts';
import { isValid, type PackageSession, type ValidSession } from '../../domain/package/package.ts';
import { localizeSource, type Parents, parentsFirst } from '../../domain/rollout/thread_tree.ts';
import { parentOfLocal } from './local_parents.ts';

type LeftAlone = 'none' | 'refuse';

export class Family {
  readonly #sessions: ReadonlyMap<string, ValidSession>;
  readonly #parents: Parents;
  readonly #localIds = new Map<string, ThreadId>();
  readonly #leftAlone = new Map<string, LeftAlone>();
  readonly #tops = new Map<string, string>();
  /** By tree, as they come: sessions that have another id locally, and those with images. */
  readonly #moved = new Map<string, Map<string, ThreadId>>();
  readonly #illustrated: ReadonlyMap<string, ValidSession[]>;

  constructor(sessions: readonly PackageSession[]) {
    this.#sessions = new Map(sessions.filter(isValid).map((session) => [session.threadId, session]));
    const packed = new Set(sessions.map(({ threadId }) => threadId));
    this.#parents = new Map(
      sessions.flatMap(({ threadId, parent }) => (parent && packed.has(parent) ? [[threadId, parent] as const] : [])),
    );
    const illustrated = [...this.#sessions.values()].filter(({ attachments }) => attachments.images.length > 0);
    this.#illustrated = Map.groupBy(illustrated, ({ threadId }) => this.#topOf(threadId));
  }

  parentsFirst<Session extends { threadId: string }>(sessions: readonly Session[]): Session[] {
    return parentsFirst(sessions, this.#parents);
  }

  /** Says which session of this machine a packed one is, or will be. */
  assign(incoming: ValidSession, localId: ThreadId): void {
    this.#localIds.set(incoming.threadId, localId);
    if (localId === incoming.threadId) return;
    const top = this.#topOf(incoming.threadId);
    this.#moved.set(top, (this.#moved.get(top) ?? new Map<string, ThreadId>()).set(incoming.threadId, localId));
  }

  /** A session that the run leaves as it is takes no new sub-agents. */
  leaveAlone(incoming: ValidSession, action: LeftAlone): void {
    this.#leftAlone.set(incoming.threadId, action);
  }

  /** What happens to the parent where nothing does, so nothing is made below it either; null elsewhere. */
  parentLeftAlone({ threadId }: ValidSession): LeftAlone | null {
    return this.#leftAlone.get(this.#parents.get(threadId) ?? '') ?? null;
  }

  isPacked(threadId: string): boolean {
    return this.#sessions.has(threadId);
  }

  localIdOf = (incoming: ValidSession): ThreadId => this.#localIds.get(incoming.threadId) ?? incoming.threadId;

  /** The session of this machine below which a sub-agent lives; null for one whose parent is not in the package, and for all others. */
  localParentOf({ threadId }: ValidSession): string | null {
    const parent = this.#parents.get(threadId);
    return parent === undefined ? null : (this.#localIds.get(parent) ?? parent);
  }

  /** A sub-agent can only be a session below the one that its parent is locally: a branch has sub-agents of its own. */
  canBe(incoming: ValidSession, local: LocalSession): boolean {
    const parent = this.localParentOf(incoming);
    return parent === null || parentOfLocal(local) === parent;
  }

  /** Of the packed sessions of the same tree, and the one that this was forked from, those with images: its transcript can name them. */
  illustrated(incoming: ValidSession): ValidSession[] {
    const tree = this.#illustrated.get(this.#topOf(incoming.threadId)) ?? [];
    const origin = this.#originOf(incoming);
    return origin && origin.attachments.images.length > 0 && !tree.includes(origin) ? [...tree, origin] : tree;
  }

  /** Ids of the same ones, where they are others locally. */
  idsFor(incoming: ValidSession): ReadonlyMap<string, string> {
    const moved: ReadonlyMap<string, string> = this.#moved.get(this.#topOf(incoming.threadId)) ?? NONE;
    const origin = this.#originOf(incoming);
    if (!origin || this.localIdOf(origin) === origin.threadId || moved.has(origin.threadId)) return moved;
    return new Map([...moved, [origin.threadId, this.localIdOf(origin)]]);
  }

  /** The session with a row that names its parent by its local id. */
  withLocalParent<Session extends ValidSession>(incoming: Session): Session {
    const before = incoming.row.source ?? null;
    const source = localizeSource(before, this.idsFor(incoming));
    return source === before ? incoming : { ...incoming, row: { ...incoming.row, source } };
  }

  #originOf({ transcript }: ValidSession): ValidSession | undefined {
    return this.#sessions.get(transcript.meta.forkedFromId ?? '');
  }

  #topOf(threadId: string): string {
    const line = new Set<string>();
    let top = threadId;
    for (let next = this.#parents.get(top); next && !line.has(next) && !this.#tops.has(top); next = this.#parents.get(next)) {
      line.add(top);
      top = next;
    }
    top = this.#tops.get(top) ?? top;
    for (const id of line) this.#tops.set(id, top);
    return top;
  }
}

const NONE: ReadonlyMap<string, string> = new Map();
