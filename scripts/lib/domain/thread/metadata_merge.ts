// What a package brings besides lines: another name, another archive state. Who changed it last since the sync point wins, local on a tie.

/** What a session was called, whether it was archived and when the package was packed, at the last sync; null: not known. */
type LastSynced = { name: string | null; archived: number | null; packed_at: string | null };

/**
 * A package is listened to where it brings more lines. With the same lines it is where it was packed later than the one that was synced
 * before: an older one, or one that does not tell, never takes a name or an archive state back.
 */
export function isLater(packedAt: string | null, point: LastSynced | null): boolean {
  return packedAt !== null && point !== null && point.packed_at !== null && Date.parse(packedAt) > Date.parse(point.packed_at);
}

/** Whether the session is archived afterwards: only a state that is still the one of the sync point gives way. */
export function mergedArchive(local: boolean, incoming: boolean, point: LastSynced | null): boolean {
  const base = point?.archived ?? null;
  return base !== null && local === (base === 1) ? incoming : local;
}

/** The same for the name; a session that has none locally takes the incoming one. */
export function mergedName(local: string | null, incoming: string | null, point: Pick<LastSynced, 'name'> | null): string | null {
  return local === null || (point !== null && local === point.name) ? (incoming ?? local) : local;
}
