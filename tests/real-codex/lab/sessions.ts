import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { withCodex } from './codex_app_server.ts';
import type { Machine } from './codex_home.ts';

type Opened = { thread: { id: string } };

/** A person opens a folder in Codex and says something, several times. Gives the thread's id. */
export function converse(machine: Machine, folder: string, prompts: readonly string[], name?: string): Promise<string> {
  return begin(machine, { cwd: folder }, prompts, name);
}

/** The same with the history mode of older Codex, which newer ones keep for the threads that have it. */
export function converseLegacy(machine: Machine, folder: string, prompts: readonly string[]): Promise<string> {
  return begin(machine, { cwd: folder, historyMode: 'legacy' }, prompts);
}

async function begin(
  machine: Machine,
  wish: { cwd: string; historyMode?: 'legacy' },
  prompts: readonly string[],
  name?: string,
): Promise<string> {
  return withCodex(
    machine,
    async (codex) => {
      const { thread } = await codex.request<Opened>('thread/start', wish);
      for (const prompt of prompts) await say(codex, thread.id, prompt);
      if (name !== undefined) await codex.request('thread/name/set', { threadId: thread.id, name });
      return thread.id;
    },
    wish.cwd,
  );
}

/** The person comes back to a thread later and goes on. */
export async function goOn(machine: Machine, threadId: string, prompts: readonly string[]): Promise<void> {
  await withCodex(machine, async (codex) => {
    await codex.request('thread/resume', { threadId });
    for (const prompt of prompts) await say(codex, threadId, prompt);
  });
}

/** A home that has been in use: its databases exist and its first scan is over. */
export async function startOnce(machine: Machine): Promise<void> {
  await withCodex(machine, (codex) => codex.request('thread/list', { limit: 1 }));
}

/**
 * Every rollout of a thread, oldest name first, as a path relative to the Codex home. More than one is a thread that was
 * reverted in this home (`_<segment>` names); after a sync it would be a defect.
 */
export async function rolloutsOf(machine: Machine, threadId: string): Promise<string[]> {
  const isOfThread = new RegExp(`-${threadId}(_[0-9a-f-]{36})?\\.jsonl$`);
  const homes = ['sessions', 'archived_sessions'].map(async (home) => {
    const found = await readdir(path.join(machine.codexHome, home), { recursive: true }).catch(() => []);
    return found.filter((name) => isOfThread.test(name)).map((name) => path.join(home, name));
  });
  return (await Promise.all(homes)).flat().sort();
}

export async function rolloutOf(machine: Machine, threadId: string): Promise<string> {
  const found = await rolloutsOf(machine, threadId);
  if (found.length !== 1) throw new Error(`expected one rollout of ${threadId}, found ${found.length}`);
  return path.join(machine.codexHome, found[0]!);
}

/** One turn that must end well. */
export async function say(
  codex: { turn(id: string, text: string): Promise<string> },
  threadId: string,
  prompt: string,
): Promise<void> {
  const status = await codex.turn(threadId, prompt);
  if (status !== 'completed') throw new Error(`the turn "${prompt}" ended ${status}`);
}
