import { existsSync } from 'node:fs';
import { mkdir, rmdir } from 'node:fs/promises';
import { codexBinary, codexVersions } from './codex_versions.ts';
import { homesFolder } from './places.ts';

export async function setup(): Promise<void> {
  const missing = codexVersions.filter((version) => !existsSync(codexBinary(version)));
  if (missing.length > 0) {
    throw new Error(`Codex ${missing.join(', ')} not installed. Run: npm ci --prefix tests/real-codex`);
  }
  await mkdir(homesFolder, { recursive: true });
}

export async function teardown(): Promise<void> {
  // Each lab removes its own homes; the folder stays if another run still uses it.
  await rmdir(homesFolder).catch(() => undefined);
}
