import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { answerTo, newestPrompt, outputsSince, type RequestBody } from './model_request.ts';

/** A call of one of Codex's own tools by its plain name; what space of names it has in a version, the request tells. */
export type ToolCall = { tool: string; arguments: object };

/** An image that the provider has made, as base64; Codex asks nothing more after it. */
export type MadeImage = { image: string };

/** The next step of a script, given what its earlier steps printed: a shell command, a call of another tool, or an image. */
export type ScriptStep = (outputs: string[]) => string | ToolCall | MadeImage;

/**
 * A loopback stand-in for the Responses API, so that real Codex runs without an account. Its answer follows from the
 * newest prompt alone:
 *   a scripted prompt       one tool call per step, then a closing answer
 *   `RUN <shell command>`   one shell call, then a closing answer
 *   anything else           one assistant message that quotes the prompt
 */
export class ModelServer {
  readonly requests: RequestBody[] = [];
  readonly #scripts = new Map<string, ScriptStep[]>();
  readonly #server: http.Server;
  #replies = 0;

  private constructor() {
    this.#server = http.createServer((request, response) => void this.#serve(request, response));
  }

  static async start(): Promise<ModelServer> {
    const model = new ModelServer();
    await new Promise<void>((resolve) => model.#server.listen(0, '127.0.0.1', resolve));
    return model;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/v1`;
  }

  script(prompt: string, steps: ScriptStep[]): void {
    this.#scripts.set(prompt, steps);
  }

  requestsFor(prompt: string): RequestBody[] {
    return this.requests.filter((body) => newestPrompt(body) === prompt);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #serve(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const url = request.url ?? '';
    if (url.includes('/models')) return sendJson(response, { object: 'list', data: [], models: [] });
    if (!url.includes('/responses')) return void response.writeHead(404).end('{}');
    const text = Buffer.concat(chunks).toString('utf8');
    // `codex doctor` knocks with an empty request
    if (text === '') return sendJson(response, {});
    const body = JSON.parse(text) as RequestBody;
    this.requests.push(body);
    sendEvents(response, `resp_${++this.#replies}`, this.#reply(body));
  }

  #reply(body: RequestBody): Record<string, unknown> {
    const prompt = newestPrompt(body);
    const outputs = outputsSince(body);
    const steps = this.#scripts.get(prompt) ?? [() => /^RUN ([^\n]+)/.exec(prompt)?.[1] ?? ''];
    const step = steps[outputs.length]?.(outputs);
    const id = `${Date.now()}_${this.#replies}`;
    if (typeof step === 'object') return 'image' in step ? madeImage(id, step) : toolCall(id, step, body);
    if (step) return shellCall(id, step, body);
    return { type: 'message', role: 'assistant', id: `msg_${id}`, content: [{ type: 'output_text', text: answerTo(prompt) }] };
  }
}

const madeImage = (id: string, { image }: MadeImage): Record<string, unknown> => ({
  type: 'image_generation_call',
  id: `ig_${id}`,
  status: 'completed',
  revised_prompt: 'a picture',
  result: image,
});

function toolCall(id: string, { tool, arguments: given }: ToolCall, body: RequestBody): Record<string, unknown> {
  const space = (body.tools ?? []).find(({ tools }) => tools?.some(({ name }) => name === tool));
  const call = { type: 'function_call', id: `fc_${id}`, call_id: `call_${id}`, name: tool, arguments: JSON.stringify(given) };
  return space ? { ...call, namespace: space.name } : call;
}

function shellCall(id: string, command: string, body: RequestBody): Record<string, unknown> {
  const call = { type: 'function_call', id: `fc_${id}`, call_id: `call_${id}` };
  // Codex names its shell tool by version and platform; a command may take longer than the tool's usual wait.
  const unified = (body.tools ?? []).some((tool) => tool.name === 'exec_command');
  return unified
    ? { ...call, name: 'exec_command', arguments: JSON.stringify({ cmd: command, yield_time_ms: 30_000 }) }
    : { ...call, name: 'shell_command', arguments: JSON.stringify({ command, timeout_ms: 60_000 }) };
}

function sendJson(response: http.ServerResponse, value: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}

function sendEvents(response: http.ServerResponse, id: string, item: Record<string, unknown>): void {
  const usage = { input_tokens: 10, input_tokens_details: null, output_tokens: 5, output_tokens_details: null, total_tokens: 15 };
  const events = [
    { type: 'response.created', response: { id } },
    { type: 'response.output_item.done', item },
    { type: 'response.completed', response: { id, usage } },
  ];
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  for (const event of events) response.write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
  response.end();
}
