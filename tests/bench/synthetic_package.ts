// Packages of any size with the line mix of a long paginated session: per turn a message, two commands with their output twice
// (once for the model, once for the interface), token counts, an answer.

import fs from 'node:fs';
import path from 'node:path';

export type SyntheticSession = { threadId: string; file: string };

const FOLDER = '/home/somebody/project';

export function threadId(index: number): string {
  return `01a1fd93-0000-7000-8000-${index.toString(16).padStart(12, '0')}`;
}

/** Writes a rollout of at least `bytes` bytes; continues an existing one when `from` is the next ordinal. Gives the next ordinal. */
export function writeRollout(file: string, id: string, bytes: number, from = 0): number {
  const handle = fs.openSync(file, 'a');
  let ordinal = from;
  let written = 0;
  let pending = '';
  const put = (type: string, payload: object): void => {
    const timestamp = new Date(1_790_000_000_000 + ordinal * 137).toISOString();
    pending += `${JSON.stringify({ timestamp, ordinal: ordinal++, type, payload })}\n`;
  };
  if (from === 0) put('session_meta', meta(id));
  for (let turn = from; written + pending.length < bytes; turn++) {
    putTurn(put, id, `turn-${turn}`, turn);
    if (pending.length > 1 << 20 || written + pending.length >= bytes) {
      written += fs.writeSync(handle, pending);
      pending = '';
    }
  }
  if (pending) fs.writeSync(handle, pending);
  fs.closeSync(handle);
  return ordinal;
}

const meta = (id: string): object => ({
  session_id: id,
  id,
  timestamp: '2026-09-21T14:13:20.000Z',
  cwd: FOLDER,
  runtime_workspace_roots: [FOLDER],
  originator: 'codex-tui',
  cli_version: '0.169.0',
  source: 'cli',
  model_provider: 'openai',
  base_instructions: { text: 'You are a coding agent. '.repeat(800) },
  history_mode: 'paginated',
  context_window: { window_id: id },
});

function putTurn(put: (type: string, payload: object) => void, id: string, turnId: string, seed: number): void {
  const item = (content: object): void =>
    put('event_msg', { type: 'item_completed', thread_id: id, turn_id: turnId, item: content, completed_at_ms: seed });
  put('event_msg', { type: 'task_started', turn_id: turnId, started_at: seed, model_context_window: 258400 });
  put('turn_context', {
    turn_id: turnId,
    cwd: FOLDER,
    approval_policy: 'on-request',
    model: 'gpt-5',
    sandbox_policy: { type: 'workspace-write', writable_roots: [FOLDER] },
  });
  put('response_item', {
    type: 'message',
    role: 'user',
    content: [{ type: 'input_text', text: `Question ${seed}: why does the build fail?` }],
  });
  item({ type: 'UserMessage', id: `u${seed}`, content: [{ type: 'text', text: `Question ${seed}: why does the build fail?` }] });
  for (let call = 0; call < 2; call++) {
    const output = outputText(seed + call);
    put('response_item', {
      type: 'reasoning',
      summary: [],
      encrypted_content: Buffer.from(output.slice(0, 900)).toString('base64'),
    });
    put('response_item', {
      type: 'function_call',
      name: 'exec_command',
      arguments: '{"cmd":"npm run build"}',
      call_id: `call_${seed}_${call}`,
    });
    item({
      type: 'CommandExecution',
      id: `call_${seed}_${call}`,
      command: ['/bin/bash', '-lc', 'npm run build'],
      cwd: `file://${FOLDER}`,
      aggregated_output: output,
      exit_code: 0,
    });
    put('response_item', { type: 'function_call_output', call_id: `call_${seed}_${call}`, output });
    put('event_msg', {
      type: 'token_count',
      info: {
        total_token_usage: { input_tokens: seed, cached_input_tokens: 0, output_tokens: seed },
        model_context_window: 258400,
      },
    });
  }
  put('response_item', {
    type: 'message',
    role: 'assistant',
    content: [{ type: 'output_text', text: `Answer ${seed}: the import in src/index.ts is missing.` }],
  });
  put('event_msg', { type: 'task_complete', turn_id: turnId, last_agent_message: `Answer ${seed}` });
}

/** Some 3 KB of compiler-like text with quotes and newlines in it, so that strings hold escapes. */
function outputText(seed: number): string {
  let text = '';
  for (let line = 0; line < 32; line++)
    text += `src/module_${(seed * 31 + line) % 977}.ts(${line},${seed % 80}): error TS2304: Cannot find name "value_${seed}_${line}".\n`;
  return text;
}

/** A package folder around rollouts that exist already in its `sessions/`. */
export function writePackage(folder: string, sessions: SyntheticSession[]): void {
  fs.mkdirSync(path.join(folder, 'metadata'), { recursive: true });
  fs.mkdirSync(path.join(folder, 'skeleton'), { recursive: true });
  const rows = sessions.map(({ threadId: id, file }) => ({
    id,
    rollout_path: `/home/somebody/.codex/sessions/2026/09/21/${path.basename(file)}`,
    created_at: 1_790_000_000,
    updated_at: 1_790_000_000,
    source: 'cli',
    model_provider: 'openai',
    cwd: FOLDER,
    title: 'why does the build fail',
    first_user_message: 'why does the build fail',
    sandbox_policy: '{"type":"read-only"}',
    approval_mode: 'on-request',
  }));
  fs.writeFileSync(path.join(folder, 'metadata', 'threads.jsonl'), rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  fs.writeFileSync(path.join(folder, 'skeleton', 'required-directories.json'), JSON.stringify([FOLDER]));
  const manifest = {
    format_version: 1,
    package_kind: 'session-skill-package',
    minimum_working_set_only: true,
    thread_ids: sessions.map((session) => session.threadId),
  };
  fs.writeFileSync(path.join(folder, 'package_manifest.json'), JSON.stringify(manifest));
}

export const rolloutName = (id: string): string => `rollout-2026-09-21T14-13-20-${id}.jsonl`;
