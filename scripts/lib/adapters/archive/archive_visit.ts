// What the readers of archives have in common: each entry is shown once, in order, and its content goes where the answer says.

import type { ArchiveEntry } from '../../domain/package/archive_entries.ts';

/** A chunk is only valid while `write` runs. `end` comes once all of it was there and was sound. */
export type Sink = { write(chunk: Buffer): void; end(): void };

/** Null where the content is not wanted. What it throws ends the walk. */
export type Visit = (entry: ArchiveEntry) => Sink | null;

/** Other errors than of `Visit` say what is wrong with the archive. */
export type Walk = (file: string, visit: Visit) => Promise<void>;
