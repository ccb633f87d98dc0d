// Is every synced session coherent on disk, and does a real Codex list, read and resume it?

import { CodexAppServer } from '../adapters/codex_app_server.ts';
import type { CodexHome } from '../adapters/codex_home.ts';
import { isSamePlace } from '../adapters/disk.ts';
import { type LocalHome, type LocalSession, readCursors, readLocalHome } from '../adapters/local_home.ts';
import { contentSize } from '../adapters/rollout_bytes.ts';
import { readFirstLine, resolveChain } from '../adapters/rollout_chain.ts';
import { findHolders } from '../adapters/thread_holders.ts';
import { SyncError } from '../domain/errors.ts';
import { baseName, parseRolloutName, uncompressed } from '../domain/rollout_name.ts';
import type { SessionMeta } from '../domain/session_meta.ts';
import { asThreadId } from '../domain/thread_id.ts';
import { missingName } from '../domain/thread_row.ts';
import { wholeIds } from '../domain/whole_ids.ts';

export type Finding = { thread_id: string; code: string; message: string; where: string; hint: string };

export type Verification = {
  checked: number;
  findings: Finding[];
  codex: { binary: string; version: string; sessions: CodexAnswer[] } | null;
};

/** What Codex made of one thread. `turns` is what it reads after the history was materialised. */
export type CodexAnswer = { thread_id: string; listed: boolean; resumed: boolean; turns: number; busy: string | null };

export async function verify(
  home: CodexHome,
  request: { threadIds: string[]; codexBinary: string | null },
): Promise<Verification> {
  const local = readLocalHome(home);
  const heads = [...local.sidecar.heads.keys()];
  const ids =
    request.threadIds.length > 0 ? wholeIds(request.threadIds, [...heads, ...local.sessions.keys()], '--thread-id') : heads;
  const wrong = ids.filter((id) => !asThreadId(id));
  if (wrong.length > 0) throw new SyncError('nothing_selected', `No session here begins with ${wrong.join(', ')}.`);
  const findings = checkOnDisk(home, local, ids);
  if (request.codexBinary === null) return { checked: ids.length, findings, codex: null };
  const asked = await askCodex(home, local, ids, request.codexBinary);
  return { checked: ids.length, findings: [...findings, ...asked.findings], codex: asked.codex };
}

const AGAIN = 'sync the same package again: it mends rows';

/** Rollout, row, chain and projection of each of these sessions. */
export function checkOnDisk(home: CodexHome, local: LocalHome, ids: string[]): Finding[] {
  const cursors = readCursors(home);
  return ids.flatMap((id) => checkSession(home, local, cursors, id));
}

function checkSession(home: CodexHome, local: LocalHome, cursors: Map<string, number>, id: string): Finding[] {
  const session = local.sessions.get(id);
  const finding = (code: string, message: string, where: string, hint: string): Finding => ({
    thread_id: id,
    code,
    message,
    where,
    hint,
  });
  if (!session?.file)
    return [
      finding(
        'rollout_missing',
        'its rollout is gone',
        session?.row ? String(session.row.rollout_path) : home.path,
        'deleted in Codex? then nothing is wrong but the sidecar',
      ),
    ];
  const meta = readFirstLine(session.file)?.meta;
  if (meta?.id !== id)
    return [
      finding(
        'wrong_identity',
        `its first line belongs to ${meta?.id ?? 'nobody'}`,
        session.file,
        'roll the transaction back that wrote it',
      ),
    ];
  return [
    ...checkRow(local, session, meta, finding),
    ...checkChain(local, session, finding),
    ...checkProjection(cursors, session, finding),
  ];
}

type MakeFinding = (code: string, message: string, where: string, hint: string) => Finding;

function checkRow(
  { schema, sidecar }: LocalHome,
  { row, file, name: indexName, threadId }: LocalSession,
  meta: SessionMeta,
  finding: MakeFinding,
): Finding[] {
  if (!schema) return [];
  if (!row) return [finding('row_missing', 'the state database has no row for it', 'threads', AGAIN)];
  const agreed = sidecar.pointsOfHead.get(threadId)?.[0]?.name ?? null;
  const name = missingName(row, indexName, agreed);
  const findings: Finding[] = [];
  if (!isSamePlace(uncompressed(String(row.rollout_path)), uncompressed(file as string)))
    findings.push(finding('row_path', 'its row names another file', String(row.rollout_path), AGAIN));
  if ('history_mode' in row && row.history_mode !== meta.historyMode)
    findings.push(
      finding(
        'row_history_mode',
        `its row says ${String(row.history_mode)}, its rollout ${meta.historyMode}: Codex refuses it`,
        'threads.history_mode',
        AGAIN,
      ),
    );
  if (row.preview === '')
    findings.push(finding('row_preview', 'its row has no preview: lists hide it', 'threads.preview', AGAIN));
  if (row.name === null && name)
    findings.push(finding('name_missing', `its name \`${name}\` is not in the database`, 'threads.name', AGAIN));
  return findings;
}

/** A fork or revert made here needs the rollout that it continues. */
function checkChain({ rollouts }: LocalHome, { file }: LocalSession, finding: MakeFinding): Finding[] {
  const { fault } = resolveChain(file as string, (rolloutId) => {
    const base = rollouts.get(rolloutId);
    return base ? { file: base, isTrusted: () => false } : null;
  });
  return fault
    ? [finding('chain_broken', fault.reason, fault.where, 'bring the missing rollout back; Codex cannot open the session')]
    : [];
}

/** A cursor past the end of the file hides every later turn. */
function checkProjection(cursors: Map<string, number>, { file }: LocalSession, finding: MakeFinding): Finding[] {
  const name = parseRolloutName(baseName(file as string));
  const cursor = cursors.get(name?.segmentId ?? name?.threadId ?? '');
  if (cursor === undefined || cursor <= contentSize(file as string)) return [];
  return [
    finding(
      'projection_past_end',
      'Codex has projected more of it than there is',
      'thread_history_projection_state',
      'roll back and sync again',
    ),
  ];
}

async function askCodex(
  home: CodexHome,
  local: LocalHome,
  ids: string[],
  binary: string,
): Promise<{ findings: Finding[]; codex: Verification['codex'] }> {
  const codex = await CodexAppServer.start(binary, home.path);
  const findings: Finding[] = [];
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
    return { thread_id: id, listed: listed.has(id), resumed: false, turns: 0, busy: null, problem: (error as SyncError).message };
  }
}

function judge(id: string, { listed, resumed, problem }: Answered): Finding[] {
  const where = 'codex app-server';
  if (!resumed)
    return [
      {
        thread_id: id,
        code: 'codex_refuses',
        message: `Codex cannot open it: ${problem}`,
        where,
        hint: 'check its model provider and rollout',
      },
    ];
  return listed ? [] : [{ thread_id: id, code: 'codex_hides', message: 'Codex does not list it', where, hint: AGAIN }];
}

/** Where Codex itself made the row (no database at the time of the sync), the name is given back through Codex. */
async function completeName(codex: CodexAppServer, { sidecar, sessions, schema }: LocalHome, threadId: string): Promise<void> {
  const agreed = sidecar.pointsOfHead.get(threadId)?.[0]?.name ?? null;
  const session = sessions.get(threadId);
  const name = missingName(session?.row ?? null, session?.name ?? null, agreed);
  const isMissing = schema === null || (session?.row?.name ?? null) === null;
  if (name && isMissing) await codex.request('thread/name/set', { threadId, name });
}
