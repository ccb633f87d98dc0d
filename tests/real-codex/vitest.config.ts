import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

// Every test starts several real Codex processes, so two files at a time are enough for a small machine,
// and the limits are only there to end a run that hangs: no test asserts a duration.
export default defineConfig({
  test: {
    root: fileURLToPath(new URL('.', import.meta.url)),
    include: ['*.test.ts'],
    globalSetup: ['lab/global_setup.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 300_000,
    hookTimeout: 120_000,
  },
});
