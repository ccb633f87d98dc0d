import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    root: '.',
    include: ['tests/**/*.test.ts'],
    exclude: ['tests/real-codex/**', 'tests/windows/**', '**/node_modules/**'],
    setupFiles: process.platform === 'win32' ? ['tests/windows/skip_cannot.ts'] : [],
    maxWorkers: 2,
    testTimeout: 120_000,
  },
});
