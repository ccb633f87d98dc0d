import { execFile } from 'node:child_process';
import type { Machine } from './codex_home.ts';
import { codexCommand, hasDoctor } from './codex_versions.ts';

type Check = { id: string; status: string; details: Record<string, string> };

/**
 * What `codex doctor` has to complain about, one string per complaint. Compare two of them as sets: what a machine has
 * anyway (an update is out, npm is somewhere else) is on both sides.
 */
export async function doctorComplaints(machine: Machine): Promise<string[]> {
  if (!hasDoctor(machine.version)) return [];
  const report = JSON.parse(await runDoctor(machine)) as { checks: Record<string, Check> };
  return Object.values(report.checks).flatMap(complaintsOf).sort();
}

export const newComplaints = (before: readonly string[], after: readonly string[]): string[] =>
  after.filter((complaint) => !before.includes(complaint));

function complaintsOf(check: Check): string[] {
  const unwell = check.status === 'ok' ? [] : [`${check.id}: ${check.status}`];
  return [
    ...unwell,
    ...Object.entries(check.details)
      .filter(isTrouble)
      .map(([name, value]) => `${check.id}: ${name} = ${value}`),
  ];
}

/** The parity check counts what is wrong between rollouts and rows; a count that is not zero is trouble even under an "ok". */
function isTrouble([name, value]: [string, string]): boolean {
  if (/(missing|stale|mismatches|duplicate|malformed|scan errors)/.test(name)) return value !== '0';
  return name.endsWith('integrity') && value !== 'ok' && !value.startsWith('skipped');
}

function runDoctor(machine: Machine): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { cwd: machine.codexHome, env: machine.environment, maxBuffer: 1 << 24 };
    const [program, args] = codexCommand(machine.codexBin, 'doctor', '--json');
    // It exits with an error when it has a complaint of any kind; only an empty answer is a failure here.
    const child = execFile(program, args, options, (error, stdout) => {
      if (stdout.trim() === '') reject(error ?? new Error('codex doctor said nothing'));
      else resolve(stdout);
    });
    child.stdin?.end();
  });
}
