import type { LocalHome } from '../../adapters/codex_home/local_home.ts';
import { localRanges, readRoot } from '../../adapters/codex_home/local_rollout.ts';

/** Root digest -> ids of local sessions; filled at the first question, since it opens every rollout of the home. */
export class RootIndex {
  readonly #home: LocalHome;
  #byRoot: Map<string, string[]> | null = null;

  constructor(home: LocalHome) {
    this.#home = home;
  }

  idsWith(root: string): string[] {
    this.#byRoot ??= this.#build();
    return this.#byRoot.get(root) ?? [];
  }

  #build(): Map<string, string[]> {
    const byRoot = new Map<string, string[]>();
    for (const { threadId, file } of this.#home.sessions.values()) {
      const root = file ? readRoot(localRanges(this.#home, file)) : null;
      if (!root) continue;
      const known = byRoot.get(root);
      if (known) known.push(threadId);
      else byRoot.set(root, [threadId]);
    }
    return byRoot;
  }
}
