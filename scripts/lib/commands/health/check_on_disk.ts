// Is a session coherent on disk: rollout, row, chain and projection?

import type { CodexHome } from '../../adapters/codex_home/codex_home.ts';
import type { LocalHome } from '../../adapters/local_sessions/local_home.ts';
import { localChain } from '../../adapters/local_sessions/local_rollout.ts';
import { isPresent, type PresentSession } from '../../adapters/local_sessions/local_session.ts';
import { isProjectedPastEnd, PROJECTION_CURSORS, readCursors } from '../../adapters/local_sessions/projection.ts';
import { whyNotHere } from '../../adapters/open_files/cloud_files.ts';
import { isSamePlace } from '../../adapters/paths/local_paths.ts';
import { faultOfFirstLine, readFirstLine, whyUnreadable } from '../../adapters/rollout/first_line.ts';
import { endsUnnumbered, readNumbering } from '../../adapters/rollout/rollout_numbers.ts';
import { unlessDamaged } from '../../domain/codes/errors.ts';
import { type Finding, type FindingCode, finding } from '../../domain/findings/finding.ts';
import { uncompressed } from '../../domain/ids/rollout_name.ts';
import type { SessionMeta } from '../../domain/rollout/session_meta.ts';
import { missingName } from '../../domain/thread/thread_name.ts';
import { checkRights, mayHaveSendersRights, pluginFindings } from '../../planning/rights/earlier_imports.ts';

/** How much of each rollout is looked at, beside its first line. */
type Care = 'every line' | 'its end';

/** Rollout, row, chain and projection of each of these sessions. */
export function checkOnDisk(home: CodexHome, local: LocalHome, ids: string[], care: Care = 'every line'): Finding[] {
  const cursors = readCursors(home);
  return ids.flatMap((id) => [...checkSession(local, cursors, id, care), ...checkArrived(home, local, id)]);
}

/** What this tool leaves out today, and did not always. */
function checkArrived(home: CodexHome, local: LocalHome, id: string): Finding[] {
  const session = local.sessions.get(id);
  if (!isPresent(session) || local.sidecar.originOf(id) === 'found') return [];
  const meta = readFirstLine(session.file)?.meta;
  if (meta?.id !== id) return [];
  return [
    ...pluginFindings(session, meta),
    ...(mayHaveSendersRights(local, session) ? checkRights(home, local, session, meta) : []),
  ];
}

function checkSession(local: LocalHome, cursors: Map<string, number>, id: string, care: Care): Finding[] {
  const session = local.sessions.get(id);
  const found: MakeFinding = (code, where, message) => finding(code, where, message, { thread_id: id });
  if (!session) return [found('session_deleted', 'heads', 'the session was deleted locally after a sync')];
  if (!isPresent(session))
    return [found('rollout_missing', String(session.row.rollout_path ?? 'threads'), 'it has a row but no rollout')];
  const { file } = session;
  const absent = whyNotHere(file);
  if (absent) return [found('not_downloaded', file, absent)];
  const unreadable = whyUnreadable(file);
  if (unreadable) return [found('rollout_unreadable', file, unreadable)];
  const meta = readFirstLine(file)?.meta;
  const unfit = faultOfFirstLine(file);
  // Whatever else is wrong, no repair helps before that line does.
  if (!meta || unfit) return [found('first_line_unfit', file, String(unfit))];
  if (meta.id !== id) return [found('wrong_identity', file, `its first line belongs to ${meta.id}`)];
  return [
    ...checkNumbers(file, meta, care, found),
    ...checkRow(local, session, meta, found),
    ...checkChain(local, session, found),
    ...checkProjection(cursors, session, found),
  ];
}

type MakeFinding = (code: FindingCode, where: string, message: string) => Finding;

function checkRow(
  { threadColumns, sidecar }: LocalHome,
  { row, file, name: indexName, threadId }: PresentSession,
  meta: SessionMeta,
  found: MakeFinding,
): Finding[] {
  if (!threadColumns) return [];
  if (!row) return [found('row_missing', 'threads', 'its rollout exists, but the state database has no row for it')];
  const agreed = sidecar.agreedName(threadId);
  const name = missingName(row, indexName, agreed);
  const findings: Finding[] = [];
  const named = row.rollout_path;
  if (typeof named === 'string' && !isSamePlace(uncompressed(named), uncompressed(file)))
    findings.push(found('row_path', named, 'its row names another file'));
  if ('history_mode' in row && row.history_mode !== meta.historyMode) {
    const message = `its row says ${String(row.history_mode)} but its rollout ${meta.historyMode}: Codex refuses it`;
    findings.push(found('row_history_mode', 'threads.history_mode', message));
  }
  if (row.preview === '' && !meta.isV2Agent)
    findings.push(found('row_preview', 'threads.preview', 'its row has no preview: lists hide it'));
  if (row.name === null && name)
    findings.push(found('name_missing', 'threads.name', `its name \`${name}\` is not in the database`));
  return findings;
}

/** Codex goes on counting from the last ordinal, and shows what is counted up. */
function checkNumbers(file: string, meta: SessionMeta, care: Care, found: MakeFinding): Finding[] {
  if (meta.historyMode !== 'paginated') return [];
  const { isUnnumbered, brokenAt } = numbersOf(file, meta, care);
  if (isUnnumbered) return [found('ordinal_missing', file, 'its last record has no ordinal: Codex cannot open it')];
  if (brokenAt === null) return [];
  const message = 'its lines are not numbered consecutively: Codex may hide turns';
  return [found('ordinals_broken', `${file} at byte ${brokenAt}`, message)];
}

function numbersOf(file: string, meta: SessionMeta, care: Care): { isUnnumbered: boolean; brokenAt: number | null } {
  if (care === 'its end') return { isUnnumbered: unlessDamaged(() => endsUnnumbered(file, meta)) ?? false, brokenAt: null };
  const { unnumberedAt = null, brokenAt = null } = unlessDamaged(() => readNumbering(file, meta)) ?? {};
  return { isUnnumbered: unnumberedAt !== null, brokenAt };
}

/** A fork or revert made on this machine needs the rollout that it continues. */
function checkChain(local: LocalHome, { file }: PresentSession, found: MakeFinding): Finding[] {
  const { fault } = localChain(local, file);
  return fault ? [found('chain_broken', fault.where, fault.reason)] : [];
}

function checkProjection(cursors: Map<string, number>, { file }: PresentSession, found: MakeFinding): Finding[] {
  if (!isProjectedPastEnd(cursors, file)) return [];
  return [found('projection_past_end', PROJECTION_CURSORS, 'Codex has projected more of it than exists')];
}
