import type { LocalHome } from '../../adapters/local_sessions/local_home.ts';
import { type TargetCodex, targetCodex } from '../../domain/thread/target_codex.ts';

/** Sessions older than these say little of the Codex that is used now. */
const RECENT = 20;

/** Which Codex will open what is written into this home. */
export function readTarget({ threadColumns, sessions }: LocalHome, override: string | null): TargetCodex {
  const recent = [...sessions.values()]
    .flatMap(({ row }) => (row ? [row] : []))
    .sort((a, b) => Number(b.updated_at ?? 0) - Number(a.updated_at ?? 0))
    .slice(0, RECENT);
  return targetCodex({
    columns: threadColumns && new Set(threadColumns.map(({ name }) => name)),
    cliVersions: recent.flatMap(({ cli_version }) => (typeof cli_version === 'string' ? [cli_version] : [])),
    override,
  });
}
