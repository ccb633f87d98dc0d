// Is every synced session coherent on disk, and does a real Codex list, read and resume it?

import { CodexAppServer } from '../adapters/codex_app_server.ts';
import type { CodexHome } from '../adapters/codex_home.ts';
import { isSamePlace } from '../adapters/disk.ts';
import { PROJECTION_CURSORS } from '../adapters/home_rows.ts';
import {
  isProjectedPastEnd,
  type LocalHome,
  type LocalSession,
  localChain,
  readCursors,
  readLocalHome,
} from '../adapters/local_home.ts';
import { readFirstLine } from '../adapters/rollout_chain.ts';
import { findHolders } from '../adapters/thread_holders.ts';
import { SyncError } from '../domain/errors.ts';
import type { Finding } from '../domain/finding.ts';
import { uncompressed } from '../domain/rollout_name.ts';
import { type SessionCode, sessionFinding } from '../domain/session_finding.ts';
import type { SessionMeta } from '../domain/session_meta.ts';
import { missingName } from '../domain/thread_row.ts';
import { wholeIds } from '../domain/whole_ids.ts';
import { warnOfInterrupted } from './one_writer.ts';

type Findings = Finding<SessionCode>[];

export type Verification = {
  checked: number;
  findings: Findings;
  codex: { binary: string; version: string; sessions: CodexAnswer[] } | null;
  warnings: string[];
};

/** What Codex made of one thread. `turns` is what it reads after the history was materialised. */
export type CodexAnswer = { thread_id: string; listed: boolean; resumed: boolean; turns: number; busy: string | null };

export async function verify(
  home: CodexHome,
  request: { threadIds: string[]; codexBinary: string | null },
): Promise<Verification> {
  const local = readLocalHome(home);
  const heads = [...local.sidecar.heads.keys()];
  const known = [...heads, ...local.sessions.keys()];
  const ids = request.threadIds.length > 0 ? wholeIds(request.threadIds, known, '--thread-id') : heads;
  requireKnown(known, ids);
  const findings = checkOnDisk(home, local, ids);
  const checked = { checked: ids.length, findings, codex: null, warnings: warnOfInterrupted(home) };
  if (request.codexBinary === null) return checked;
  const asked = await askCodex(home, local, ids, request.codexBinary);
  return { ...checked, findings: [...findings, ...asked.findings], codex: asked.codex };
}

/** A session that was deleted here is known by its mapping. */
function requireKnown(known: string[], ids: string[]): void {
  const unknown = ids.filter((id) => !known.includes(id));
  if (unknown.length > 0)
    throw new SyncError('nothing_selected', `No session here begins with ${unknown.join(', ')}.`, { where: '--thread-id' });
}

/** Rollout, row, chain and projection of each of these sessions. */
export function checkOnDisk(home: CodexHome, local: LocalHome, ids: string[]): Findings {
  const cursors = readCursors(home);
  return ids.flatMap((id) => checkSession(local, cursors, id));
}

function checkSession(local: LocalHome, cursors: Map<string, number>, id: string): Findings {
  const session = local.sessions.get(id);
  if (!session) return [sessionFinding(id, 'session_deleted', 'heads', 'the session was deleted here after a sync')];
  const { row, file } = session;
  if (!file)
    return [
      sessionFinding(id, 'rollout_missing', String(row?.rollout_path ?? 'threads'), 'its row is here and its rollout is gone'),
    ];
  const meta = readFirstLine(file)?.meta;
  if (meta?.id !== id) return [sessionFinding(id, 'wrong_identity', file, `its first line belongs to ${meta?.id ?? 'nobody'}`)];
  const finding: MakeFinding = (code, where, message) => sessionFinding(id, code, where, message);
  return [
    ...checkRow(local, session, meta, finding),
    ...checkChain(local, session, finding),
    ...checkProjection(cursors, session, finding),
  ];
}

type MakeFinding = (code: SessionCode, where: string, message: string) => Finding<SessionCode>;

