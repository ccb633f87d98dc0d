import { type CodexAppServer, CodexRefusal, withCodex } from './codex_app_server.ts';
import { type Machine, onScratchCopy } from './codex_home.ts';
import { conversationOf } from './model_request.ts';
import type { ModelServer } from './model_server.ts';

/** What real Codex makes of one thread. Texts are those that the user typed. */
export type Proof = {
  listed: boolean;
  listedInFolder: boolean;
  listedFromDatabase: boolean;
  name: string | null;
  updatedAt: number | null;
  resumed: { turns: string[]; cwd: string } | { refused: string };
  read: string[] | { refused: string };
  nextTurn: { status: string; knownAs: string | undefined; history: string[]; ranIn: string | undefined } | { refused: string };
};

type Item = { type: string; content?: { text?: string }[] };
type Turn = { items?: Item[] };
type Thread = { id: string; name?: string | null; cwd: string; updatedAt: number; turns?: Turn[] };
type Threads = { data: Thread[] };
type Opened = { thread: Thread; cwd: string };

// thread/list hides some kinds and all other providers unless they are asked for
const everyKind = [
  'cli',
  'vscode',
  'exec',
  'appServer',
  'subAgent',
  'subAgentReview',
  'subAgentCompact',
  'subAgentThreadSpawn',
  'subAgentOther',
  'unknown',
];
const everything = { limit: 100, sourceKinds: everyKind, modelProviders: [] };

/** The prompt of the proof's own turn: the command shows where Codex really works. Wine has no PowerShell, so Codex takes cmd.exe there. */
const proofPrompt = process.env.CODEX_SYNC_UNDER_WINE ? 'RUN cd' : 'RUN pwd';

/**
 * Asks the machine's own Codex about threads. Listing, resuming and reading happen in the home itself, as a user would;
 * the new turn happens on a copy, so that the proof does not diverge the home.
 */
export async function askCodex(
  machine: Machine,
  model: ModelServer,
  folder: string,
  threadIds: readonly string[],
): Promise<Proof[]> {
  const seen = await withCodex(machine, (codex) => lookAt(codex, folder, threadIds));
  const turns = await onScratchCopy(machine, () => withCodex(machine, (codex) => goOnWithEach(codex, model, threadIds)));
  return threadIds.map((_, index) => ({ ...seen[index]!, nextTurn: turns[index]! }));
}

/** Whether Codex knows a thread at all, by list or by id; for a thread that must be gone. */
export async function codexKnows(machine: Machine, threadId: string): Promise<boolean> {
  return withCodex(machine, async (codex) => {
    const listed = (await codex.request<Threads>('thread/list', everything)).data.some((thread) => thread.id === threadId);
    const resumed = await codex.request('thread/resume', { threadId }).then(
      () => true,
      () => false,
    );
    return listed || resumed;
  });
}

/** How often Codex lists a thread among the active and the archived ones. */
export async function codexLists(machine: Machine, threadId: string): Promise<{ active: number; archived: number }> {
  return withCodex(machine, async (codex) => {
    const count = async (archived: boolean): Promise<number> =>
      (await codex.request<Threads>('thread/list', { ...everything, archived })).data.filter(({ id }) => id === threadId).length;
    return { active: await count(false), archived: await count(true) };
  });
}

async function lookAt(codex: CodexAppServer, folder: string, threadIds: readonly string[]): Promise<Omit<Proof, 'nextTurn'>[]> {
  const list = async (filter: object) => (await codex.request<Threads>('thread/list', { ...everything, ...filter })).data;
  // First of all, because the default list mends what it finds
  const fromDatabase = await list({ useStateDbOnly: true });
  const listed = await list({});
  const inFolder = await list({ cwd: folder });
  const proofs: Omit<Proof, 'nextTurn'>[] = [];
  for (const threadId of threadIds) {
    const isThread = (thread: Thread): boolean => thread.id === threadId;
    const resumed = await orRefusal(codex.request<Opened>('thread/resume', { threadId }));
    const read = await orRefusal(codex.request<{ thread: Thread }>('thread/read', { threadId, includeTurns: true }));
    proofs.push({
      listed: listed.filter(isThread).length === 1,
      listedInFolder: inFolder.filter(isThread).length === 1,
      listedFromDatabase: fromDatabase.filter(isThread).length === 1,
      name: listed.find(isThread)?.name ?? null,
      updatedAt: listed.find(isThread)?.updatedAt ?? null,
      resumed: 'refused' in resumed ? resumed : { turns: promptsOf(resumed.thread), cwd: resumed.cwd },
      read: 'refused' in read ? read : promptsOf(read.thread),
    });
  }
  return proofs;
}

async function goOnWithEach(
  codex: CodexAppServer,
  model: ModelServer,
  threadIds: readonly string[],
): Promise<Proof['nextTurn'][]> {
  const turns: Proof['nextTurn'][] = [];
  for (const threadId of threadIds) {
    const before = model.requestsFor(proofPrompt).length;
    const resumed = await orRefusal(codex.request<Opened>('thread/resume', { threadId }));
    const turn =
      'refused' in resumed ? resumed : await orRefusal(codex.turn(threadId, proofPrompt).then((status) => ({ status })));
    if ('refused' in turn) {
      turns.push(turn);
      continue;
    }
    const requests = model.requestsFor(proofPrompt).slice(before);
    const [first, second] = requests.map(conversationOf);
    // The id that the model's cache goes by: a branch must not share it with the session it came from
    const knownAs = requests[0]?.prompt_cache_key;
    turns.push({ ...turn, knownAs, history: first?.slice(0, -1) ?? [], ranIn: second?.at(-1)?.replace('tool: ', '') });
  }
  return turns;
}

const promptsOf = (thread: Thread): string[] =>
  (thread.turns ?? []).map((turn) =>
    (turn.items ?? [])
      .filter((item) => item.type === 'userMessage')
      .flatMap((item) => (item.content ?? []).map((part) => part.text ?? ''))
      .join(' '),
  );

async function orRefusal<Result extends object>(answer: Promise<Result>): Promise<Result | { refused: string }> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof CodexRefusal) return { refused: error.message };
    throw error;
  }
}
