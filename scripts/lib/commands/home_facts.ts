import { statFile } from '../adapters/disk.ts';
import type { LocalHome } from '../adapters/local_home.ts';
import { contentSize } from '../adapters/rollout_bytes.ts';
import type { HomeFacts } from '../domain/held_sidecar.ts';

/** A cheap look at the files. A reverted session may be known by an earlier file; a compressed one is decoded only where that decides. */
export const factsOf = ({ sessions }: Pick<LocalHome, 'sessions'>): HomeFacts => ({
  holds: (threadId) => sessions.has(threadId),
  reaches(threadId, size) {
    const session = sessions.get(threadId);
    const files = [session?.file ?? null, ...(session?.superseded ?? [])].filter((file) => file !== null);
    return files.some((file) => (statFile(file)?.size ?? 0) >= size || contentSize(file) >= size);
  },
});
