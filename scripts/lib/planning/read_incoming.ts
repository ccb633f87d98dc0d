// The package of a run, as this machine takes it: read with what the home knows of its content, each session named as its users named it.

import path from 'node:path';
import type { LocalHome } from '../adapters/local_sessions/local_home.ts';
import { readPackage } from '../adapters/package/package_folder.ts';
import type { TranscriptCache } from '../adapters/rollout/transcript_cache.ts';
import { trace } from '../adapters/run/trace.ts';
import { SyncError } from '../domain/codes/errors.ts';
import type { SessionPackage } from '../domain/package/package.ts';
import { type NamedSession, nameSession } from '../domain/plan/incoming_session.ts';
import type { Sidecar } from '../domain/sidecar/sidecar_store.ts';
import type { SyncOptions } from './context/sync_context.ts';
import { findBaseIn } from './match/local_base.ts';

/** `folder`: where it is read; `path` is the archive that it came out of, where it did. */
export type IncomingPackage = Omit<SessionPackage, 'sessions'> & { sessions: NamedSession[]; folder: string };

export function readIncoming(local: LocalHome, options: SyncOptions): IncomingPackage {
  const folder = path.resolve(options.package);
  const read = readPackage(folder, new Set(options.threadIds), cacheFrom(local.sidecar), findBaseIn(local));
  const columns = local.threadColumns ?? [];
  const madeNames = read.manifest.sync?.made_names ?? null;
  const place = options.archive ? { path: options.archive, form: 'archive' as const } : {};
  const sessions = read.sessions.map((session) => nameSession(session, columns, madeNames));
  const incoming = { ...read, ...place, sessions, folder: read.path };
  trace('package', () => `${incoming.path}, ${sessions.length} session(s), ${incoming.digest}`);
  for (const { threadId, size, invalid } of sessions)
    trace('package', () => `session ${threadId}, ${size} bytes${invalid ? `, invalid (${invalid.reason_code})` : ''}`);
  requireAll(options.threadIds, incoming);
  return incoming;
}

/** What the sidecar has of that thread's content; whether the package has that content, its digest tells. */
const cacheFrom =
  (sidecar: Sidecar): TranscriptCache =>
  (threadId) =>
    sidecar.pointsOfSource(threadId).map((point) => ({
      size: point.incoming_size,
      digest: point.incoming_digest,
      transcript: point.incoming_transcript,
    }));

function requireAll(threadIds: string[], incoming: SessionPackage): void {
  const missing = threadIds.filter((id) => !incoming.sessions.some(({ threadId }) => threadId.startsWith(id)));
  if (missing.length === 0) return;
  throw new SyncError('nothing_selected', `The package has no session ${missing.join(', ')}.`, {
    where: incoming.path,
    hint: 'run inspect-package without --thread-id to see its sessions',
  });
}
