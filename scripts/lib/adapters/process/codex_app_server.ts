// A client for `codex app-server`: newline-delimited JSON-RPC on stdio (0.117 to 0.171).

import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { SyncError } from '../../domain/codes/errors.ts';
import { unlessInterrupted } from '../run/interruption.ts';
import { startOf } from './named_program.ts';
import { toolVersion } from './tool_version.ts';

type Waiting = { resolve(result: unknown): void; reject(error: Error): void };
type Message = { id?: number; method?: string; result?: unknown; error?: { message: string } };

const ANSWER_MILLISECONDS = 60_000;
const HINT = 'name a Codex that starts: --with-codex codex, or its path; `verify` without it checks only the disk';

/** thread/list hides other kinds of sessions unless they are named. */
const EVERY_SOURCE = [
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

export class CodexAppServer {
  readonly #binary: string;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #waiting = new Map<number, Waiting>();
  #nextId = 0;
  #received = '';
  #complaints = '';
  /** No further request is answered. */
  hasEnded = false;
  /** As Codex gives it in its user agent; empty until it has answered. */
  version = '';

  static async start(binary: string, codexHome: string): Promise<CodexAppServer> {
    const server = new CodexAppServer(binary, codexHome);
    const { userAgent } = await server.request<{ userAgent?: string }>('initialize', {
      clientInfo: { name: 'codex-session-sync', title: 'codex-session-sync', version: toolVersion() },
      capabilities: { experimentalApi: true },
    });
    server.version = /\/(\d+\.\d+\.\d+)/.exec(userAgent ?? '')?.[1] ?? '';
    server.#send({ method: 'initialized' });
    return server;
  }

  private constructor(binary: string, codexHome: string) {
    this.#binary = binary;
    this.#child = startServer(binary, codexHome);
    this.#child.stdout.setEncoding('utf8').on('data', (text: string) => this.#receive(text));
    this.#child.stderr.on('data', (data: Buffer) => {
      this.#complaints = (this.#complaints + data.toString()).slice(-2000);
    });
    this.#child.once('error', (error) => this.#fail(`it does not start: ${error.message}`));
    this.#child.once('exit', (code) => this.#fail(`it ended with ${code}: ${this.#complaints.trim().split('\n').at(-1) ?? ''}`));
    this.#child.stdin.on('error', () => {});
  }

  request<Result = unknown>(method: string, params: object): Promise<Result> {
    const id = ++this.#nextId;
    const answer = new Promise<Result>((resolve, reject) => {
      const timer = setTimeout(
        () => this.#settle(id, { error: { message: `no answer in ${ANSWER_MILLISECONDS / 1000} s` } }),
        ANSWER_MILLISECONDS,
      );
      const done =
        <Value>(settle: (value: Value) => void) =>
        (value: Value) => {
          clearTimeout(timer);
          settle(value);
        };
      this.#waiting.set(id, { resolve: done(resolve as (result: unknown) => void), reject: done(reject) });
      this.#send({ id, method, params });
    });
    return unlessInterrupted(answer);
  }

  /** Ids on all pages of the default list, archived ones too. */
  async listThreadIds(): Promise<Set<string>> {
    const ids = new Set<string>();
    for (const archived of [false, true]) for (const id of await this.#list({ sourceKinds: EVERY_SOURCE, archived })) ids.add(id);
    return ids;
  }

  /** The sub-agents right below a thread: those of `multi_agent_v2` are in no other list. */
  listChildIds(parentThreadId: string): Promise<string[]> {
    return this.#list({ sourceKinds: ['subAgentThreadSpawn'], parentThreadId });
  }

  /** Ids on all pages. */
  async #list(wanted: object): Promise<string[]> {
    const ids: string[] = [];
    let cursor: string | null = null;
    do {
      const params = { limit: 100, modelProviders: [], cursor, ...wanted };
      const page: { data: { id: string }[]; nextCursor?: string | null } = await this.request('thread/list', params);
      ids.push(...page.data.map(({ id }) => id));
      cursor = page.nextCursor ?? null;
    } while (cursor);
    return ids;
  }

  async close(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.pid === undefined) return;
    const exited = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.stdin.end();
    const timer = setTimeout(() => this.#child.kill('SIGTERM'), 5000);
    await exited;
    clearTimeout(timer);
  }

  #send(message: object): void {
    this.#child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
  }

  #receive(text: string): void {
    const lines = (this.#received + text).split('\n');
    this.#received = lines.pop() ?? '';
    for (const line of lines) if (line.trim()) this.#answer(JSON.parse(line) as Message);
  }

  /** Requests of the server (approvals) are declined: nothing is run here. */
  #answer(message: Message): void {
    if (message.id === undefined) return;
    if (message.method) this.#send({ id: message.id, result: { decision: 'decline' } });
    else this.#settle(message.id, message);
  }

  #settle(id: number, { result, error }: Message): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (error) waiting?.reject(new SyncError('codex_failed', error.message, { where: this.#binary, hint: HINT }));
    else waiting?.resolve(result);
  }

  #fail(message: string): void {
    this.hasEnded = true;
    for (const id of [...this.#waiting.keys()]) this.#settle(id, { error: { message: `Codex app-server: ${message}` } });
  }
}

/** A program that the system refuses at once is said like one that does not start. */
function startServer(binary: string, codexHome: string): ChildProcessWithoutNullStreams {
  const { program, words, options } = startOf(binary, ['app-server'], { ...process.env, CODEX_HOME: codexHome });
  try {
    return spawn(program, words, { ...options, cwd: codexHome });
  } catch (cause) {
    const message = `Codex app-server: it does not start: ${(cause as Error).message}`;
    throw new SyncError('codex_failed', message, { where: binary, hint: HINT, cause });
  }
}
