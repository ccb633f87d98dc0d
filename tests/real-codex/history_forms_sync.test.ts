import { expect, test } from 'vitest';
import { newest } from './lab/codex_versions.ts';
import { doctorComplaints } from './lab/doctor.ts';
import { expectWhole } from './lab/expectations.ts';
import { inLab } from './lab/lab.ts';
import { migrateRollouts } from './lab/migration.ts';
import { converse, goOn } from './lab/sessions.ts';
import { packAll, sessionIn, syncCliOk } from './lab/sync_cli.ts';
import { TwoMachines } from './stories/two_machines.ts';

const prompts = ['first question', 'RUN echo two'];

test.each(['0.117.0', '0.145.0'] as const)(
  'a paginated session converted down is whole in a home of Codex %s, goes on there in that form, and comes back',
  (version) =>
    inLab(async (lab) => {
      const machines = await TwoMachines.meet(lab, newest, version);
      const complaints = await doctorComplaints(machines.a);
      const threadId = await converse(machines.a, machines.folderA, prompts);
      const first = await packAll(machines.a, 'first');
      const seen = await syncCliOk(machines.b, ['inspect-package', first, ...machines.mapping]);
      expect(sessionIn(seen, threadId).warnings).toContainEqual(expect.stringContaining('--convert-history legacy'));
      const created = await machines.syncOk(first, '--convert-history', 'legacy');
      expect(sessionIn(created, threadId).classification).toBe('new_lineage');
      await machines.expectWholeOnB({ threadId, prompts });

      await goOn(machines.a, threadId, ['third']);
      const second = await packAll(machines.a, 'second');
      expect(sessionIn(await machines.syncOk(second), threadId).classification).toBe('fast_forward_import');
      await machines.expectWholeOnB({ threadId, prompts: [...prompts, 'third'] });
      await machines.expectNothingWritten(() => machines.syncOk(second));
      await machines.rollBackLatest();
      await machines.expectWholeOnB({ threadId, prompts });

      await machines.syncOk(second);
      await goOn(machines.b, threadId, ['fourth, by the other version']);
      const home = ['--map-path', `${machines.folderB}=${machines.folderA}`];
      const back = await syncCliOk(machines.a, ['sync', await packAll(machines.b, 'back'), '--execute', ...home]);
      const returned = sessionIn(back, threadId);
      expect(returned).toMatchObject({ classification: 'diverged_lineage', reason: expect.stringMatching(/^format_migration/) });
      const branch = { threadId: returned.local_thread_id!, prompts: [...prompts, 'third', 'fourth, by the other version'] };
      await expectWhole(lab, machines.a, machines.folderA, [{ threadId, prompts: [...prompts, 'third'] }, branch], complaints);
    }),
);

test('a session that one side migrated is one conversation on both', () =>
  inLab(async (lab) => {
    const machines = await TwoMachines.meet(lab, '0.145.0', '0.169.0');
    const complaints = await doctorComplaints(machines.a);
    const home = ['--map-path', `${machines.folderB}=${machines.folderA}`];
    const threadId = await converse(machines.a, machines.folderA, prompts);
    const legacy = await packAll(machines.a, 'legacy');
    await machines.syncOk(legacy);
    expect(await migrateRollouts(machines.b)).toEqual({ [threadId]: 'migrated' });
    const isMigration = { classification: 'unchanged', reason: expect.stringMatching(/^format_migration/) };
    expect(sessionIn(await machines.syncOk(legacy), threadId)).toMatchObject(isMigration);
    await machines.expectNothingWritten(() => machines.syncOk(legacy));
    const migrated = await syncCliOk(machines.a, ['sync', await packAll(machines.b, 'migrated'), '--execute', ...home]);
    expect(sessionIn(migrated, threadId)).toMatchObject(isMigration);

    await goOn(machines.b, threadId, ['third, by the other version']);
    const longer = [...prompts, 'third, by the other version'];
    const grown = await syncCliOk(machines.a, ['sync', await packAll(machines.b, 'grown'), '--execute', ...home]);
    expect(sessionIn(grown, threadId)).toMatchObject({
      classification: 'fast_forward_import',
      reason: expect.stringMatching(/^format_migration/),
    });
    await expectWhole(lab, machines.a, machines.folderA, [{ threadId, prompts: longer }], complaints);

    await goOn(machines.a, threadId, ['fourth']);
    const branched = sessionIn(await machines.syncOk(await packAll(machines.a, 'legacy and longer')), threadId);
    expect(branched).toMatchObject({ classification: 'diverged_lineage', reason: expect.stringMatching(/^format_migration/) });
    const branch = { threadId: branched.local_thread_id!, prompts: [...longer, 'fourth'] };
    await machines.expectWholeOnB({ threadId, prompts: longer }, branch);
  }));
