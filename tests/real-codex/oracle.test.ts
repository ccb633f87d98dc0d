import { readFile, writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { type Machine, makeProject } from './lab/codex_home.ts';
import { codexVersions, newest, storyVersions } from './lab/codex_versions.ts';
import { doctorComplaints } from './lab/doctor.ts';
import { expectWhole } from './lab/expectations.ts';
import { snapshotOf } from './lab/home_snapshot.ts';
import { inLab } from './lab/lab.ts';
import { conversationFrom } from './lab/model_request.ts';
import { askCodex } from './lab/oracle.ts';
import { converse, goOn, rolloutOf } from './lab/sessions.ts';

// The proofs are worth what their oracle is worth: it must say yes to what Codex itself made, and no to what is damaged.

/** The lines of a thread; 0.160 notes its settings when it merely opens one. */
async function saidIn(machine: Machine, threadId: string): Promise<string[]> {
  const lines = (await readFile(await rolloutOf(machine, threadId), 'utf8')).split('\n');
  return lines.filter((line) => !line.includes('"thread_settings_applied"'));
}

test.each(codexVersions)('a session that Codex %s made itself is whole', (version) =>
  inLab(async (lab) => {
    const machine = await lab.machine('a', version);
    const project = await makeProject(machine, 'x');
    const complaints = await doctorComplaints(machine);
    const threadId = await converse(machine, project, ['first', 'RUN echo two'], 'My name');
    await goOn(machine, threadId, ['third']);
    const before = await saidIn(machine, threadId);
    const whole = { threadId, prompts: ['first', 'RUN echo two', 'third'], name: 'My name' };
    await expectWhole(lab, machine, project, [whole], complaints);
    expect(await saidIn(machine, threadId), 'the proof must not diverge the home').toEqual(before);
  }),
);

test.each(storyVersions)('a session that lost a turn is not whole in Codex %s', (version) =>
  inLab(async (lab) => {
    const machine = await lab.machine('a', version);
    const project = await makeProject(machine, 'x');
    const threadId = await converse(machine, project, ['first', 'second', 'third']);
    const rollout = await rolloutOf(machine, threadId);
    const lines = (await readFile(rollout, 'utf8')).split('\n');
    await writeFile(rollout, lines.filter((line) => !line.includes('second')).join('\n'));
    const [proof] = await askCodex(machine, lab.model, project, [threadId]);
    expect(proof?.nextTurn).not.toMatchObject({ history: conversationFrom(['first', 'second', 'third']) });
  }),
);

test('a snapshot sees a changed byte and a stray file', () =>
  inLab(async (lab) => {
    const machine = await lab.machine('a', newest);
    const before = await snapshotOf(machine);
    expect(await snapshotOf(machine)).toEqual(before);
    await writeFile(`${machine.codexHome}/stray`, '');
    expect(await snapshotOf(machine)).not.toEqual(before);
  }));
