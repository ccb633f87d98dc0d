import { afterAll, beforeAll, describe, expect } from 'vitest';
import { chapters } from '../lab/chapters.ts';
import type { CodexVersion } from '../lab/codex_versions.ts';
import { digestOf } from '../lab/home_snapshot.ts';
import { Lab } from '../lab/lab.ts';
import { codexKnows } from '../lab/oracle.ts';
import { converse, goOn, rolloutOf, rolloutsOf } from '../lab/sessions.ts';
import { packAll, sessionIn, syncCli, syncCliOk } from '../lab/sync_cli.ts';
import { TwoMachines } from './two_machines.ts';

/** The main job, told with one Codex version on both sides; after every step real Codex is asked. */
export function tellMainStory(version: CodexVersion): void {
  describe(`with Codex ${version}`, () => {
    const chapter = chapters();
    let lab: Lab;
    let machines: TwoMachines;
    let threadId: string;
    let asideId: string;
    let branchId: string;
    const packages: string[] = [];

    const begun = ['first question', 'RUN echo two', 'third'];
    const onward = [...begun, 'RUN echo fourth'];
    const onA = [...onward, 'fifth, on A'];
    const onB = [...onward, 'RUN echo fifth-on-B'];
    const furtherOnA = [...onA, 'RUN echo sixth-on-A'];
    const aside = () => ({ threadId: asideId, prompts: ['an aside'] });
    const local = (prompts: string[]) => ({ threadId, prompts });
    const branch = (prompts: string[]) => ({ threadId: branchId, prompts });

    const pack = async (): Promise<string> => {
      packages.push(await packAll(machines.a, `package-${packages.length + 1}`));
      return packages.at(-1)!;
    };
    const localDigest = async (): Promise<string> => digestOf(await rolloutOf(machines.b, threadId));

    beforeAll(async () => {
      lab = await Lab.open();
      machines = await TwoMachines.meet(lab, version);
      threadId = await converse(machines.a, machines.folderA, begun);
      asideId = await converse(machines.a, machines.folderA, ['an aside']);
    });
    afterAll(() => lab.close());

    chapter('a look at a package and a dry run write nothing', async () => {
      await pack();
      for (const command of ['inspect-package', 'sync']) {
        const report = await machines.expectNothingWritten(() =>
          syncCliOk(machines.b, [command, packages[0]!, ...machines.mapping]),
        );
        expect(report.summary).toMatchObject({ new_lineage: 2 });
        expect(sessionIn(report, threadId).cwd).toMatchObject({ source: machines.folderA, local: machines.folderB });
      }
    });

    chapter('a session that arrives for the first time is whole under its own id', async () => {
      const report = await machines.syncOk(packages[0]!);
      expect(sessionIn(report, threadId)).toMatchObject({ classification: 'new_lineage', local_thread_id: threadId });
      await machines.expectWholeOnB(local(begun), aside());
    });

    chapter('its rollback leaves no trace of it', async () => {
      await machines.rollBackLatest();
      expect(await rolloutsOf(machines.b, threadId)).toEqual([]);
      expect(await codexKnows(machines.b, threadId)).toBe(false);
      await machines.expectWholeOnB();
      await machines.syncOk(packages[0]!);
      await machines.expectWholeOnB(local(begun), aside());
    });

    chapter('the same package again changes nothing', async () => {
      const report = await machines.expectNothingWritten(() => machines.syncOk(packages[0]!));
      expect(report.summary).toMatchObject({ unchanged: 2 });
    });

    chapter('what A went on with is appended', async () => {
      await goOn(machines.a, threadId, onward.slice(begun.length));
      const report = await machines.syncOk(await pack());
      expect(sessionIn(report, threadId)).toMatchObject({ classification: 'fast_forward_import', local_thread_id: threadId });
      expect(sessionIn(report, asideId)).toMatchObject({ classification: 'unchanged' });
      await machines.expectWholeOnB(local(onward), aside());
    });

    chapter('an older package takes nothing back', async () => {
      const report = await machines.expectNothingWritten(() => machines.syncOk(packages[0]!));
      expect(report.summary).toMatchObject({ unchanged: 2 });
    });

    chapter('the rollback of an append gives the shorter session back, and the package still applies', async () => {
      await machines.rollBackLatest();
      await machines.expectWholeOnB(local(begun), aside());
      await machines.syncOk(packages[1]!);
      await machines.expectWholeOnB(local(onward), aside());
    });

    chapter('when both sides went on, the incoming side becomes a branch beside the untouched local session', async () => {
      await goOn(machines.a, threadId, onA.slice(onward.length));
      await goOn(machines.b, threadId, onB.slice(onward.length));
      const before = await localDigest();
      const report = sessionIn(await machines.syncOk(await pack()), threadId);
      expect(report).toMatchObject({ classification: 'diverged_lineage', action: 'branch' });
      branchId = report.local_thread_id!;
      expect(branchId).not.toBe(threadId);
      expect(await localDigest()).toBe(before);
      const proofs = await machines.expectWholeOnB(local(onB), branch(onA), aside());
      expect(proofs[1]?.name, 'a person must tell the two apart in the picker').toBeTruthy();
      expect(proofs[1]?.name).not.toBe(proofs[0]?.name);
    });

    chapter('the package that made the branch changes nothing when it comes again', async () => {
      const report = await machines.expectNothingWritten(() => machines.syncOk(packages[2]!));
      expect(report.summary).toMatchObject({ unchanged: 2 });
    });

    chapter('what A goes on with grows the branch and leaves the local session untouched', async () => {
      await goOn(machines.a, threadId, furtherOnA.slice(onA.length));
      const before = await localDigest();
      const report = sessionIn(await machines.syncOk(await pack()), threadId);
      expect(report).toMatchObject({ classification: 'fast_forward_import', local_thread_id: branchId });
      expect(await localDigest()).toBe(before);
      await machines.expectWholeOnB(local(onB), branch(furtherOnA), aside());
    });

    chapter('the rollbacks of the grown and of the new branch leave the local session untouched', async () => {
      const before = await localDigest();
      await machines.rollBackLatest();
      await machines.expectWholeOnB(local(onB), branch(onA), aside());
      await machines.rollBackLatest();
      expect(await codexKnows(machines.b, branchId)).toBe(false);
      expect(await localDigest()).toBe(before);
      await machines.expectWholeOnB(local(onB), aside());
    });

    chapter('an append that the user went on from is not rolled back', async () => {
      const before = await localDigest();
      const refused = await syncCli(machines.b, ['rollback', '--latest', '--execute']);
      expect(refused.exitCode).toBe(5);
      expect(refused.stdout).toContain(threadId);
      expect(await localDigest()).toBe(before);
      await machines.expectWholeOnB(local(onB), aside());
    });

    chapter('after all that the newest package still arrives', async () => {
      const report = sessionIn(await machines.syncOk(packages.at(-1)!), threadId);
      expect(report.classification).toBe('diverged_lineage');
      branchId = report.local_thread_id!;
      await machines.expectWholeOnB(local(onB), branch(furtherOnA), aside());
    });
  });
}
