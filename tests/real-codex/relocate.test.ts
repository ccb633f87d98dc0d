import { expect, test } from 'vitest';
import { makeProject } from './lab/codex_home.ts';
import { inLab } from './lab/lab.ts';
import { askCodex } from './lab/oracle.ts';
import { converse, converseLegacy, goOn } from './lab/sessions.ts';
import { packAll, syncCliOk } from './lab/sync_cli.ts';
import { TwoMachines } from './stories/two_machines.ts';

test.each([
  ['0.169.0', 'paginated', converse],
  ['0.169.0', 'legacy', converseLegacy],
] as const)(
  'with Codex %s a %s session that was moved works in its new folder, also after a package went on with it',
  (version, _form, begin) =>
    inLab(async (lab) => {
      const machines = await TwoMachines.meet(lab, version);
      const { a, b } = machines;
      const threadId = await begin(a, machines.folderA, ['first question']);
      await machines.syncOk(await packAll(a, 'first'));
      const gamma = await makeProject(b, 'gamma');
      await syncCliOk(b, ['relocate', threadId, gamma, '--execute']);
      expect((await askCodex(b, lab.model, gamma, [threadId]))[0]).toMatchObject({
        listed: true,
        resumed: { turns: ['first question'], cwd: gamma },
        nextTurn: { status: 'completed', ranIn: gamma },
      });
      await goOn(a, threadId, ['second question']);
      await machines.syncOk(await packAll(a, 'second'));
      expect((await askCodex(b, lab.model, gamma, [threadId]))[0]).toMatchObject({
        resumed: { turns: ['first question', 'second question'], cwd: gamma },
        nextTurn: { status: 'completed', ranIn: gamma },
      });
      await machines.rollBackLatest();
      await syncCliOk(b, ['rollback', '--latest', '--execute']);
      await machines.expectWholeOnB({ threadId, prompts: ['first question'] });
    }),
);
