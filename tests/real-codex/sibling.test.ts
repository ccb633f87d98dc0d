import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { respellForWindows } from '../sibling/from_windows.ts';
import { installAsSibling } from '../sibling/install_package.ts';
import { writeSiblingPackage } from '../sibling/write_package.ts';
import { newest, storyVersions } from './lab/codex_versions.ts';
import { expectWhole } from './lab/expectations.ts';
import { inLab, type Lab } from './lab/lab.ts';
import { askCodex } from './lab/oracle.ts';
import { converse, goOn } from './lab/sessions.ts';
import { type SessionReport, sessionIn, syncCliOk } from './lab/sync_cli.ts';
import { TwoMachines } from './stories/two_machines.ts';

const prompts = ['first question', 'RUN echo café'];
const longer = [...prompts, 'third'];

async function packAsSibling({ a, folderA }: TwoMachines, name: string): Promise<string> {
  const packed = path.join(a.root, 'packages', name);
  await writeSiblingPackage(a.codexHome, folderA, packed);
  return packed;
}

/** The same package as if A were a Windows machine, with its sessions below Documents. */
async function packAsSiblingOnWindows(machines: TwoMachines, name: string): Promise<string> {
  const packed = await packAsSibling(machines, name);
  const windows = { windowsFolder: 'C:\\Users\\jian\\Documents\\R\\x', windowsCodexHome: 'C:\\Users\\jian\\.codex' };
  await respellForWindows(packed, { folder: machines.folderA, codexHome: machines.a.codexHome, ...windows });
  return packed;
}

async function syncOne({ b }: TwoMachines, packed: string, threadId: string): Promise<SessionReport> {
  return sessionIn(await syncCliOk(b, ['sync', packed, '--execute']), threadId);
}

const wholeIn = (lab: Lab, { b, complaints }: TwoMachines, folder: string, threadId: string, whole: string[]): Promise<unknown> =>
  expectWhole(lab, b, folder, [{ threadId, prompts: whole }], complaints);

describe.each(storyVersions)('with Codex %s', (version) => {
  test("a sibling's package syncs, comes again for nothing, and comes longer as an append", () =>
    inLab(async (lab) => {
      const machines = await TwoMachines.meet(lab, version);
      const threadId = await converse(machines.a, machines.folderA, prompts, 'My name');
      const first = await packAsSibling(machines, 'first');
      expect(sessionIn(await machines.syncOk(first), threadId).classification).toBe('new_lineage');
      await machines.expectWholeOnB({ threadId, prompts, name: 'My name' });
      await machines.expectNothingWritten(() => machines.syncOk(first));

      await goOn(machines.a, threadId, longer.slice(prompts.length));
      const second = await machines.syncOk(await packAsSibling(machines, 'second'));
      expect(sessionIn(second, threadId).classification).toBe('fast_forward_import');
      await machines.expectWholeOnB({ threadId, prompts: longer, name: 'My name' });
    }));

  test('a package from Windows lands below the Documents of this user home', () =>
    inLab(async (lab) => {
      const machines = await TwoMachines.meet(lab, version);
      const folder = path.join(machines.b.userHome, 'Documents', 'R', 'x');
      const threadId = await converse(machines.a, machines.folderA, prompts);
      const report = await syncOne(machines, await packAsSiblingOnWindows(machines, 'first'), threadId);
      expect(report).toMatchObject({ classification: 'new_lineage', cwd: { local: folder } });
      await wholeIn(lab, machines, folder, threadId, prompts);

      await goOn(machines.a, threadId, longer.slice(prompts.length));
      const next = await syncOne(machines, await packAsSiblingOnWindows(machines, 'second'), threadId);
      expect(next.classification).toBe('fast_forward_import');
      await wholeIn(lab, machines, folder, threadId, longer);
    }));
});

describe.each(['0.145.0', newest] as const)('a session that the sibling installed into Codex %s', (version) => {
  test('is unchanged when its package comes again, and whole', () =>
    inLab(async (lab) => {
      const machines = await TwoMachines.meet(lab, version);
      const threadId = await converse(machines.a, machines.folderA, prompts);
      const packed = await packAsSibling(machines, 'first');
      await installAsSibling(packed, machines.b.codexHome, machines.b.userHome);
      expect((await syncOne(machines, packed, threadId)).classification).toBe('unchanged');
      await wholeIn(lab, machines, machines.folderA, threadId, prompts);
      await machines.expectNothingWritten(() => syncOne(machines, packed, threadId));
    }));

  test('is fast-forwarded by a longer package, and whole', () =>
    inLab(async (lab) => {
      const machines = await TwoMachines.meet(lab, version);
      const threadId = await converse(machines.a, machines.folderA, prompts);
      await installAsSibling(await packAsSibling(machines, 'first'), machines.b.codexHome, machines.b.userHome);
      await goOn(machines.a, threadId, longer.slice(prompts.length));
      const report = await syncOne(machines, await packAsSibling(machines, 'second'), threadId);
      expect(report).toMatchObject({ classification: 'fast_forward_import', local_thread_id: threadId });
      await wholeIn(lab, machines, machines.folderA, threadId, longer);
    }));

  test('from a Windows package is unchanged, then fast-forwarded, and whole below Documents', () =>
    inLab(async (lab) => {
      const machines = await TwoMachines.meet(lab, version);
      const folder = path.join(machines.b.userHome, 'Documents', 'R', 'x');
      const threadId = await converse(machines.a, machines.folderA, prompts);
      const first = await packAsSiblingOnWindows(machines, 'first');
      await installAsSibling(first, machines.b.codexHome, machines.b.userHome);
      expect((await syncOne(machines, first, threadId)).classification).toBe('unchanged');
      await wholeIn(lab, machines, folder, threadId, prompts);

      await goOn(machines.a, threadId, longer.slice(prompts.length));
      const report = await syncOne(machines, await packAsSiblingOnWindows(machines, 'second'), threadId);
      expect(report).toMatchObject({ classification: 'fast_forward_import', local_thread_id: threadId });
      await wholeIn(lab, machines, folder, threadId, longer);
    }));
});

test(`the sync mends and names the history_mode that the sibling's row lacks, without which Codex ${newest} refuses the session`, () =>
  inLab(async (lab) => {
    const machines = await TwoMachines.meet(lab, newest);
    const threadId = await converse(machines.a, machines.folderA, prompts);
    const packed = await packAsSibling(machines, 'first');
    await installAsSibling(packed, machines.b.codexHome, machines.b.userHome);
    const [broken] = await askCodex(machines.b, lab.model, machines.folderA, [threadId]);
    expect(broken?.resumed).toEqual({ refused: expect.stringContaining('list_turns is not supported yet') });

    const report = await syncCliOk(machines.b, ['sync', packed, '--execute']);
    const session = sessionIn(report, threadId);
    expect(session.classification).toBe('unchanged');
    expect(JSON.stringify([report.warnings, session.warnings])).toContain('history_mode');
    await wholeIn(lab, machines, machines.folderA, threadId, prompts);
  }));
