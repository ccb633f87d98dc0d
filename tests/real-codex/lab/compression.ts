import { appendFile, rm, utimes } from 'node:fs/promises';
import path from 'node:path';
import { withCodex } from './codex_app_server.ts';
import type { Machine } from './codex_home.ts';
import { digestOf } from './home_snapshot.ts';

const aWeekAndADay = 8 * 24 * 60 * 60 * 1000;
const withinMs = 30_000;

/** From now on every start of this machine's Codex may compress what nobody has touched for a week (0.145 to 0.169). */
export async function allowCompression(machine: Machine): Promise<void> {
  await appendFile(path.join(machine.codexHome, 'config.toml'), '\n[features]\nlocal_thread_store_compression = true\n');
}

/** Makes a rollout old and lets Codex compress it. Gives the compressed file. */
export async function letCodexCompress(machine: Machine, rollout: string): Promise<string> {
  const old = new Date(Date.now() - aWeekAndADay);
  await utimes(rollout, old, old);
  // Codex does it every six hours at most, and goes by the age of this file.
  await rm(path.join(machine.codexHome, '.tmp', 'rollout-compression.lock'), { force: true });
  await withCodex(machine, () => untilGone(rollout));
  return `${rollout}.zst`;
}

/** The compressed file is there whole before the plain one goes. */
async function untilGone(rollout: string): Promise<void> {
  for (const started = Date.now(); Date.now() - started < withinMs; ) {
    if ((await digestOf(rollout).catch(() => null)) === null) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`Codex did not compress ${rollout}`);
}
