import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const ENTRY = fileURLToPath(new URL('../../scripts/codex-session-sync.cjs', import.meta.url));
const MAPPED = '/home/somebody/project=/home/me/project';

/** Wall seconds and peak memory (MiB) of a whole process; a failing one ends the benchmark. */
export function measure(command: string, args: string[]): { seconds: number; mebibytes: number } {
  const started = performance.now();
  const { status, stderr } = spawnSync('/usr/bin/env', ['time', '-f', '%M', command, ...args], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  const seconds = (performance.now() - started) / 1000;
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: exit ${status}\n${stderr}`);
  return { seconds, mebibytes: Number(stderr.trim().split('\n').at(-1)) / 1024 };
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
  return home;
}
