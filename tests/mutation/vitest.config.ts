import { defineConfig } from 'vitest/config';

const TESTS: Record<string, string[]> = {
  domain: ['tests/domain/*.test.ts'],
  domain_wide: ['tests/{planning,commands,cli}/*.test.ts', 'tests/adapters/{package,session}_*.test.ts'],
  transaction: [
    'tests/transaction/{blocked_recovery,commit_point,foreign_changes,free_space,undo_fails}.test.ts',
    'tests/commands/{rollback,sync,compressed}.test.ts',
    'tests/planning/attachments.test.ts',
  ],
  transaction_wide: [
    'tests/transaction/{blocked_recovery,commit_point,foreign_changes,free_space,thread_locks,undo_fails}.test.ts',
    'tests/commands/{rollback,sync,compressed}.test.ts',
    'tests/commands/{derive_sidecar,sidecar_health,skills}.test.ts',
    'tests/planning/{attachments,chains,deleted_locally,history_forms,sub_agent_trees,two_of_one_lineage}.test.ts',
  ],
};
const tests = process.env.TESTS ?? process.env.LAYER ?? 'domain';

export default defineConfig({
  test: {
    root: '.',
    include: TESTS[tests] as string[],
    // A thread cannot change its time zone; a mutant lives in one process alone.
    exclude: [
      'tests/domain/ids/rollout_name.test.ts',
      'tests/commands/{two_at_once,without_koffi,prune_journal}.test.ts',
      'tests/cli/extension_points.test.ts',
      'tests/transaction/*_kills.test.ts',
    ],
    setupFiles: tests === 'domain' ? ['tests/mutation/setup.ts'] : [],
    testTimeout: 120_000,
  },
});
