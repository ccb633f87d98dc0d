import { type LocalHome, type LocalSession, localRanges, readRoot } from '../../adapters/codex_home/local_home.ts';

/** Root digest -> sessions; filled at the first question, since it opens every rollout of the home. */
export class RootIndex {
  readonly #home: LocalHome;
  #byRoot: Map<string, LocalSession[]> | null = null;

  constructor(home: LocalHome) {
    this.#home = home;
  }

  sessionsWith(root: string): LocalSession[] {
    this.#byRoot ??= this.#build();
    return this.#byRoot.get(root) ?? [];
  }

  #build(): Map<string, LocalSession[]> {
    const byRoot = new Map<string, LocalSession[]>();
    for (const session of this.#home.sessions.values()) {
      const root = session.file ? readRoot(localRanges(this.#home, session.file)) : null;
      if (!root) continue;
      const known = byRoot.get(root);
      if (known) known.push(session);
      else byRoot.set(root, [session]);
    }
    return byRoot;
  }
}
