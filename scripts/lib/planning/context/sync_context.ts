// What every decision of one run looks at: the home, the package, the flags, and what the plan itself has given out.

import path from 'node:path';
import type { CodexHome } from '../../adapters/codex_home/codex_home.ts';
import { ConfigurationFiles } from '../../adapters/codex_home/configuration.ts';
import { findHolders, type Holders } from '../../adapters/holders/thread_holders.ts';
import type { HomeRows } from '../../adapters/local_sessions/home_rows.ts';
import type { LocalHome } from '../../adapters/local_sessions/local_home.ts';
import { holdsNothing } from '../../adapters/rollout/thread_files.ts';
import type { LoadedExtension } from '../../domain/extension/extension.ts';
import { deriveThreadId, type ThreadId } from '../../domain/ids/thread_id.ts';
import type { PathRule, PathRules } from '../../domain/localize/localization.ts';
import type { SessionPackage, ValidSession } from '../../domain/package/package.ts';
import type { LocalPath } from '../../domain/paths/foreign_path.ts';
import type { Permissions } from '../../domain/plan/plan.ts';
import { configuredRights } from '../../domain/rights/configured_rights.ts';
import type { Rights } from '../../domain/rights/rights.ts';
import type { TargetCodex } from '../../domain/thread/target_codex.ts';
import { Family } from './family.ts';
import { FolderPermissions } from './folder_permissions.ts';
import { readTarget } from './read_target_codex.ts';
import { RootIndex } from './root_index.ts';

export type SyncOptions = {
  extensions?: LoadedExtension[];
  package: string;
  /** The file that the package was unpacked from; it is what the user named. */
  archive?: string | null;
  threadIds: string[];
  mapPaths: PathRule[];
  /** Model providers of the package and what they are called locally. */
  mapProviders: { from: string; to: string }[];
  userHome: LocalPath;
  /** `prefer-…`: both sides survive, and one of them stays in front; the other is archived. */
  onDivergence: 'branch' | 'skip' | 'abort' | 'prefer-local' | 'prefer-incoming' | 'prefer-newer';
  onCollision: 'skip' | 'import-as-new';
  convertHistory: 'keep' | 'legacy';
  /** New sessions are pinned where they were pinned at the sender. */
  includePins: boolean;
  /** Skills of the package that are installed as well. */
  includeSkills?: string[];
  /** Sessions that were deleted locally come back. */
  resurrect: boolean;
  /** A damaged local file goes to the journal where all that can be read of it is in the package. */
  replaceDamaged?: boolean;
  /** The sender's rights hold on this machine as well. */
  keepPermissions?: boolean;
  /** The version that `--target-codex` says. */
  targetCodex: string | null;
};

export class SyncContext {
  readonly home: CodexHome;
  readonly options: SyncOptions;
  readonly local: LocalHome;
  readonly rows: HomeRows;
  readonly roots: RootIndex;
  readonly holders: Holders;
  readonly target: TargetCodex;
  readonly packedAt: string | null;
  readonly family: Family;
  readonly folders: FolderPermissions;
  /** What the flags say of paths: one value for all sessions of which nothing else is known. */
  readonly rules: PathRules;
  readonly #configuration: ConfigurationFiles;
  readonly #rights = new Map<string, Rights>();
  readonly #givenIds = new Set<string>();

  constructor(
    { home, local, rows }: Pick<SyncContext, 'home' | 'local' | 'rows'>,
    incoming: SessionPackage,
    options: SyncOptions,
  ) {
    this.home = home;
    this.options = options;
    this.local = local;
    this.rows = rows;
    this.roots = new RootIndex(this.local);
    this.holders = findHolders(home);
    this.packedAt = incoming.manifest.sync?.created_at ?? null;
    this.target = readTarget(local, options.targetCodex);
    this.family = new Family(incoming.sessions);
    this.rules = { explicit: options.mapPaths, userHome: options.userHome };
    this.#configuration = new ConfigurationFiles(home.path);
    const remembered = local.sidecar.rows('path_rules').map(({ to_path }) => to_path);
    const mapped = [...new Set([...options.mapPaths.map(({ to }) => to), ...remembered])];
    this.folders = new FolderPermissions({ home, package: path.resolve(options.package), userHome: options.userHome, mapped });
    for (const { threadId } of incoming.sessions) this.#givenIds.add(threadId);
  }

  /** What this machine's configuration gives a new thread in that folder. */
  rightsIn(folder: string): Rights {
    const known = this.#rights.get(folder);
    if (known) return known;
    const rights = configuredRights(this.#configuration.for(folder));
    this.#rights.set(folder, rights);
    return rights;
  }

  readonly #replaced = new Set<string>();

  /** Another file comes in its place. */
  replace(file: string): void {
    this.#replaced.add(file);
  }

  /** Whether nothing is lost to Codex where this file goes. */
  isReplaceable(file: string): boolean {
    return this.#replaced.has(file) || holdsNothing(file);
  }

  readonly #permissions = new Map<string, Permissions>();

  /** The same value for all sessions that have it: of 20,000 they are a handful. */
  shared(permissions: Permissions): Permissions {
    const spelled = JSON.stringify(permissions);
    const known = this.#permissions.get(spelled) ?? permissions;
    this.#permissions.set(spelled, known);
    return known;
  }

  get defaultModel(): string {
    return this.#configuration.defaultModel ?? 'unknown';
  }

  /** The id that follows from the seed, and that neither the home nor this plan uses. */
  freeId(milliseconds: number, seed: string): ThreadId {
    for (let salt = 0; ; salt++) {
      const id = deriveThreadId(milliseconds, salt === 0 ? seed : `${seed}:${salt}`);
      if (this.local.sessions.has(id) || this.local.rollouts.has(id) || this.#givenIds.has(id)) continue;
      this.#givenIds.add(id);
      return id;
    }
  }

  readonly #writers = new Map<string, string>();

  /** Claims a local session for a packed one: two that wrote it would undo each other, and the first to claim it has it. */
  claim(local: string, incoming: string): boolean {
    const writer = this.#writers.get(local) ?? incoming;
    this.#writers.set(local, writer);
    return writer === incoming;
  }

  /** The local session of that id is the one that a package goes on with most likely; then those that were synced before. */
  likeliestFirst<Session extends ValidSession>(sessions: readonly Session[]): Session[] {
    const { sessions: local, sidecar } = this.local;
    const rank = ({ threadId }: ValidSession): number =>
      local.has(threadId) ? 0 : sidecar.pointsOfSource(threadId).length > 0 ? 1 : 2;
    return sessions.toSorted((one, other) => rank(one) - rank(other));
  }

  /** Where the Codex of this machine runs the session. */
  providerOf({ transcript }: ValidSession): string {
    const provider = transcript.meta.modelProvider || this.home.defaultProvider;
    return this.options.mapProviders.find(({ from }) => from === provider)?.to ?? provider;
  }

  isConfigured(provider: string): boolean {
    return this.home.providers?.has(provider) ?? true;
  }
}
