import { defineConfig } from 'vitest/config';

// What `.ci/windows` runs of tests/, in a few minutes. The rest fails at every call in turn or tries many histories: slow under Wine, and the
// same code on every system. `npm test` on Windows runs that as well. `upgrade` needs tar, which Windows has and Wine has not.
const elsewhere = [
  'adapters/{lines/zstd_file,rollout/transcript_cache}',
  'cli/{commands,only_where_asked,text_output,watch}',
  'commands/{archives,clocks,compressed,derive_sidecar,divergence_policies,exchange,first_lines,hot_databases,hot_home,journals_of_any_shape,numbers,odd_lines,prune_journal,relocate,sidecar_health,skills,upgrade}',
  'transaction/{*_fails,*_fail,{packup,sidecar}_kills,blocked_recovery,locked_databases}',
];

const testsOf = (...rooms: string[]): string[] => rooms.map((room) => `tests/${room}/**/*.test.ts`);

const all = {
  root: '.',
  exclude: elsewhere.map((name) => `tests/${name}.test.ts`),
  setupFiles: ['tests/windows/skip_cannot.ts'],
  testTimeout: 120_000,
};

// A process takes one to three seconds to start under Wine, so rooms whose tests leave nothing behind share one, as in ../vitest.config.ts.
export default defineConfig({
  test: {
    maxWorkers: 2,
    projects: [
      { test: { ...all, name: 'shared', include: testsOf('domain', 'adapters'), isolate: false } },
      { test: { ...all, name: 'own', include: testsOf('transaction', 'commands', 'cli') } },
    ],
  },
});
