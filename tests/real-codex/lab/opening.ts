import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import Database from 'better-sqlite3';
import { CodexAppServer, CodexRefusal } from './codex_app_server.ts';
import type { Machine } from './codex_home.ts';
import { conversationOf } from './model_request.ts';
import type { ModelServer } from './model_server.ts';
import { converse, converseLegacy, rolloutOf } from './sessions.ts';

// What real Codex makes of rollouts whose content is not as it writes it: each is put into one home, with a row, and opened.

/** The lines of a rollout, without their newlines. */
export type Lines = Buffer[];
export type Damage = (lines: Lines) => Lines | Buffer;

/** What became of one damaged rollout of two turns. */
export type Opening = {
  /** Null where Codex resumes it; its own words where it does not. */
  refused: string | null;
  /** Turns shown after it was resumed. */
  turns: number;
  /** What is in them: messages, commands. */
  items: number;
  /** User prompts that the model was sent with the next turn, that one not counted; null where no turn could be made. */
  context: number | null;
  /** Turns shown to a Codex that was started afterwards: the new one should be among them. */
  after: number | null;
};

export const templatePrompts = ['first question', 'RUN echo two'];

type Thread = { thread: { turns?: { items?: unknown[] }[] } };
type Shown = { turns: number; items: number };
/** One thread for each damage, all made out of one that this Codex has written itself; their ids, by damage. */
export async function plantDamaged(
  machine: Machine,
  folder: string,
  damages: Record<string, Damage>,
  mode: 'own' | 'legacy' = 'own',
): Promise<Map<string, string>> {
  const begin = mode === 'own' ? converse : converseLegacy;
  const template = await begin(machine, folder, templatePrompts);
  const threads = new Map<string, string>();
  for (const [name, damage] of Object.entries(damages)) threads.set(name, await plant(machine, template, threads.size, damage));
  plantRows(machine, template, [...threads.values()]);
  return threads;
}

/** Opens each of them, says something in it, and opens it again in a Codex that was started since. */
export async function openEach(
  machine: Machine,
  model: ModelServer,
  threads: ReadonlyMap<string, string>,
): Promise<Record<string, Opening>> {
  const found: Record<string, Opening> = {};
  await withReborn(machine, async (codex) => {
    for (const [name, id] of threads) found[name] = await open(codex, model, id);
  });
  await withReborn(machine, async (codex) => {
    for (const [name, id] of threads) {
      const opening = found[name] as Opening;
      if (opening.refused === null) opening.after = await turnsAgain(codex, id);
    }
  });
  return found;
}

const turnsAgain = (codex: Asked, id: string): Promise<number | null> =>
  turnsAfterResume(codex, id).then(
    ({ turns }) => turns,
    () => null,
  );

const idOf = (template: string, index: number): string => `${template.slice(0, 24)}${String(index).padStart(12, '0')}`;

async function plant(machine: Machine, template: string, index: number, damage: Damage): Promise<string> {
  const id = idOf(template, index);
  const written = await readFile(await rolloutOf(machine, template), 'utf8');
  // Conversations that share no turn: else they would be branches of one another.
  const turns = new Set([...written.matchAll(/"turn_id":"([0-9a-f-]{36})"/g)].map(([, turn]) => turn!));
  const text = [template, ...turns].reduce((so_far, old) => so_far.replaceAll(old, idOf(old, index)), written);
  const damaged = damage(
    text
      .trimEnd()
      .split('\n')
      .map((line) => Buffer.from(line)),
  );
  const file = plantedFile(machine, id);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, Array.isArray(damaged) ? Buffer.concat(damaged.flatMap((line) => [line, Buffer.from('\n')])) : damaged);
  return id;
}

export const plantedFile = (machine: Machine, id: string): string =>
  path.join(machine.codexHome, 'sessions', '2026', '11', '20', `rollout-2026-11-20T10-11-12-${id}.jsonl`);

function plantRows(machine: Machine, template: string, ids: string[]): void {
  const database = new Database(path.join(machine.databases, 'state_5.sqlite'));
  try {
    const row = database.prepare('SELECT * FROM threads WHERE id = ?').get(template) as Record<string, unknown>;
    const columns = Object.keys(row);
    const insert = database.prepare(
      `INSERT INTO threads (${columns.join(',')}) VALUES (${columns.map((name) => `@${name}`).join(',')})`,
    );
    for (const id of ids) insert.run({ ...row, id, rollout_path: plantedFile(machine, id) });
  } finally {
    database.close();
  }
}

/** A Codex that dies of one rollout is started again for the next. */
async function withReborn(machine: Machine, use: (codex: Asked) => Promise<void>): Promise<void> {
  let codex = await CodexAppServer.start(machine);
  const again = async <Result>(ask: Promise<Result>): Promise<Result> => {
    try {
      return await ask;
    } catch (error) {
      if (error instanceof CodexRefusal) throw error;
      await codex.close();
      codex = await CodexAppServer.start(machine);
      throw new CodexRefusal(`Codex died: ${(error as Error).message.split('\n').slice(0, 3).join(' ')}`);
    }
  };
  try {
    await use({
      request: <Result>(method: string, params?: Record<string, unknown>) => again(codex.request<Result>(method, params)),
      turn: (id, text) => again(codex.turn(id, text)),
    });
  } finally {
    await codex.close();
  }
}

type Asked = { request: CodexAppServer['request']; turn: CodexAppServer['turn'] };

async function turnsAfterResume(codex: Asked, threadId: string): Promise<Shown> {
  await codex.request('thread/resume', { threadId });
  const { thread } = await codex.request<Thread>('thread/read', { threadId, includeTurns: true });
  const turns = thread.turns ?? [];
  return { turns: turns.length, items: turns.flatMap(({ items = [] }) => items).length };
}

async function open(codex: Asked, model: ModelServer, threadId: string): Promise<Opening> {
  let shown: Shown = { turns: 0, items: 0 };
  try {
    shown = await turnsAfterResume(codex, threadId);
  } catch (error) {
    return { refused: (error as Error).message.replaceAll(threadId, 'ID'), ...shown, context: null, after: null };
  }
  try {
    const prompt = `go on with ${threadId}`;
    await codex.turn(threadId, prompt);
    const request = model.requestsFor(prompt)[0];
    const said = request ? conversationOf(request) : [];
    return {
      refused: null,
      ...shown,
      context: templatePrompts.filter((text) => said.some((line) => line.includes(text))).length,
      after: null,
    };
  } catch (error) {
    return { refused: `turn: ${(error as Error).message}`, ...shown, context: null, after: null };
  }
}
