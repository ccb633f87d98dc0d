import { appendFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { neutralLine } from '../../scripts/lib/domain/compare/history_form.ts';
import { findRevertedTurns } from '../../scripts/lib/domain/compare/reverted_turns.ts';
import { toLegacy } from '../../scripts/lib/domain/legacy/legacy_form.ts';
import { headOf, startsTurn } from '../../scripts/lib/domain/rollout/rollout_line.ts';
import { allLines } from '../fixtures/history_forms/read_form.ts';
import { linesOf } from '../fixtures/spelling.ts';
import { withCodex } from './lab/codex_app_server.ts';
import { type Machine, makeProject } from './lab/codex_home.ts';
import { newest } from './lab/codex_versions.ts';
import { inLab, type Lab } from './lab/lab.ts';
import { migrateRollouts } from './lab/migration.ts';
import { askCodex } from './lab/oracle.ts';
import { converse, goOn, rolloutOf } from './lab/sessions.ts';

const patchPrompt = 'write a file';
const patch = "apply_patch <<'EOF'\n*** Begin Patch\n*** Add File: new.txt\n+hello\n*** End Patch\nEOF";

/** A conversation with a command, a file change and a compaction. */
async function wideTalk(lab: Lab, machine: Machine, folder: string): Promise<string> {
  lab.model.script(patchPrompt, [() => patch]);
  const threadId = await converse(machine, folder, ['first question', 'RUN echo two', patchPrompt]);
  await withCodex(machine, async (codex) => {
    await codex.request('thread/resume', { threadId });
    await codex.turnOf(threadId, 'thread/compact/start');
  });
  await goOn(machine, threadId, ['RUN echo after the compaction', 'last']);
  return threadId;
}

type Item = { type: string; text?: string; content?: { text?: string }[] };
type Read = { thread: { turns: { items: Item[] }[] } };

/** What a person sees of each turn: own words, answers, changed files. */
async function shownIn(machine: Machine, threadId: string): Promise<string[][]> {
  const { thread } = await withCodex(machine, async (codex) => {
    await codex.request('thread/resume', { threadId });
    return codex.request<Read>('thread/read', { threadId, includeTurns: true });
  });
  return thread.turns.map(({ items }) =>
    items.flatMap((item) => {
      if (item.type === 'userMessage') return (item.content ?? []).map(({ text }) => `user: ${text}`);
      return item.type === 'agentMessage' ? [`model: ${item.text}`] : item.type === 'fileChange' ? ['a file changed'] : [];
    }),
  );
}

async function copyRollout(from: Machine, to: Machine, threadId: string, change: (bytes: Buffer) => Buffer): Promise<string> {
  const source = await rolloutOf(from, threadId);
  const copy = path.join(to.codexHome, path.relative(from.codexHome, source));
  await mkdir(path.dirname(copy), { recursive: true });
  await writeFile(copy, change(await readFile(source)));
  return copy;
}

const inLegacyForm = (bytes: Buffer): Buffer =>
  Buffer.concat(
    allLines(bytes).flatMap((line) => toLegacy(line.bytes, headOf(line)).flatMap((made) => [made, Buffer.from('\n')])),
  );

/** Lines with what they say in either form, without what was taken back. */
function sayings(bytes: Buffer): { said: string; offset: number; startsTurn: boolean }[] {
  const gone = findRevertedTurns(linesOf(bytes));
  return allLines(bytes)
    .filter(({ offset }) => !gone.some(({ from, to }) => offset >= from && offset < to))
    .flatMap((line) => {
      const said = neutralLine(line.bytes, headOf(line));
      return said === null ? [] : [{ said, offset: line.offset, startsTurn: startsTurn(headOf(line)) }];
    });
}
const saidIn = (bytes: Buffer): string[] => sayings(bytes).map(({ said }) => said);

test(`a paginated session of ${newest} in legacy form is whole in 0.117.0, 0.145.0 and ${newest}`, () =>
  inLab(async (lab) => {
    const a = await lab.machine('a', newest);
    const folder = await makeProject(a, 'alpha');
    const threadId = await wideTalk(lab, a, folder);
    const [original] = await askCodex(a, lab.model, folder, [threadId]);
    const shown = await shownIn(a, threadId);
    expect(original?.nextTurn).toMatchObject({ status: 'completed', ranIn: folder });
    for (const version of ['0.117.0', '0.145.0', newest] as const) {
      const b = await lab.machine(version, version);
      await copyRollout(a, b, threadId, inLegacyForm);
      const [proof] = await askCodex(b, lab.model, folder, [threadId]);
      expect({ version, ...proof, updatedAt: 0, name: null }).toEqual({ version, ...original, updatedAt: 0, name: null });
      expect(await shownIn(b, threadId)).toEqual(shown);
      await goOn(b, threadId, [`made by ${version}`]);
      const c = await lab.machine(`${newest} after ${version}`, newest);
      await copyRollout(b, c, threadId, (bytes) => bytes);
      const made = [`user: made by ${version}`, `model: answer to <made by ${version}>`];
      expect(await shownIn(c, threadId)).toEqual([...shown, made]);
    }
  }));

test.each([
  ['0.117.0', '0.153.4'],
  ['0.145.0', '0.169.0'],
] as const)(
  'a legacy session of %s that %s migrated says the same, and its new turns can be appended to the copy that was not migrated',
  (version, migratedBy) =>
    inLab(async (lab) => {
      const a = await lab.machine('a', version);
      const folder = await makeProject(a, 'alpha');
      const threadId = await wideTalk(lab, a, folder);
      await takeBack(a, threadId, 'never mind');
      const b = await lab.machine('b', migratedBy);
      const migrated = await copyRollout(a, b, threadId, (bytes) => bytes);
      expect(await migrateRollouts(b)).toEqual({ [threadId]: 'migrated' });
      const unmigrated = await rolloutOf(a, threadId);
      const said = saidIn(await readFile(unmigrated));
      expect(said.length).toBeGreaterThan(25);
      expect(saidIn(await readFile(migrated))).toEqual(said);

      await goOn(b, threadId, ['RUN echo new', 'newer']);
      const longer = await readFile(migrated);
      const news = sayings(longer)[said.length];
      expect(saidIn(longer).slice(0, said.length)).toEqual(said);
      expect(news?.startsTurn).toBe(true);
      await appendFile(unmigrated, inLegacyForm(longer.subarray(news?.offset)));
      expect(await shownIn(a, threadId)).toEqual(await shownIn(b, threadId));
      const [there] = await askCodex(b, lab.model, folder, [threadId]);
      const [here] = await askCodex(a, lab.model, folder, [threadId]);
      expect(here?.nextTurn).toEqual(there?.nextTurn);
    }),
);

/** A turn that the user has rolled back, which only legacy sessions of old versions know. */
async function takeBack(machine: Machine, threadId: string, prompt: string): Promise<void> {
  await goOn(machine, threadId, [prompt]);
  await withCodex(machine, async (codex) => {
    await codex.request('thread/resume', { threadId });
    await codex.request('thread/rollback', { threadId, numTurns: 1 });
  });
}
