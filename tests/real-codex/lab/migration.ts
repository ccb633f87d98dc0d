import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Machine } from './codex_home.ts';
import { codexCommand } from './codex_versions.ts';

const run = promisify(execFile);

/** `codex migrate-rollouts --apply` (0.148 on): makes paginated rollouts of the legacy ones in a home. Gives the status of each thread. */
export async function migrateRollouts(machine: Machine): Promise<{ [threadId: string]: string }> {
  const [program, args] = codexCommand(machine.codexBin, 'migrate-rollouts', '--apply', '--json');
  const { stdout } = await run(program, args, { cwd: machine.codexHome, env: machine.environment });
  const { outcomes } = JSON.parse(stdout) as { outcomes: { thread_id: string; status: string }[] };
  return Object.fromEntries(outcomes.map((outcome) => [outcome.thread_id, outcome.status]));
}
