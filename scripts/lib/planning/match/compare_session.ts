// One local session beside the incoming one: how they relate, and what an append would need to know.

import { statFile } from '../../adapters/disk/file_reading.ts';
import { LineReader, withLines } from '../../adapters/lines/line_reader.ts';
import { localRollout } from '../../adapters/local_sessions/local_rollout.ts';
import { isPresent, type LocalSession } from '../../adapters/local_sessions/local_session.ts';
import { type RolloutEnd, RolloutReader } from '../../adapters/rollout/rollout_end.ts';
import { holdsNothing } from '../../adapters/rollout/thread_files.ts';
import { trace } from '../../adapters/run/trace.ts';
import { SyncError } from '../../domain/codes/errors.ts';
import { isBetter } from '../../domain/compare/classification.ts';
import { relate } from '../../domain/compare/lineage.ts';
import { relateForms } from '../../domain/compare/relate_forms.ts';
import type { Relation } from '../../domain/compare/relation.ts';
import type { IncomingSession } from '../../domain/plan/incoming_session.ts';
import type { ByteRange } from '../../domain/rollout/byte_range.ts';
import { folderOfHead } from '../context/current_folder.ts';
import { localizationFor } from '../context/session_localization.ts';
import type { SyncContext } from '../context/sync_context.ts';
import type { ReadHead } from './matched_head.ts';

/** Null for a session that cannot be the incoming one's, or that holds nothing. */
export function compareWith(session: LocalSession | undefined, incoming: IncomingSession, context: SyncContext): ReadHead | null {
  if (!isPresent(session) || !context.family.canBe(incoming, session) || holdsNothing(session.file)) return null;
  requireThere(session.file);
  const { threadId, file } = session;
  const { ranges, fault } = localRollout(context.local, file);
  const local = new RolloutReader(ranges);
  try {
    const { rules } = folderOfHead(incoming, session, null, context.target);
    const localization = localizationFor(incoming, threadId, rules, context, null);
    const plain = withLines(incoming.ranges, (other) => relate(local, other, localization));
    const end = local.end();
    const relation = considerForms(plain, end, ranges, incoming);
    const folder = folderOfHead(incoming, session, end, context.target);
    trace(
      'compare',
      () => `${incoming.threadId} with local ${threadId}: ${relationText(relation)}${fault ? ', its chain is broken' : ''}`,
    );
    return { threadId, sameId: threadId === incoming.threadId, relation, isBroken: fault !== null, session, folder, end };
  } finally {
    local.close();
  }
}

const relationText = ({ lines, sharedHistory, acrossForms }: Relation): string =>
  `lines ${lines.shared} shared (${sharedHistory} of history), ${lines.local_only} local only, ${lines.incoming_only} incoming only${acrossForms ? ', compared across forms' : ''}`;

/** A link may lead to a disk that is not there now; what it holds is this session, and nobody may make a second one. */
function requireThere(file: string): void {
  if (!statFile(file)) throw new SyncError('malformed_rollout', 'its rollout is a dangling link', { where: file });
}

export const relateRanges = (local: ByteRange[], incoming: ByteRange[]): Relation =>
  withLines(local, (ofLocal) => withLines(incoming, (ofIncoming) => relate(ofLocal, ofIncoming)));

/** A migration writes every line anew, and differently in each version; what both forms say then fits better than what they spell. */
function considerForms(plain: Relation, end: RolloutEnd, local: ByteRange[], incoming: IncomingSession): Relation {
  if (plain.localAhead === 0 || plain.incomingAhead === 0) return plain;
  const readers: LineReader[] = [];
  const open = (ranges: ByteRange[]) => () => {
    const reader = new LineReader(ranges);
    readers.push(reader);
    return reader;
  };
  try {
    const across = relateForms(open(local), open(incoming.ranges));
    const isOtherForm = end.historyMode !== incoming.transcript.meta.historyMode;
    return isBetter(across, plain) || (isOtherForm && across.sharedHistory > 0) ? across : plain;
  } finally {
    for (const reader of readers) reader.close();
  }
}
