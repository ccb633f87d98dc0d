import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import type { Machine } from './codex_home.ts';
import { codexCommand } from './codex_versions.ts';

type Message = { id?: number; method?: string; params?: Record<string, unknown>; result?: unknown; error?: { message: string } };
type Waiting = { method: string; resolve(result: unknown): void; reject(error: Error): void; timer: NodeJS.Timeout };

/** An answer of Codex that says no; anything else that goes wrong here is an ordinary error. */
export class CodexRefusal extends Error {}

const answerWithinMs = 60_000;

/** A JSON-RPC client for `codex app-server` on its standard streams. */
export class CodexAppServer {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #pending = new Map<number, Waiting>();
  readonly #watchers = new Set<(note: Message) => void>();
  #nextId = 0;
  #stderr = '';

  private constructor(machine: Machine, cwd: string) {
    const [program, args] = codexCommand(machine.codexBin, 'app-server');
    this.#child = spawn(program, args, { cwd, env: machine.environment });
    this.#child.stderr.on('data', (data) => {
      this.#stderr += String(data);
    });
    this.#listen();
  }

  static async start(machine: Machine, cwd: string = machine.codexHome): Promise<CodexAppServer> {
    const codex = new CodexAppServer(machine, cwd);
    const clientInfo = { name: 'lab', title: 'lab', version: '1' };
    await codex.request('initialize', { clientInfo, capabilities: { experimentalApi: true } });
    codex.#send({ method: 'initialized' });
    return codex;
  }

  request<Result>(method: string, params: Record<string, unknown> = {}): Promise<Result> {
    const id = ++this.#nextId;
    return new Promise<Result>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${method}: no answer\n${this.#stderr.slice(-800)}`)), answerWithinMs);
      this.#pending.set(id, { method, resolve: resolve as Waiting['resolve'], reject, timer });
      this.#send({ id, method, params });
    });
  }

  /** Starts a turn and resolves with its status once it has ended. */
  turn(threadId: string, text: string): Promise<string> {
    return this.turnOf(threadId, 'turn/start', { input: [{ type: 'text', text, text_elements: [] }] });
  }

  /** The same for whatever else makes a turn, such as `thread/compact/start`. */
  async turnOf(threadId: string, method: string, params: Record<string, unknown> = {}): Promise<string> {
    const ended = this.#notified((note) => note.method === 'turn/completed' && note.params?.threadId === threadId);
    // Where the turn does not even begin, nobody waits for its end.
    ended.catch(() => undefined);
    await this.request(method, { threadId, ...params });
    const { turn } = (await ended).params as { turn: { status: string } };
    return turn.status;
  }

  async close(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const exited = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.stdin.end();
    const timer = setTimeout(() => this.#child.kill('SIGTERM'), 10_000);
    await exited;
    clearTimeout(timer);
  }

  #send(message: Message): void {
    this.#child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
  }

  #notified(matches: (note: Message) => boolean): Promise<Message> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no such notification\n${this.#stderr.slice(-800)}`)), answerWithinMs);
      const watcher = (note: Message): void => {
        if (!matches(note)) return;
        clearTimeout(timer);
        this.#watchers.delete(watcher);
        resolve(note);
      };
      this.#watchers.add(watcher);
    });
  }

  #listen(): void {
    let unread = '';
    this.#child.stdout.setEncoding('utf8').on('data', (data: string) => {
      const lines = (unread + data).split('\n');
      unread = lines.pop() ?? '';
      for (const line of lines) if (line.trim()) this.#receive(JSON.parse(line) as Message);
    });
    this.#child.once('exit', (code) => {
      for (const { method, reject } of this.#pending.values()) {
        reject(new Error(`${method}: app-server exited with ${code}\n${this.#stderr.slice(-800)}`));
      }
    });
  }

  #receive(message: Message): void {
    if (message.id === undefined) {
      for (const watch of [...this.#watchers]) watch(message);
    } else if (message.method !== undefined) {
      this.#send({ id: message.id, result: { decision: 'accept' } });
    } else {
      this.#settle(message, message.id);
    }
  }

  #settle(message: Message, id: number): void {
    const waiting = this.#pending.get(id);
    if (waiting === undefined) return;
    this.#pending.delete(id);
    clearTimeout(waiting.timer);
    if (message.error) waiting.reject(new CodexRefusal(`${waiting.method}: ${message.error.message}`));
    else waiting.resolve(message.result);
  }
}

/** Runs `use` beside one app-server and ends that in every case. */
export async function withCodex<Result>(
  machine: Machine,
  use: (codex: CodexAppServer) => Promise<Result>,
  cwd?: string,
): Promise<Result> {
  const codex = await CodexAppServer.start(machine, cwd);
  try {
    return await use(codex);
  } finally {
    await codex.close();
  }
}
