// A session of this machine: its rollout, its row, or both.

import { baseName, parseRolloutName, uncompressed } from '../../domain/ids/rollout_name.ts';
import type { ThreadId } from '../../domain/ids/thread_id.ts';
import type { Row } from '../../domain/operation/operation.ts';
import { isSamePlace } from '../paths/local_paths.ts';

/** `others`: further files of the same thread. */
type SessionFacts = { threadId: ThreadId; archived: boolean; row: Row | null; name: string | null; others: string[] };

/** `file` may be compressed. */
export type PresentSession = SessionFacts & { file: string };

/** A row may be all that is left of a session. */
export type LocalSession = PresentSession | (SessionFacts & { file: null; row: Row });

export const isPresent = (session: LocalSession | undefined): session is PresentSession => (session?.file ?? null) !== null;

export const filesOf = (session: LocalSession | undefined): string[] =>
  isPresent(session) ? [session.file, ...session.others] : [];

/** Earlier files of a session, which reverts left: what they have more was taken back. Any other file beside its own is a copy that nobody opens. */
export function supersededBy({ file, others }: PresentSession): string[] {
  return parseRolloutName(baseName(file))?.segmentId ? others : [];
}

/** The path that the row of a session should have: as it is spelled there, where that names the file. */
export function pathForRow({ row }: LocalSession, file: string): string {
  const [named, plain] = [row?.rollout_path, uncompressed(file)];
  return typeof named === 'string' && isSamePlace(named, plain) ? named : plain;
}
