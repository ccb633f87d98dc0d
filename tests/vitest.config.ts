import { existsSync } from 'node:fs';
import { defineConfig } from 'vitest/config';

// Homes of tests lie in memory where the system has a folder for that: then an fsync costs nothing. What the power takes is played, not waited for.
if (existsSync('/dev/shm')) process.env.TMPDIR ??= '/dev/shm';

/** Rooms whose tests leave nothing behind in their process: they share one, and load the product once. */
const SHARED = ['domain', 'planning', 'adapters'].map((room) => `tests/${room}/**/*.test.ts`);

/** What cannot be on Windows is skipped there, with its reason. */
const setupFiles = process.platform === 'win32' ? ['tests/windows/skip_cannot.ts'] : [];

const all = { root: '.', testTimeout: 120_000, setupFiles };

export default defineConfig({
  test: {
    maxWorkers: 2,
    projects: [
      { test: { ...all, name: 'shared', include: SHARED, isolate: false } },
      {
        test: {
          ...all,
          name: 'own',
          include: ['tests/**/*.test.ts'],
          exclude: [...SHARED, 'tests/real-codex/**', 'tests/windows/**'],
        },
      },
    ],
  },
});
