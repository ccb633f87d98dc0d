import { execFile, spawn } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Machine } from './codex_home.ts';
import { repositoryFolder } from './places.ts';

/** The part of the `--json` reports that the proofs look at; see references/cli-shape.md for all of it. */
export type SessionReport = {
  thread_id: string;
  title: string;
  classification: string;
  action: string;
  reason: string;
  local_thread_id: string | null;
  rollout_path?: string;
  cwd: { source: string; local: string; rule: string; exists: boolean };
  warnings: unknown[];
};
export type Report = {
  kind: string;
  schema_version: number;
  plan_digest: string;
  transaction_id?: string;
  sessions: SessionReport[];
  summary: Record<string, number>;
  warnings: unknown[];
};
export type Answer = { exitCode: number; report: Report; stdout: string; stderr: string };

const cliEntry = path.join('scripts', 'sync_session_skill_package.ts');

/** Runs one command of ours on a machine, from a shell that is not inside a Codex unless `environment` says so. */
export async function syncCli(machine: Machine, args: readonly string[], environment: NodeJS.ProcessEnv = {}): Promise<Answer> {
  const homes = ['--codex-home', machine.codexHome, '--user-home', machine.userHome, '--json'];
  const child = spawn(process.execPath, ['--import', 'tsx', cliEntry, ...args, ...homes], {
    cwd: repositoryFolder,
    env: { ...machine.environment, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (data: string) => {
    output.stdout += data;
  });
  child.stderr.setEncoding('utf8').on('data', (data: string) => {
    output.stderr += data;
  });
  const exitCode = await new Promise<number>((resolve, reject) =>
    child.once('error', reject).once('close', (code) => resolve(code ?? -1)),
  );
  return { exitCode, report: parseReport(args, output), ...output };
}

/** For a step that must succeed before the test can go on. */
export async function syncCliOk(machine: Machine, args: readonly string[], environment?: NodeJS.ProcessEnv): Promise<Report> {
  const { exitCode, report, stdout, stderr } = await syncCli(machine, args, environment);
  if (exitCode !== 0) throw new Error(`${args.join(' ')} exited with ${exitCode}\n${stdout}\n${stderr}`);
  return report;
}

/** Packs every session of a machine into a new folder beside its homes. */
export const packAll = async (machine: Machine, name: string): Promise<string> => (await pack(machine, name, '--all')).folder;

/** The folder as people send it. */
export async function archive(folder: string): Promise<string> {
  await promisify(execFile)('tar', ['-czf', `${folder}.tar.gz`, '-C', path.dirname(folder), path.basename(folder)]);
  return `${folder}.tar.gz`;
}

/** The same for what the flags choose, with what the command said about it. */
export async function pack(machine: Machine, name: string, ...flags: string[]): Promise<{ folder: string; report: Report }> {
  const folder = path.join(machine.root, 'packages', name);
  return { folder, report: await syncCliOk(machine, ['packup', ...flags, '--output', folder]) };
}

export function sessionIn(report: Report, threadId: string): SessionReport {
  const found = report.sessions.find((session) => session.thread_id === threadId);
  if (found === undefined) throw new Error(`no session ${threadId} in the report`);
  return found;
}

function parseReport(args: readonly string[], { stdout, stderr }: { stdout: string; stderr: string }): Report {
  try {
    return JSON.parse(stdout) as Report;
  } catch {
    throw new Error(`${args.join(' ')} printed no single JSON object:\n${stdout}\n${stderr}`);
  }
}
