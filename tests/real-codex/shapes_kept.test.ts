import { expect, test } from 'vitest';
import { newest } from './lab/codex_versions.ts';
import { inLab } from './lab/lab.ts';
import { askCodex } from './lab/oracle.ts';
import { converse, goOn } from './lab/sessions.ts';
import { archive, compact, fork, rename } from './lab/shapes.ts';
import { packAll, sessionIn } from './lab/sync_cli.ts';
import { TwoMachines } from './stories/two_machines.ts';

const versions = ['0.145.0', '0.153.4', '0.160.1', newest] as const;
const begun = ['first question', 'RUN echo two'];

test.each(versions)('a compacted session arrives, grows and goes back with the context that A has, with Codex %s', (version) =>
  inLab(async (lab) => {
    const machines = await TwoMachines.meet(lab, version);
    const threadId = await converse(machines.a, machines.folderA, begun);
    await compact(machines.a, threadId);
    /** The compaction is a turn in which nobody typed anything. */
    const asOnA = async (...after: string[]) => {
      const [proof] = await askCodex(machines.a, lab.model, machines.folderA, [threadId]);
      const { history } = proof!.nextTurn as { history: string[] };
      expect(history).not.toContain('tool: two');
      return { threadId, prompts: [...begun, '', ...after], history };
    };
    await goOn(machines.a, threadId, ['after the compaction']);
    const before = await asOnA('after the compaction');
    await machines.syncOk(await packAll(machines.a, 'first'));
    await machines.expectWholeOnB(before);

    await compact(machines.a, threadId);
    await goOn(machines.a, threadId, ['RUN echo after-the-second']);
    const second = await machines.syncOk(await packAll(machines.a, 'second'));
    expect(sessionIn(second, threadId)).toMatchObject({ classification: 'fast_forward_import' });
    await machines.expectWholeOnB(await asOnA('after the compaction', '', 'RUN echo after-the-second'));
    await machines.rollBackLatest();
    await machines.expectWholeOnB(before);
  }),
);

test.each(['0.153.4', '0.160.1', newest] as const)(
  'an archived session arrives archived and whole, the name of its fork follows A and goes back, with Codex %s',
  (version) =>
    inLab(async (lab) => {
      const machines = await TwoMachines.meet(lab, version);
      const threadId = await converse(machines.a, machines.folderA, begun, 'First name');
      const child = await fork(machines.a, threadId, { prompts: ['in the fork'] });
      await archive(machines.a, threadId);
      await machines.syncOk(await packAll(machines.a, 'first'));
      await machines.expectArchivedOnB({ threadId, prompts: begun });
      const named = { threadId: child, prompts: [...begun, 'in the fork'], name: 'First name' };
      await machines.expectWholeOnB(named);

      await rename(machines.a, child, 'Second name');
      await goOn(machines.a, child, ['onward']);
      await machines.syncOk(await packAll(machines.a, 'second'));
      await machines.expectWholeOnB({ threadId: child, prompts: [...named.prompts, 'onward'], name: 'Second name' });
      await machines.rollBackLatest();
      await machines.expectWholeOnB(named);
    }),
);
