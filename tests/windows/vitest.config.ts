import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { homesFolder } from '../real-codex/lab/places.ts';

mkdirSync(homesFolder, { recursive: true });

// Under Windows' Node the stories on codex.exe; on Linux the story between the two.
const include =
  process.platform === 'win32'
    ? ['windows/{story,locks,holders,open_files,places}.test.ts', 'real-codex/main_story_{0.145.0,newest}.test.ts']
    : ['windows/across.test.ts'];

export default defineConfig({
  test: {
    root: fileURLToPath(new URL('..', import.meta.url)),
    include,
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 300_000,
    hookTimeout: 120_000,
  },
});
