// Sessions between the Codex of Linux and the codex.exe of Windows, both real. On Linux; `.ci/windows` says how a program of Windows is run.

import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { newest } from '../real-codex/lab/codex_versions.ts';
import { doctorComplaints } from '../real-codex/lab/doctor.ts';
import { expectWhole } from '../real-codex/lab/expectations.ts';
import { inLab } from '../real-codex/lab/lab.ts';
import { conversationFrom } from '../real-codex/lab/model_request.ts';
import type { Proof } from '../real-codex/lab/oracle.ts';
import { converse, goOn, startOnce } from '../real-codex/lab/sessions.ts';
import { type Report, sessionIn, syncCliOk } from '../real-codex/lab/sync_cli.ts';

/** `run`: a script that runs Windows' Node; `drive`: where drive C lies here. */
const { CODEX_SYNC_WINDOWS_NODE: run, CODEX_SYNC_DRIVE_C: drive } = process.env as Record<string, string>;

const ofWindows = (place: string): string => `C:\\${path.relative(drive!, place).replaceAll('/', '\\')}`;
const ofLinux = (place: string): string => path.join(drive!, place.slice(3).replaceAll('\\', '/'));

async function step<Found>(folder: string, ...words: string[]): Promise<Found> {
  execFileSync(run!, ['--import', 'tsx', 'tests/windows/step.ts', ofWindows(folder), ...words], { stdio: 'inherit' });
  return JSON.parse(await readFile(path.join(folder, 'found.json'), 'utf8')) as Found;
}

type Made = { threadId: string; cwd: string; folder: string };
type Taken = { report: Report; proofs: Proof[]; folder: string };

test('a session goes from Windows to Linux and back, grows on each side, and so does one of Linux', () =>
  inLab(async (lab) => {
    const shared = await mkdtemp(path.join(drive!, 'across-'));
    const linux = await lab.machine('linux', newest);
    await startOnce(linux);
    const complaints = await doctorComplaints(linux);
    const begun = ['made on Windows', 'RUN echo two'];

    const made = await step<Made>(shared, 'make');
    const arrived = await syncCliOk(linux, ['sync', ofLinux(made.folder), '--execute']);
    const plant = path.join(linux.userHome, 'Documents', 'plant');
    expect(sessionIn(arrived, made.threadId)).toMatchObject({
      classification: 'new_lineage',
      cwd: { source: made.cwd, local: plant, rule: 'documents' },
    });
    await expectWhole(lab, linux, plant, [{ threadId: made.threadId, prompts: begun }], complaints);

    await goOn(linux, made.threadId, ['gone on with on Linux']);
    const own = await converse(linux, plant, ['made on Linux']);
    const back = path.join(shared, 'back');
    await syncCliOk(linux, ['packup', '--all', '--output', back]);
    const taken = await step<Taken>(shared, 'take', ofWindows(back), `${plant}=${made.cwd}`);
    expect(sessionIn(taken.report, made.threadId)).toMatchObject({ classification: 'fast_forward_import' });
    expect(sessionIn(taken.report, own)).toMatchObject({ classification: 'new_lineage' });
    expect(taken.report.sessions.map(({ cwd }) => cwd.local)).toEqual([made.cwd, made.cwd]);
    const onward = { [made.threadId]: [...begun, 'gone on with on Linux'], [own]: ['made on Linux'] };
    for (const [at, proof] of taken.proofs.entries()) {
      const prompts = onward[taken.report.sessions[at]!.thread_id]!;
      expect(proof).toMatchObject({
        listed: true,
        listedInFolder: true,
        resumed: { turns: prompts, cwd: made.cwd },
        read: prompts,
        nextTurn: { status: 'completed', history: conversationFrom(prompts), ranIn: made.cwd },
      });
    }

    const home = await syncCliOk(linux, ['sync', ofLinux(taken.folder), '--execute']);
    expect(home.summary).toMatchObject({ fast_forward_import: 2 });
    const whole = Object.entries(onward).map(([threadId, prompts]) => ({
      threadId,
      prompts: [...prompts, 'gone on with on Windows'],
    }));
    await expectWhole(lab, linux, plant, whole, complaints);
    await rm(shared, { recursive: true });
  }));
