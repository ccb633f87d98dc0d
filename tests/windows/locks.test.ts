// Real Codex and a sync keep out of each other's way on Windows, and so do a sync and other programs that have a file open. A Codex from 0.147 on
// has locks; before that only its open file tells.

import fs from 'node:fs';
import path from 'node:path';
import koffi from 'koffi';
import { describe, expect, test } from 'vitest';
import { holdElsewhere } from '../fixtures/lock_holder.ts';
import { withCodex } from '../real-codex/lab/codex_app_server.ts';
import { type Machine, makeProject } from '../real-codex/lab/codex_home.ts';
import { newest } from '../real-codex/lab/codex_versions.ts';
import { inLab, type Lab } from '../real-codex/lab/lab.ts';
import { converse, goOn, rolloutOf, startOnce } from '../real-codex/lab/sessions.ts';
import { packAll, syncCli } from '../real-codex/lab/sync_cli.ts';

const namesIn = (...folders: string[]): string[] => {
  const folder = path.join(...folders);
  return fs.existsSync(folder) ? fs.readdirSync(folder).filter((name) => !name.startsWith('.')) : [];
};

const sync = (machine: Machine, folder: string) => syncCli(machine, ['sync', folder, '--execute']);

/** A's session is on B, and A has gone on with it. */
async function meet(lab: Lab, version: string) {
  const [a, b] = [await lab.machine('a', version), await lab.machine('b', version)];
  await startOnce(b);
  const threadId = await converse(a, await makeProject(a, 'alpha'), ['first']);
  expect(await sync(b, await packAll(a, 'one'))).toMatchObject({ exitCode: 0 });
  await goOn(a, threadId, ['second']);
  return { b, threadId, second: await packAll(a, 'two'), rollout: await rolloutOf(b, threadId) };
}

const ordinalsOf = (rollout: string): unknown[] =>
  fs
    .readFileSync(rollout, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => (JSON.parse(line) as { ordinal?: number }).ordinal);

describe.each([
  [newest, 'a running Codex has it open'],
  ['0.145.0', 'a running Codex has its file open'],
] as const)('while Codex %s has a session loaded', (version, held_by) => {
  test('a sync refuses and writes nothing, doctor says so and asks for no module; afterwards it appends, and Codex goes on', () =>
    inLab(async (lab) => {
      const { b, threadId, second, rollout } = await meet(lab, version);
      const synced = fs.readFileSync(rollout);
      await withCodex(b, async (codex) => {
        await codex.request('thread/resume', { threadId });
        // Codex may note its settings when it opens a session.
        const before = fs.readFileSync(rollout);
        const refused = await sync(b, second);
        expect(refused).toMatchObject({ exitCode: 3, report: { sessions: [{ classification: 'busy' }] } });
        expect(fs.readFileSync(rollout).equals(before)).toBe(true);
        const { report } = await syncCli(b, ['doctor']);
        expect(report).toMatchObject({
          modules: [{ why_not: null }, { why_not: null }],
          home: { open_sessions: [{ thread_id: threadId, held_by }] },
          findings: [{ code: 'codex_is_open' }],
        });
      });
      await expect.poll(() => namesIn(b.codexHome, 'thread-writer-locks')).toEqual([]);
      expect(await sync(b, second)).toMatchObject({ exitCode: 0, report: { sessions: [{ action: 'append' }], warnings: [] } });
      expect(fs.readFileSync(rollout).subarray(0, synced.length).equals(synced)).toBe(true);
      expect(namesIn(b.codexHome, 'sync-journal').filter((name) => name.startsWith('writer'))).toEqual([]);
      await goOn(b, threadId, ['third']);
      const ordinals = ordinalsOf(rollout);
      if (version !== '0.145.0') expect(ordinals).toEqual(ordinals.map((_, index) => index));
      expect(fs.readFileSync(rollout, 'utf8')).toMatch(/"first".*"second".*"third"/s);
    }));
});

test('Codex does not open a session that we hold, opens it when we are done or killed, and then we cannot take it', () =>
  inLab(async (lab) => {
    const { b, threadId, rollout } = await meet(lab, newest);
    await goOn(b, threadId, []);
    const before = fs.readFileSync(rollout);
    const held = await holdElsewhere(b.codexHome, [threadId]);
    await withCodex(b, async (codex) => {
      const resume = () => codex.request('thread/resume', { threadId });
      await expect(resume()).rejects.toThrow(/already has an active writer/);
      expect(fs.readFileSync(rollout).equals(before)).toBe(true);
      await held.release();
      expect(namesIn(b.codexHome, 'thread-writer-locks')).toEqual([]);
      const again = await holdElsewhere(b.codexHome, [threadId]);
      await again.kill();
      await resume();
      await expect(holdElsewhere(b.codexHome, [threadId])).rejects.toThrow('session_busy');
    });
    await expect.poll(() => namesIn(b.codexHome, 'thread-writer-locks')).toEqual([]);
  }));

/** As a scanner has a file open: it reads, and lets others read, rename and remove. */
function openLikeAScanner(file: string): { close(): void } {
  const kernel32 = koffi.load('kernel32.dll');
  const open = kernel32.func('intptr_t __stdcall CreateFileW(str16, uint32_t, uint32_t, void *, uint32_t, uint32_t, intptr_t)');
  const handle = open(file, 0x80000000, 1 | 4, null, 3, 0, 0);
  expect(handle).not.toBe(-1);
  return { close: () => void kernel32.func('int __stdcall CloseHandle(intptr_t)')(handle) };
}

test('a rollout that a scanner has open is named, and nothing is written; once it is closed the sync appends', () =>
  inLab(async (lab) => {
    const { b, second, rollout } = await meet(lab, newest);
    const before = fs.readFileSync(rollout);
    const scanner = openLikeAScanner(rollout);
    const { exitCode, report } = await sync(b, second);
    expect({ exitCode, report }).toMatchObject({ exitCode: 3, report: { kind: 'error', code: 'file_in_use', where: rollout } });
    expect(fs.readFileSync(rollout).equals(before)).toBe(true);
    scanner.close();
    expect(await sync(b, second)).toMatchObject({ exitCode: 0, report: { sessions: [{ action: 'append' }] } });
  }));
