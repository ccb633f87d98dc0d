import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { installAsSibling } from '../sibling/install_package.ts';
import { writeSiblingPackage } from '../sibling/write_package.ts';
import { withCodex } from './lab/codex_app_server.ts';
import { newest } from './lab/codex_versions.ts';
import { expectWhole } from './lab/expectations.ts';
import { inLab, type Lab } from './lab/lab.ts';
import { askCodex } from './lab/oracle.ts';
import { converse, startOnce } from './lab/sessions.ts';
import { syncCliOk } from './lab/sync_cli.ts';
import { TwoMachines } from './stories/two_machines.ts';

const prompts = ['first question', 'RUN echo café'];

/** A home as the sibling's install leaves it: two sessions, beside Codex's database or one that it made itself. */
async function installed(lab: Lab, database: 'of Codex' | 'unmigrated') {
  const machines = await TwoMachines.meet(lab, newest);
  const { a, b, folderA } = machines;
  const ids = [await converse(a, folderA, prompts), await converse(a, folderA, prompts)];
  const packed = path.join(a.root, 'packages', 'first');
  await writeSiblingPackage(a.codexHome, folderA, packed);
  if (database === 'unmigrated')
    for (const ending of ['', '-wal', '-shm']) await rm(path.join(b.codexHome, `state_5.sqlite${ending}`), { force: true });
  await installAsSibling(packed, b.codexHome, b.userHome);
  return { machines, ids, folder: folderA };
}

test('sessions that Codex refuses beside their rows are whole after adopt --repair', () =>
  inLab(async (lab) => {
    const { machines, ids, folder } = await installed(lab, 'of Codex');
    const before = await askCodex(machines.b, lab.model, folder, ids);
    for (const { resumed } of before) expect(resumed).toHaveProperty('refused');
    await syncCliOk(machines.b, ['adopt', '--repair', '--execute']);
    await expectWhole(
      lab,
      machines.b,
      folder,
      ids.map((threadId) => ({ threadId, prompts })),
      machines.complaints,
    );
  }));

test('a home that Codex does not start in lists and reads all its sessions after adopt --repair, and after that was rolled back', () =>
  inLab(async (lab) => {
    const { machines, ids, folder } = await installed(lab, 'unmigrated');
    await expect(withCodex(machines.b, async () => {})).rejects.toThrow(/exited|no answer/);
    await syncCliOk(machines.b, ['adopt', '--repair', '--execute']);
    expect(existsSync(path.join(machines.b.codexHome, 'state_5.sqlite'))).toBe(false);
    const expectAll = async () => {
      const proofs = await askCodex(machines.b, lab.model, folder, ids);
      for (const proof of proofs) expect(proof).toMatchObject({ listed: true, resumed: { turns: prompts }, read: prompts });
    };
    await expectAll();
    await startOnce(machines.b);
    await machines.rollBackLatest();
    await expectAll();
  }));
