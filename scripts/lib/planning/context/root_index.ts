import type { LocalHome } from '../../adapters/local_sessions/local_home.ts';
import { localRanges, readRoot } from '../../adapters/local_sessions/local_rollout.ts';
import { isPresent, type PresentSession } from '../../adapters/local_sessions/local_session.ts';

/** Root digest -> ids of local sessions; filled at the first question, since it opens every rollout of the home. */
export class RootIndex {
  readonly #home: LocalHome;
  #byRoot: Map<string | null, PresentSession[]> | null = null;

  constructor(home: LocalHome) {
    this.#home = home;
  }

  idsWith(root: string): string[] {
    this.#byRoot ??= this.#build();
    return this.#byRoot.get(root)?.map(({ threadId }) => threadId) ?? [];
  }

  #build(): Map<string | null, PresentSession[]> {
    const present = [...this.#home.sessions.values()].filter(isPresent);
    return Map.groupBy(present, ({ file }) => readRoot(localRanges(this.#home, file)));
  }
}
