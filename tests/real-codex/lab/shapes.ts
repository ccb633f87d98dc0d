import { type CodexAppServer, withCodex } from './codex_app_server.ts';
import type { Machine } from './codex_home.ts';
import { say } from './sessions.ts';

// What a person can do to a thread besides talking in it, done by the machine's own Codex.

type Turn = { id: string };
type Opened = { thread: { id: string; turns?: Turn[] } };

/** Where a fork leaves its source: after so many turns, or at the end. Then the person goes on in the fork. */
export type ForkWish = { afterTurns?: number; prompts?: readonly string[]; cwd?: string };

/** A new thread that starts with the history of another. Gives its id. */
export async function fork(machine: Machine, threadId: string, wish: ForkWish = {}): Promise<string> {
  return withCodex(machine, async (codex) => {
    const turns = await turnsOf(codex, threadId);
    const lastTurnId = wish.afterTurns === undefined ? undefined : turns[wish.afterTurns - 1]!.id;
    const { thread } = await codex.request<Opened>('thread/fork', { threadId, lastTurnId, cwd: wish.cwd });
    for (const prompt of wish.prompts ?? []) await say(codex, thread.id, prompt);
    return thread.id;
  });
}

/** The person takes back all but the first `keep` turns (an edited message, 0.148+) and goes on from there. */
export async function revert(machine: Machine, threadId: string, keep: number, prompts: readonly string[] = []): Promise<void> {
  await withCodex(machine, async (codex) => {
    const turns = await turnsOf(codex, threadId);
    await codex.request('thread/revert', { threadId, beforeTurnId: turns[keep]!.id });
    for (const prompt of prompts) await say(codex, threadId, prompt);
  });
}

export const rename = (machine: Machine, threadId: string, name: string): Promise<unknown> =>
  withCodex(machine, (codex) => codex.request('thread/name/set', { threadId, name }));

export const archive = (machine: Machine, threadId: string): Promise<unknown> =>
  withCodex(machine, (codex) => codex.request('thread/archive', { threadId }));

export const unarchive = (machine: Machine, threadId: string): Promise<unknown> =>
  withCodex(machine, (codex) => codex.request('thread/unarchive', { threadId }));

/** Opens the thread for writing, as every front end does before it changes one. */
async function turnsOf(codex: CodexAppServer, threadId: string): Promise<Turn[]> {
  const { thread } = await codex.request<Opened>('thread/resume', { threadId });
  return thread.turns ?? [];
}

/** Legacy threads take turns back by a line that says so; the method is gone in 0.160. */
export async function takeBackTurns(machine: Machine, threadId: string, numTurns: number): Promise<void> {
  await withCodex(machine, async (codex) => {
    await turnsOf(codex, threadId);
    await codex.request('thread/rollback', { threadId, numTurns });
  });
}

export async function compact(machine: Machine, threadId: string): Promise<void> {
  await withCodex(machine, async (codex) => {
    await turnsOf(codex, threadId);
    const status = await codex.turnOf(threadId, 'thread/compact/start');
    if (status !== 'completed') throw new Error(`the compaction ended ${status}`);
  });
}
