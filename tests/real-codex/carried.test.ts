import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { withCodex } from './lab/codex_app_server.ts';
import type { Machine } from './lab/codex_home.ts';
import { newest } from './lab/codex_versions.ts';
import { inLab } from './lab/lab.ts';
import { askCodex } from './lab/oracle.ts';
import { converse, goOn, rolloutOf } from './lab/sessions.ts';
import { packAll, sessionIn } from './lab/sync_cli.ts';
import { TwoMachines } from './stories/two_machines.ts';

type Goal = { goal: { objective: string; status: string; tokenBudget: number | null } | null };

const goalOf = (machine: Machine, threadId: string): Promise<Goal> =>
  withCodex(machine, (codex) => codex.request<Goal>('thread/goal/get', { threadId }));

/** As if Codex had been ended in the middle of its work; a goal that is set active works at once, and the model never ends it. */
function makeActive(machine: Machine): void {
  const database = new Database(path.join(machine.databases, 'goals_1.sqlite'));
  database.exec("UPDATE thread_goals SET status = 'active'");
  database.close();
}

test.each(['0.145.0', newest] as const)('a goal at work arrives paused and starts nothing by itself, with Codex %s', (version) =>
  inLab(async (lab) => {
    const machines = await TwoMachines.meet(lab, version);
    const threadId = await converse(machines.a, machines.folderA, ['first']);
    await withCodex(machines.a, async (codex) => {
      await codex.request('thread/resume', { threadId });
      await codex.request('thread/goal/set', { threadId, objective: 'Ship it', status: 'paused', tokenBudget: 5000 });
    });
    makeActive(machines.a);
    await machines.syncOk(await packAll(machines.a, 'first'));
    const before = lab.model.requests.length;
    const { goal } = await withCodex(machines.b, async (codex) => {
      await codex.request('thread/resume', { threadId });
      // An active goal has sent its first request after a small part of this.
      await new Promise((resolve) => setTimeout(resolve, 1500));
      return codex.request<Goal>('thread/goal/get', { threadId });
    });
    expect(lab.model.requests.length).toBe(before);
    expect(goal).toMatchObject({ objective: 'Ship it', status: 'paused', tokenBudget: 5000 });

    await withCodex(machines.b, (codex) => codex.request('thread/goal/set', { threadId, objective: 'Mine', status: 'paused' }));
    await goOn(machines.b, threadId, ['only on B']);
    makeActive(machines.a);
    const packed = await packAll(machines.a, 'again');
    expect(sessionIn(await machines.syncOk(packed), threadId).action).toBe('none');
    expect((await goalOf(machines.b, threadId)).goal?.objective).toBe('Mine');
  }),
);

test('the goal of a session that is rolled back is gone', () =>
  inLab(async (lab) => {
    const machines = await TwoMachines.meet(lab, newest);
    const threadId = await converse(machines.a, machines.folderA, ['first']);
    await withCodex(machines.a, async (codex) => {
      await codex.request('thread/resume', { threadId });
      await codex.request('thread/goal/set', { threadId, objective: 'Ship it', status: 'paused' });
    });
    await machines.syncOk(await packAll(machines.a, 'first'));
    await machines.rollBackLatest();
    const database = new Database(path.join(machines.b.databases, 'goals_1.sqlite'), { readonly: true });
    expect(database.prepare('SELECT * FROM thread_goals').all()).toEqual([]);
    database.close();
  }));

const pixel = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

test.each(['0.117.0', newest] as const)(
  'an image that Codex 0.117.0 saved lies where the transcript says with Codex %s',
  (version) =>
    inLab(async (lab) => {
      const machines = await TwoMachines.meet(lab, '0.117.0', version);
      lab.model.script('draw', [() => ({ image: pixel })]);
      const threadId = await converse(machines.a, machines.folderA, ['draw']);
      await machines.syncOk(await packAll(machines.a, 'first'));
      const text = await readFile(await rolloutOf(machines.b, threadId), 'utf8');
      const saved = JSON.parse(`"${/"saved_path":"([^"]*)"/.exec(text)?.[1]}"`) as string;
      expect(saved).toContain(path.join(machines.b.codexHome, 'generated_images', threadId));
      expect((await readFile(saved)).toString('base64')).toBe(pixel);
      const [proof] = await askCodex(machines.b, lab.model, machines.folderB, [threadId]);
      expect(proof).toMatchObject({ resumed: { turns: ['draw'] }, nextTurn: { status: 'completed' } });
      await machines.rollBackLatest();
      expect(existsSync(path.join(machines.b.codexHome, 'generated_images', threadId))).toBe(false);
    }),
);

test('images of a branch do not touch those of the local session', () =>
  inLab(async (lab) => {
    const machines = await TwoMachines.meet(lab, newest);
    const threadId = await converse(machines.a, machines.folderA, ['first']);
    await machines.syncOk(await packAll(machines.a, 'shared'));
    const place = async (machine: Machine, text: string): Promise<void> => {
      const folder = path.join(machine.codexHome, 'generated_images', threadId);
      await mkdir(folder, { recursive: true });
      await writeFile(path.join(folder, 'ig_1.png'), text);
    };
    await place(machines.a, 'on A');
    await place(machines.b, 'on B');
    await goOn(machines.a, threadId, ['only on A']);
    await goOn(machines.b, threadId, ['only on B']);
    const branch = sessionIn(await machines.syncOk(await packAll(machines.a, 'diverged')), threadId).local_thread_id!;
    const imageOf = (id: string): Promise<string> =>
      readFile(path.join(machines.b.codexHome, 'generated_images', id, 'ig_1.png'), 'utf8');
    expect([await imageOf(threadId), await imageOf(branch)]).toEqual(['on B', 'on A']);
  }));
