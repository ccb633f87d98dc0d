import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { withCodex } from './codex_app_server.ts';
import type { Machine } from './codex_home.ts';

type Opened = { thread: { id: string } };

/** A person opens a folder in Codex and says something, several times. Gives the thread's id. */
export async function converse(machine: Machine, folder: string, prompts: readonly string[], name?: string): Promise<string> {
  return withCodex(
    machine,
    async (codex) => {
      const { thread } = await codex.request<Opened>('thread/start', { cwd: folder });
      for (const prompt of prompts) await say(codex, thread.id, prompt);
      if (name !== undefined) await codex.request('thread/name/set', { threadId: thread.id, name });
      return thread.id;
    },
    folder,
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

/** Every rollout of a thread, as a path relative to the Codex home; more than one would be a defect. */
export async function rolloutsOf(machine: Machine, threadId: string): Promise<string[]> {
  const found = await readdir(path.join(machine.codexHome, 'sessions'), { recursive: true }).catch(() => []);
  return found.filter((name) => name.endsWith(`-${threadId}.jsonl`)).map((name) => path.join('sessions', name));
}

export async function rolloutOf(machine: Machine, threadId: string): Promise<string> {
  const found = await rolloutsOf(machine, threadId);
  if (found.length !== 1) throw new Error(`expected one rollout of ${threadId}, found ${found.length}`);
  return path.join(machine.codexHome, found[0]!);
}

async function say(codex: { turn(id: string, text: string): Promise<string> }, threadId: string, prompt: string): Promise<void> {
  const status = await codex.turn(threadId, prompt);
  if (status !== 'completed') throw new Error(`the turn "${prompt}" ended ${status}`);
}
