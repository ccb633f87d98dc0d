// What only Windows has, with the real codex.exe. The main story and the one of a live Codex are those of tests/real-codex.

import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { withCodex } from '../real-codex/lab/codex_app_server.ts';
import type { Machine } from '../real-codex/lab/codex_home.ts';
import { newest, storyVersions } from '../real-codex/lab/codex_versions.ts';
import { doctorComplaints } from '../real-codex/lab/doctor.ts';
import { expectWhole } from '../real-codex/lab/expectations.ts';
import { digestOf } from '../real-codex/lab/home_snapshot.ts';
import { inLab, type Lab } from '../real-codex/lab/lab.ts';
import { codexKnows } from '../real-codex/lab/oracle.ts';
import { converse, goOn, rolloutOf, startOnce } from '../real-codex/lab/sessions.ts';
import { packAll, sessionIn, syncCli, syncCliOk } from '../real-codex/lab/sync_cli.ts';
import { installShim } from './codex_shim.ts';

/** Two users of Windows, each with a folder below their own Documents. */
async function anaAndBen(
  lab: Lab,
  version: string,
): Promise<{ ana: Machine; ben: Machine; from: string; to: string; complaints: string[] }> {
  const [ana, ben] = [await lab.machine('ana', version), await lab.machine('ben', version)];
  await startOnce(ben);
  const [from, to] = [ana, ben].map(({ userHome }) => path.join(userHome, 'Documents', 'plant')) as [string, string];
  await mkdir(from, { recursive: true });
  return { ana, ben, from, to, complaints: await doctorComplaints(ben) };
}

const sync = (machine: Machine, folder: string, ...flags: string[]) =>
  syncCliOk(machine, ['sync', folder, '--execute', ...flags]);

test.each(storyVersions)(
  'Codex %s: a session of one user is at home below the Documents of another, and a rollback takes it back after Codex has opened it',
  (version) =>
    inLab(async (lab) => {
      const { ana, ben, from, to, complaints } = await anaAndBen(lab, version);
      const prompts = ['first question', 'RUN echo two'];
      const threadId = await converse(ana, from, prompts);
      const created = sessionIn(await sync(ben, await packAll(ana, 'one')), threadId);
      expect(created).toMatchObject({ classification: 'new_lineage', cwd: { source: from, local: to, rule: 'documents' } });
      // This resumes it: from now on Codex spells its row with \\?\.
      await expectWhole(lab, ben, to, [{ threadId, prompts }], complaints);

      await goOn(ana, threadId, ['third']);
      const second = await packAll(ana, 'two');
      expect(sessionIn(await sync(ben, second), threadId)).toMatchObject({ classification: 'fast_forward_import' });
      await expectWhole(lab, ben, to, [{ threadId, prompts: [...prompts, 'third'] }], complaints);
      expect((await sync(ben, second)).summary).toMatchObject({ unchanged: 1 });
      await syncCliOk(ben, ['sidecar-health']);

      for (const left of [prompts, null]) {
        await syncCliOk(ben, ['rollback', '--latest', '--execute']);
        if (left) await expectWhole(lab, ben, to, [{ threadId, prompts: left }], complaints);
        else expect(await codexKnows(ben, threadId)).toBe(false);
      }
    }),
);

test('homes in other letter case, with / or \\\\?\\ are the same homes', () =>
  inLab(async (lab) => {
    const { ana, ben, from, to, complaints } = await anaAndBen(lab, newest);
    const threadId = await converse(ana, from.toLowerCase(), ['first question']);
    const folder = await packAll(ana, 'one');
    await sync(ben, folder);
    await expectWhole(lab, ben, to, [{ threadId, prompts: ['first question'] }], complaints);
    const digest = await digestOf(await rolloutOf(ben, threadId));
    for (const respell of [
      (place: string) => place.toLowerCase(),
      (place: string) => place.replaceAll('\\', '/'),
      (place: string) => `\\\\?\\${place}`,
    ]) {
      const spelled = { ...ben, codexHome: respell(ben.codexHome), userHome: respell(ben.userHome) };
      expect((await sync(spelled, folder)).summary).toMatchObject({ unchanged: 1 });
      expect((await syncCli(spelled, ['verify'])).exitCode).toBe(0);
    }
    expect(await digestOf(await rolloutOf(ben, threadId))).toBe(digest);
  }));

test('verify starts the codex.cmd that npm has put on PATH, by any of its names', () =>
  inLab(async (lab) => {
    const { ana, ben, from } = await anaAndBen(lab, newest);
    const threadId = await converse(ana, from, ['first question', 'second']);
    await sync(ben, await packAll(ana, 'one'));
    const npm = await installShim(ben);
    const environment = { PATH: `${npm};${ben.environment.PATH}`, CODEX_HOME: ben.codexHome };
    for (const named of ['codex', 'codex.cmd', path.join(npm, 'codex.cmd'), ben.codexBin]) {
      const answer = await syncCli(ben, ['verify', '--with-codex', named], environment);
      expect([answer.exitCode, answer.report], named).toMatchObject([0, { with_codex: { version: newest } }]);
    }
    const missing = await syncCli(ben, ['verify', '--with-codex', 'codex-of-nobody'], environment);
    expect([missing.exitCode, missing.report]).toMatchObject([6, { kind: 'error', code: 'codex_failed' }]);
    await withCodex(ben, async (codex) => {
      const read = await codex.request<{ thread: { turns: unknown[] } }>('thread/read', { threadId, includeTurns: true });
      expect(read.thread.turns).toHaveLength(2);
    });
  }));