function checkRow(
  { schema, sidecar }: LocalHome,
  { row, file, name: indexName, threadId }: LocalSession,
  meta: SessionMeta,
  finding: MakeFinding,
): Findings {
  if (!schema) return [];
  if (!row) return [finding('row_missing', 'threads', 'its rollout is here and the state database has no row for it')];
  const agreed = sidecar.pointsOfHead.get(threadId)?.[0]?.name ?? null;
  const name = missingName(row, indexName, agreed);
  const findings: Findings = [];
  if (!isSamePlace(uncompressed(String(row.rollout_path)), uncompressed(file as string)))
    findings.push(finding('row_path', String(row.rollout_path), 'its row names another file'));
  if ('history_mode' in row && row.history_mode !== meta.historyMode) {
    const message = `its row says ${String(row.history_mode)}, its rollout ${meta.historyMode}: Codex refuses it`;
    findings.push(finding('row_history_mode', 'threads.history_mode', message));
  }
  if (row.preview === '') findings.push(finding('row_preview', 'threads.preview', 'its row has no preview: lists hide it'));
  if (row.name === null && name)
    findings.push(finding('name_missing', 'threads.name', `its name \`${name}\` is not in the database`));
  return findings;
}

/** A fork or revert made here needs the rollout that it continues. */
function checkChain(local: LocalHome, { file }: LocalSession, finding: MakeFinding): Findings {
  const { fault } = localChain(local, file as string);
  return fault ? [finding('chain_broken', fault.where, fault.reason)] : [];
}

function checkProjection(cursors: Map<string, number>, { file }: LocalSession, finding: MakeFinding): Findings {
  if (!isProjectedPastEnd(cursors, file as string)) return [];
  return [finding('projection_past_end', PROJECTION_CURSORS, 'Codex has projected more of it than there is')];
}

async function askCodex(
  home: CodexHome,
  local: LocalHome,
  ids: string[],
  binary: string,
): Promise<Pick<Verification, 'findings' | 'codex'>> {
  const codex = await CodexAppServer.start(binary, home.path);
  const findings: Findings = [];
  const sessions: CodexAnswer[] = [];
  try {
    const listed = await codex.listThreadIds();
    const holders = findHolders(home.path, process.env);
    for (const id of ids) {
      // Whoever holds a thread has opened it, so it can be; a second Codex would only be turned away.
      const busy = holders.isHeld(id, local.sessions.get(id)?.file ?? null)?.reason;
      if (busy) {
        sessions.push({ thread_id: id, listed: listed.has(id), resumed: false, turns: 0, busy });
        continue;
      }
      const answer = await askAbout(codex, id, listed);
      sessions.push(answer);
      findings.push(...judge(id, answer));
      await completeName(codex, local, id);
    }
  } finally {
    await codex.close();
  }
  return { findings, codex: { binary, version: codex.version, sessions } };
}

type Answered = CodexAnswer & { problem?: string };

/** Resuming without turns builds the projection of an imported paginated history and changes no byte of the rollout (0.151+). */
async function askAbout(codex: CodexAppServer, id: string, listed: Set<string>): Promise<Answered> {
  try {
    await codex.request('thread/resume', { threadId: id, excludeTurns: true });
    const { thread } = await codex.request<{ thread: { turns?: unknown[] } }>('thread/read', {
      threadId: id,
      includeTurns: true,
    });
    return { thread_id: id, listed: listed.has(id), resumed: true, turns: thread.turns?.length ?? 0, busy: null };
  } catch (error) {
    if (!(error instanceof SyncError)) throw error;
    return { thread_id: id, listed: listed.has(id), resumed: false, turns: 0, busy: null, problem: error.message };
  }
}

function judge(id: string, { listed, resumed, problem }: Answered): Findings {
  const where = 'codex app-server';
  if (!resumed) return [sessionFinding(id, 'codex_refuses', where, `Codex cannot open it: ${problem}`)];
  return listed ? [] : [sessionFinding(id, 'codex_hides', where, 'Codex does not list it')];
}

/** Where Codex itself made the row (no database at the time of the sync), the name is given back through Codex. */
async function completeName(codex: CodexAppServer, { sidecar, sessions, schema }: LocalHome, threadId: string): Promise<void> {
  const agreed = sidecar.pointsOfHead.get(threadId)?.[0]?.name ?? null;
  const session = sessions.get(threadId);
  const name = missingName(session?.row ?? null, session?.name ?? null, agreed);
  const isMissing = schema === null || (session?.row?.name ?? null) === null;
  if (name && isMissing) await codex.request('thread/name/set', { threadId, name });
}
