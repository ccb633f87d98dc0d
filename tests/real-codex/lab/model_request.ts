type Part = { text?: string };
type RequestItem = { type: string; role?: string; content?: Part[]; output?: string | Part[] };
export type RequestBody = {
  input?: RequestItem[];
  tools?: { name?: string; tools?: { name?: string }[] }[];
  prompt_cache_key?: string;
};

/** What the model says about a prompt once it has run what the prompt asks for. */
export const answerTo = (prompt: string): string => `answer to <${prompt.slice(0, 80)}>`;

const textOf = (item: RequestItem): string => (item.content ?? []).map((part) => part.text ?? '').join(' ');

/** Instructions and environment contexts reach the model as user messages too, but nobody typed them. */
const isPrompt = (item: RequestItem): boolean =>
  item.type === 'message' && item.role === 'user' && !/^(<|# AGENTS\.md)/.test(textOf(item));

const outputOf = ({ output = '' }: RequestItem): string =>
  typeof output === 'string' ? output : output.map((part) => part.text ?? '').join('\n');

/** What the command itself printed last, without what Codex puts around it. */
const lastLine = (output: string): string => output.trimEnd().split('\n').at(-1) ?? '';

export function newestPrompt(body: RequestBody): string {
  const prompt = (body.input ?? []).findLast(isPrompt);
  return prompt === undefined ? '' : textOf(prompt);
}

/** What the tool calls since the newest prompt printed. */
export function outputsSince(body: RequestBody): string[] {
  const input = body.input ?? [];
  return input
    .slice(input.findLastIndex(isPrompt) + 1)
    .filter((item) => item.type === 'function_call_output')
    .map(outputOf);
}

/** The conversation that a request carries, in a form that a test can write down. */
export function conversationOf(body: RequestBody): string[] {
  return (body.input ?? []).flatMap((item) => {
    if (isPrompt(item)) return [`user: ${textOf(item)}`];
    if (item.type === 'function_call_output') return [`tool: ${lastLine(outputOf(item))}`];
    return item.type === 'message' && item.role === 'assistant' ? [`model: ${textOf(item)}`] : [];
  });
}

/** The same form, from the prompts of a conversation alone; commands are `RUN echo …` here. */
export function conversationFrom(prompts: readonly string[]): string[] {
  return prompts.flatMap((prompt) => {
    const echoed = /^RUN echo (.+)/.exec(prompt)?.[1];
    return [`user: ${prompt}`, ...(echoed === undefined ? [] : [`tool: ${echoed}`]), `model: ${answerTo(prompt)}`];
  });
}
