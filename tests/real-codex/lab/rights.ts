import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { CodexAppServer } from './codex_app_server.ts';
import type { Machine } from './codex_home.ts';

/** Rights as a configuration spells them; a lab's machine is careless unless somebody says otherwise. */
export const careful = { approval_policy: 'on-request', sandbox_mode: 'workspace-write' };

export async function allow(machine: Machine, rights: Record<string, string>): Promise<void> {
  const file = path.join(machine.codexHome, 'config.toml');
  const others = (await readFile(file, 'utf8')).replace(/^(approval_policy|sandbox_mode) = .*\n/gm, '');
  const lines = Object.entries(rights).map(([key, value]) => `${key} = ${JSON.stringify(value)}\n`);
  await writeFile(file, lines.join('') + others);
}

export type Resumed = { approval: unknown; reviewer: string; sandbox: string; roots: string[]; network: boolean };

type Answer = {
  approvalPolicy: unknown;
  approvalsReviewer: string;
  sandbox: { type: string; writableRoots?: string[]; networkAccess?: boolean };
};

/** The rights that Codex gives a thread, as `thread/start` or `thread/resume` answers. */
export async function rightsOf(codex: CodexAppServer, method: string, params: Record<string, unknown>): Promise<Resumed> {
  const { approvalPolicy, approvalsReviewer, sandbox } = await codex.request<Answer>(method, params);
  const { type, writableRoots = [], networkAccess = false } = sandbox;
  return { approval: approvalPolicy, reviewer: approvalsReviewer, sandbox: type, roots: writableRoots, network: networkAccess };
}
