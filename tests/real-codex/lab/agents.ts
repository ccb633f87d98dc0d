import { readFile } from 'node:fs/promises';
import path from 'node:path';
import Database from 'better-sqlite3';
import { withCodex } from './codex_app_server.ts';
import type { Machine } from './codex_home.ts';
import type { ModelServer } from './model_server.ts';
import { converse, rolloutOf } from './sessions.ts';

/** A thread with three sub-agents: two of its own, one of them begun with its history, and one of that one. */
export type Tree = { root: string; plain: string; forked: string; deep: string };

const idIn = (output: string | undefined): string =>
  /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/.exec(output ?? '')?.[0] ?? 'none';
const spawn = (message: string, fork: boolean) => () => ({
  tool: 'spawn_agent',
  arguments: { message, ...(fork ? { fork_context: true } : {}) },
});
const wait = (at: number) => (outputs: string[]) => ({
  tool: 'wait_agent',
  arguments: { targets: [idIn(outputs[at])], timeout_ms: 30_000 },
});

/** After this the model knows how to delegate: what it does on `delegate`, on `nest` and on `plain task`. */
export function teachDelegation(model: ModelServer): void {
  model.script('delegate', [spawn('plain task', false), wait(0), spawn('nest', true), wait(2)]);
  model.script('nest', [spawn('deep task', false), wait(0)]);
}

/** The prompts that the threads of a tree have seen, as their user would count them. */
export const treePrompts = { root: ['hello', 'delegate'], plain: ['plain task'], deep: ['deep task'] };

export async function growTree(machine: Machine, folder: string): Promise<Tree> {
  const root = await converse(machine, folder, treePrompts.root);
  const [plain, forked] = (await childrenOf(machine, root)).toSorted();
  const [deep] = await childrenOf(machine, forked!);
  return { root, plain: plain!, forked: forked!, deep: deep! };
}

export const idsOf = ({ root, plain, forked, deep }: Tree): string[] => [root, plain, forked, deep];

type Threads = { data: { id: string }[] };

/** The sub-agents that Codex lists below a thread: right below it, or at any depth. */
export async function childrenOf(machine: Machine, threadId: string, depth: 'direct' | 'any' = 'direct'): Promise<string[]> {
  const filter = depth === 'direct' ? { parentThreadId: threadId } : { ancestorThreadId: threadId };
  const kinds = { sourceKinds: ['subAgentThreadSpawn'], modelProviders: [] };
  const { data } = await withCodex(machine, (codex) =>
    codex.request<Threads>('thread/list', { limit: 100, ...kinds, ...filter }),
  );
  return data.map(({ id }) => id).sort();
}

/** What the model is told when it wakes an agent whose id it finds in its own context, and asks it something. */
export async function wakeAgent(machine: Machine, model: ModelServer, root: string): Promise<string[]> {
  const agent = await agentIn(machine, root);
  const prompt = `wake ${root}`;
  model.script(prompt, [
    () => ({ tool: 'resume_agent', arguments: { id: agent } }),
    () => ({ tool: 'send_input', arguments: { target: agent, message: 'are you there?' } }),
    () => ({ tool: 'wait_agent', arguments: { targets: [agent], timeout_ms: 30_000 } }),
  ]);
  await withCodex(machine, async (codex) => {
    await codex.request('thread/resume', { threadId: root });
    await codex.turn(root, prompt);
  });
  const last = model.requestsFor(prompt).at(-1);
  return (last?.input ?? []).slice(-8).flatMap(({ output }) => (typeof output === 'string' ? [output] : []));
}

/** The first agent that the transcript of a thread names as spawned. */
async function agentIn(machine: Machine, root: string): Promise<string> {
  const text = await readFile(await rolloutOf(machine, root), 'utf8');
  return idIn(/agent_id\\":\\"([0-9a-f-]{36})/.exec(text)?.[1]);
}

/** Parent and child of every edge in the state database. */
export function edgesOf(machine: Machine): string[] {
  const database = new Database(path.join(machine.databases, 'state_5.sqlite'), { readonly: true });
  try {
    const rows = database.prepare('SELECT parent_thread_id, child_thread_id FROM thread_spawn_edges').all() as {
      parent_thread_id: string;
      child_thread_id: string;
    }[];
    return rows.map(({ parent_thread_id, child_thread_id }) => `${parent_thread_id} > ${child_thread_id}`).sort();
  } finally {
    database.close();
  }
}
