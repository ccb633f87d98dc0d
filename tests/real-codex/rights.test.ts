import { existsSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chapters } from './lab/chapters.ts';
import { withCodex } from './lab/codex_app_server.ts';
import { makeProject } from './lab/codex_home.ts';
import { type CodexVersion, codexVersions, newest } from './lab/codex_versions.ts';
import { inLab, Lab } from './lab/lab.ts';
import { allow, careful, type Resumed, rightsOf } from './lab/rights.ts';
import { converse, goOn } from './lab/sessions.ts';
import { revert } from './lab/shapes.ts';
import { packAll, sessionIn, syncCli, syncCliOk } from './lab/sync_cli.ts';
import { atTerminal, until } from './lab/tui.ts';
import { TwoMachines } from './stories/two_machines.ts';

type Health = { findings: { code: string }[] };

/** A careless sender, a careful receiver, and a folder that is none of the receiver's project. */
async function meet(lab: Lab, version: CodexVersion) {
  const two = await TwoMachines.meet(lab, version);
  await allow(two.b, careful);
  return { two, outside: await makeProject(two.b, 'outside') };
}

/** Resumes, compares with a new thread, and lets the model try to write outside. */
async function expectCareful({ b, folderB }: TwoMachines, threadId: string, outside: string): Promise<void> {
  const target = path.join(outside, 'written');
  const { resumed, fresh } = await withCodex(b, async (codex) => {
    const resumed: Resumed = await rightsOf(codex, 'thread/resume', { threadId });
    const fresh = await rightsOf(codex, 'thread/start', { cwd: folderB });
    await codex.turn(threadId, `RUN touch ${target}`);
    return { resumed, fresh };
  });
  expect(resumed).toEqual(fresh);
  expect(resumed).toMatchObject({ approval: 'on-request', reviewer: 'user', sandbox: 'workspaceWrite' });
  expect(existsSync(target)).toBe(false);
}

const taken = ['0.150.0', '0.155.0', '0.160.1', '0.165.0', '0.169.0', newest];

/** `CODEX_SYNC_RIGHTS=all`: also those that take nothing of it over, and 0.153.4, which is as 0.150.0. */
describe.each(process.env.CODEX_SYNC_RIGHTS === 'all' ? codexVersions : taken)(
  'a careful %s, sent sessions by a careless one,',
  (version) => {
    const tell = chapters();
    let lab: Lab;
    let two: TwoMachines;
    let outside: string;
    let thread: string;

    beforeAll(async () => {
      lab = await Lab.open();
    });
    afterAll(() => lab.close());

    tell('asks in a session that arrives as it asks in a new one', async () => {
      ({ two, outside } = await meet(lab, version));
      thread = await converse(two.a, two.folderA, ['hello']);
      const report = await two.syncOk(await packAll(two.a, 'first'));
      expect(sessionIn(report, thread)).toMatchObject({
        action: 'create',
        permissions: { sender: { approval: 'never' }, local: { approval: 'on-request' } },
      });
      const [resumed, fresh] = await withCodex(two.b, async (codex) => [
        await rightsOf(codex, 'thread/resume', { threadId: thread }),
        await rightsOf(codex, 'thread/start', { cwd: two.folderB }),
      ]);
      expect(resumed).toEqual(fresh);
    });

    tell('asks in it as before when more of it arrives', async () => {
      await goOn(two.a, thread, ['again']);
      const report = await two.syncOk(await packAll(two.a, 'second'));
      expect(sessionIn(report, thread).action).toBe('append');
      await expectCareful(two, thread, outside);
    });

    tell('asks in a branch as it asks in a new session', async () => {
      await goOn(two.a, thread, ['once more']);
      const report = await two.syncOk(await packAll(two.a, 'third'));
      const session = sessionIn(report, thread);
      expect(session.action).toBe('branch');
      await expectCareful(two, session.local_thread_id as string, outside);
    });
  },
);

// Codex 0.150 to 0.160 write no settings then: only the context of a turn names the profile, and all from 0.150 on take it over.
test.each(['0.150.0', newest])('a careful %s is given nothing by the profile that a 0.160.1 names only in its turns', (version) =>
  inLab(async (lab) => {
    const two = await TwoMachines.meet(lab, '0.160.1', version);
    await allow(two.a, { approval_policy: 'on-request', default_permissions: ':danger-full-access' });
    await allow(two.b, careful);
    const outside = await makeProject(two.b, 'outside');
    const thread = await converse(two.a, two.folderA, ['hello']);
    await two.syncOk(await packAll(two.a, 'only'));
    await expectCareful(two, thread, outside);
  }),
);

// Both cut the file in front of our settings and say no others in the new one; later versions do.
test.each(['0.150.0', '0.153.4'])('what %s gives a session whose turns its user takes back is found, and mended', (version) =>
  inLab(async (lab) => {
    const { two, outside } = await meet(lab, version);
    const thread = await withCodex(two.a, async (codex) => {
      const wish = { cwd: two.folderA, historyMode: 'paginated' };
      const { thread } = await codex.request<{ thread: { id: string } }>('thread/start', wish);
      for (const prompt of ['hello', 'again']) await codex.turn(thread.id, prompt);
      return thread.id;
    });
    await two.syncOk(await packAll(two.a, 'only'));
    await revert(two.b, thread, 1);
    const { report } = await syncCli(two.b, ['sidecar-health']);
    expect((report as unknown as Health).findings.map(({ code }) => code)).toEqual(['wider_rights']);
    await syncCliOk(two.b, ['adopt', '--thread-id', thread, '--repair', '--execute']);
    await expectCareful(two, thread, outside);
  }),
);

describe.each(['0.165.0', newest])('at the terminal of a careful %s', (version) => {
  test('a session of a careless one is resumed without its rights', () =>
    inLab(async (lab) => {
      const { two, outside } = await meet(lab, version);
      const thread = await converse(two.a, two.folderA, ['hello']);
      await two.syncOk(await packAll(two.a, 'only'));
      const target = path.join(outside, 'written');
      const prompt = `RUN touch ${target}`;
      await atTerminal(
        two.b,
        two.folderB,
        ['resume', thread, '-c', `projects={${JSON.stringify(two.folderB)}={trust_level="trusted"}}`],
        async (terminal) => {
          await until('the session is shown', () => terminal.seen().includes('answer to'));
          terminal.type(prompt);
          await until('the prompt is shown', () => terminal.seen().includes(target.slice(-12)));
          terminal.type('\r');
          await until(
            'the command is over, or asked for',
            () => lab.model.requestsFor(prompt).length > 1 || /Would you like|approve/i.test(terminal.seen()),
          );
          expect(terminal.seen()).not.toContain('YOLO');
        },
      );
      expect(existsSync(target)).toBe(false);
    }));
});
