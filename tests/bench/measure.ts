import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const ENTRY = fileURLToPath(new URL('../../scripts/codex-session-sync.cjs', import.meta.url));
const MAPPED = '/home/somebody/project=/home/me/project';

/** `cpu`: seconds of processor time, its own and the kernel's for it, which a busy machine changes less than those on the wall. */
export type Measured = { seconds: number; cpu: number; mebibytes: number };

/** Seconds and peak memory (MiB) of a whole process; one that ends with another code than those `allowed` ends the benchmark. */
export function measure(command: string, args: string[], allowed: number[] = [0]): Measured {
  const started = performance.now();
  const { status, stderr } = spawnSync('/usr/bin/env', ['time', '-f', '%M %U %S', command, ...args], {
    encoding: 'utf8',
    maxBuffer: 1 << 30,
  });
  const seconds = (performance.now() - started) / 1000;
  if (!allowed.includes(status ?? -1)) throw new Error(`${command} ${args.join(' ')}: exit ${status}\n${stderr}`);
  const [kibibytes = 0, user = 0, system = 0] = (stderr.trim().split('\n').at(-1) ?? '').split(' ').map(Number);
  return { seconds, cpu: user + system, mebibytes: kibibytes / 1024 };
}

export const measureSync = (home: string, folder: string, extra: string[] = ['--execute']) =>
  measure(process.execPath, [
    ENTRY,
    'sync',
    folder,
    '--codex-home',
    home,
    '--user-home',
    home,
    '--map-path',
    MAPPED,
    '--json',
    '--quiet',
    ...extra,
  ]);

export const median = (values: number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] as number;

/** Runs in a folder of its own on the same disk, and removes it. `CODEX_SYNC_BENCH_DIR` chooses the disk. */
export function inWorkFolder(work: (folder: string) => void): void {
  const folder = fs.mkdtempSync(path.join(process.env.CODEX_SYNC_BENCH_DIR ?? os.tmpdir(), 'codex-session-sync-bench-'));
  try {
    work(folder);
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

export function newHome(folder: string, name: string): string {
  const home = path.join(folder, name);
  fs.mkdirSync(home);
  fs.writeFileSync(path.join(home, 'config.toml'), '');
  return home;
}
