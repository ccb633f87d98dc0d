// Does a real Codex list, read and resume these sessions? Parents first: sub-agents of `multi_agent_v2` open only behind theirs.

import type { CodexHome } from '../../adapters/codex_home/codex_home.ts';
import { findHolders } from '../../adapters/holders/thread_holders.ts';
import type { LocalHome } from '../../adapters/local_sessions/local_home.ts';
import { CodexAppServer } from '../../adapters/process/codex_app_server.ts';
import { readFirstLine } from '../../adapters/rollout/first_line.ts';
import { SyncError } from '../../domain/codes/errors.ts';
import { type Finding, finding } from '../../domain/findings/finding.ts';
import { parentsFirst } from '../../domain/rollout/thread_tree.ts';
import { missingName } from '../../domain/thread/thread_name.ts';

export type AskedCodex = { binary: string; version: string; sessions: CodexAnswer[] };

/** What Codex made of one thread. `listed`: null where it gives no list. `turns` is what it reads after the history was materialised. */
export type CodexAnswer = { thread_id: string; listed: boolean | null; resumed: boolean; turns: number; busy: string | null };

export async function askCodex(
  home: CodexHome,
  local: LocalHome,
  ids: string[],
  binary: string,
): Promise<{ findings: Finding[]; codex: AskedCodex }> {
  let codex = await CodexAppServer.start(binary, home.path);
  const answers: Answered[] = [];
  const unlisted: Finding[] = [];
  try {
    const listed = await listIn(codex, unlisted);
    const holders = findHolders(home);
    for (const { threadId: id, parent } of inOrder(local, ids)) {
      const busy = holders.whyBusy(id, local.sessions.get(id)?.file ?? null)?.reason ?? null;
      // One that makes Codex end says nothing about the others.
      if (!busy && codex.hasEnded) codex = await CodexAppServer.start(binary, home.path);
      if (!busy && parent && !ids.includes(parent)) await resumeAncestors(codex, local, parent);
      const answer = busy ? answerOfBusy(id, listed, busy) : await askAbout(codex, id, parent, listed);
      answers.push(await nameIn(codex, local, answer));
    }
  } finally {
    await codex.close();
  }
  return {
    findings: [...unlisted, ...answers.flatMap(findingsIn)],
    codex: { binary, version: codex.version, sessions: answers },
  };
}

/** Whoever holds a thread has opened it, so it can be; a second Codex would only be turned away. */
const answerOfBusy = (id: string, listed: Set<string> | null, busy: string): CodexAnswer => ({
  thread_id: id,
  listed: listed?.has(id) ?? null,
  resumed: false,
  turns: 0,
  busy,
});

/** Without a list the sessions can still be opened and read. */
async function listIn(codex: CodexAppServer, findings: Finding[]): Promise<Set<string> | null> {
  try {
    return await codex.listThreadIds();
  } catch (error) {
    if (!(error instanceof SyncError)) throw error;
    findings.push(finding('codex_lists_nothing', 'codex app-server', `Codex cannot list its sessions: ${error.message}`));
    return null;
  }
}

type InTree = { threadId: string; parent: string | null };

const parentOf = ({ sessions }: LocalHome, id: string): string | null => {
  const file = sessions.get(id)?.file;
  return (file && readFirstLine(file)?.meta.parentThreadId) || null;
};

/** Parents before their sub-agents. */
function inOrder(local: LocalHome, ids: string[]): InTree[] {
  const found = ids.map((threadId) => ({ threadId, parent: parentOf(local, threadId) }));
  return parentsFirst(found, new Map(found.flatMap(({ threadId, parent }) => (parent ? [[threadId, parent] as const] : []))));
}

/** From the top of the tree down. What Codex makes of them is not asked. */
async function resumeAncestors(codex: CodexAppServer, local: LocalHome, id: string): Promise<void> {
  const line = [id];
  for (let next = parentOf(local, id); next && !line.includes(next); next = parentOf(local, next)) line.unshift(next);
  for (const ancestor of line) await resume(codex, ancestor).catch(() => undefined);
}

const WAITS_FOR_PARENT = /resume the parent first/;

/** An agent whose parent is not loaded, because it is not local or another Codex holds it, is no worse for that. */
async function resume(codex: CodexAppServer, threadId: string): Promise<void> {
  try {
    await codex.request('thread/resume', { threadId, excludeTurns: true });
  } catch (error) {
    if (!(error instanceof SyncError) || !WAITS_FOR_PARENT.test(error.message)) throw error;
  }
}

type Answered = CodexAnswer & { problem?: string };

/** Resuming without turns builds the projection of an imported paginated history (0.151+); in the rollout 0.169 and 0.171 may note their settings. */
async function askAbout(codex: CodexAppServer, id: string, parent: string | null, known: Set<string> | null): Promise<Answered> {
  let listed = known?.has(id) ?? null;
  try {
    await resume(codex, id);
    if (parent && listed === false) listed = (await codex.listChildIds(parent)).includes(id);
    const { thread } = await codex.request<{ thread: { turns?: unknown[] } }>('thread/read', {
      threadId: id,
      includeTurns: true,
    });
    return { thread_id: id, listed, resumed: true, turns: thread.turns?.length ?? 0, busy: null };
  } catch (error) {
    if (!(error instanceof SyncError)) throw error;
    return { thread_id: id, listed, resumed: false, turns: 0, busy: null, problem: error.message };
  }
}

function findingsIn({ thread_id, listed, resumed, busy, problem }: Answered): Finding[] {
  const where = 'codex app-server';
  if (busy) return [];
  if (!resumed) return [finding('codex_refuses', where, `Codex cannot open it: ${problem}`, { thread_id })];
  return listed !== false ? [] : [finding('codex_hides', where, 'Codex does not list it', { thread_id })];
}

/** Where Codex itself made the row (no database at the time of the sync), the name is given back through Codex. */
async function nameIn(codex: CodexAppServer, local: LocalHome, answer: Answered): Promise<Answered> {
  const name = answer.resumed ? nameToGive(local, answer.thread_id) : null;
  if (name === null) return answer;
  try {
    await codex.request('thread/name/set', { threadId: answer.thread_id, name });
    return answer;
  } catch (error) {
    if (!(error instanceof SyncError)) throw error;
    return { ...answer, resumed: false, problem: error.message };
  }
}

function nameToGive({ sidecar, sessions, threadColumns }: LocalHome, threadId: string): string | null {
  const session = sessions.get(threadId);
  const isMissing = threadColumns === null || (session?.row?.name ?? null) === null;
  return isMissing ? missingName(session?.row ?? null, session?.name ?? null, sidecar.agreedName(threadId)) || null : null;
}
