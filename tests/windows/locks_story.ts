// Run by Windows' Node: node tests/windows/locks_story.ts FOLDER CODEX_EXE …
// Real Codex and a sync keep out of each other's way on Windows. Each step is printed when it is shown, and the first that fails ends the run with
// exit code 1. FOLDER is made new; its `story.log` has the same lines, for whoever cannot read Windows' output.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { holdElsewhere } from '../fixtures/lock_holder.ts';
import { type CodexAppServer, withCodex } from '../real-codex/lab/codex_app_server.ts';
import { type Machine, makeMachine, makeProject } from '../real-codex/lab/codex_home.ts';
import { ModelServer } from '../real-codex/lab/model_server.ts';
import { converse, goOn, rolloutOf } from '../real-codex/lab/sessions.ts';
import { type Answer, pack, syncCli } from '../real-codex/lab/sync_cli.ts';

const [root = '', ...programs] = process.argv.slice(2);

function shown(line: string): void {
  console.log(line);
  fs.appendFileSync(path.join(root, 'story.log'), `${line}\n`);
}

/** A machine of the lab in a folder of Windows. The environment is Windows' own but for the homes. */
async function windowsMachine(name: string, codexBin: string, model: ModelServer): Promise<Machine> {
  const machine = await makeMachine(path.join(root, name), '0.171.0', model.url, 'home');
  // Else Codex from 0.169 on ends under Wine with `Lock violation (os error 33)`.
  fs.writeFileSync(path.join(machine.codexHome, 'installation_id'), '0194f4a5-7c1e-4d0b-9b3e-2a1f6c5d8e90');
  const { HOME: _, ...homes } = machine.environment;
  return { ...machine, codexBin, environment: { ...process.env, ...homes, USERPROFILE: machine.userHome, CODEX_THREAD_ID: '' } };
}

const sync = (machine: Machine, folder: string): Promise<Answer> => syncCli(machine, ['sync', folder, '--execute']);

async function expectExit(answer: Promise<Answer>, code: number): Promise<Answer> {
  const { exitCode, stdout, stderr } = await answer;
  assert.equal(exitCode, code, `${stdout}\n${stderr}`);
  return answer;
}

const namesIn = (...folders: string[]): string[] => {
  const folder = path.join(...folders);
  return fs.existsSync(folder) ? fs.readdirSync(folder).filter((name) => !name.startsWith('.')) : [];
};

/** A Codex ends a little after its standard input has. */
async function untilNone(what: () => string[]): Promise<void> {
  for (let tries = 0; tries < 50 && what().length > 0; tries++) await pause(100);
  assert.deepEqual(what(), []);
}

type Scene = { a: Machine; b: Machine; threadId: string; second: string };

/** A's session is on B, and A has gone on with it. */
async function scene(program: string, model: ModelServer): Promise<Scene> {
  const version = /(\d+\.\d+\.\d+)/.exec(program)?.[1] ?? 'codex';
  const [a, b] = [await windowsMachine(`${version}-a`, program, model), await windowsMachine(`${version}-b`, program, model)];
  await withCodex(b, (codex) => codex.request('thread/list', { limit: 1 }));
  const threadId = await converse(a, await makeProject(a, 'alpha'), ['first']);
  const { folder } = await pack(a, 'first', '--all');
  await expectExit(sync(b, folder), 0);
  await goOn(a, threadId, ['second']);
  return { a, b, threadId, second: (await pack(a, 'second', '--all')).folder };
}

async function tell(program: string, model: ModelServer): Promise<void> {
  shown(program);
  const { b, threadId, second } = await scene(program, model);
  const rollout = await rolloutOf(b, threadId);
  const before = fs.readFileSync(rollout);
  await withCodex(b, (codex) => whileLoaded(b, codex, { threadId, second, rollout, before }));
  const hasLocks = namesIn(b.codexHome).includes('thread-writer-locks');
  await untilNone(() => namesIn(b.codexHome, 'thread-writer-locks'));
  if (hasLocks) await whileWeHold(b, threadId, rollout);

  const { report } = await expectExit(sync(b, second), 0);
  assert.equal(report.sessions[0]?.action, 'append');
  assert.deepEqual(report.warnings, []);
  assert.equal(fs.readFileSync(rollout).subarray(0, before.length).equals(before), true);
  shown('  once it is closed the sync appends, without a warning');
  assert.deepEqual(
    namesIn(b.codexHome, 'sync-journal').filter((name) => name.startsWith('writer')),
    [],
  );
  shown('  no lock file of ours stays');
  await goOn(b, threadId, ['third']);
  const lines = fs.readFileSync(rollout, 'utf8').trimEnd().split('\n');
  const ordinals = lines.map((line) => (JSON.parse(line) as { ordinal?: number }).ordinal ?? null);
  if (hasLocks) assert.deepEqual(ordinals, [...ordinals.keys()]);
  assert.match(lines.join('\n'), /"first".*"second".*"third"/s);
  shown('  Codex goes on with it, and no line is there twice');
}

type Doctor = {
  modules: { why_not: string | null }[];
  home: { open_sessions: { thread_id: string; held_by: string }[] };
  findings: { code: string }[];
};

type Loaded = Omit<Scene, 'a' | 'b'> & { rollout: string; before: Buffer };

async function whileLoaded(b: Machine, codex: CodexAppServer, { threadId, second, rollout, before }: Loaded): Promise<void> {
  await codex.request('thread/resume', { threadId });
  const refused = await expectExit(sync(b, second), 3);
  assert.equal(refused.report.sessions[0]?.classification, 'busy', refused.stdout);
  assert.equal(fs.readFileSync(rollout).equals(before), true);
  shown('  while Codex has the session loaded, a sync refuses (busy, exit 3) and the rollout stays as it was');
  const { stdout } = await expectExit(syncCli(b, ['doctor']), 0);
  const { modules, home, findings } = JSON.parse(stdout) as Doctor;
  assert.deepEqual(
    home.open_sessions.map(({ thread_id }) => thread_id),
    [threadId],
  );
  assert.deepEqual(
    modules.map(({ why_not }) => why_not),
    [null, null],
  );
  assert.deepEqual(
    findings.map(({ code }) => code),
    ['codex_is_open'],
  );
  shown(`  doctor says "${home.open_sessions[0]?.held_by}", and asks for no module`);
}

/** Another process has Codex's lock of the thread, as a sync has it. */
async function whileWeHold(b: Machine, threadId: string, rollout: string): Promise<void> {
  const held = await holdElsewhere(b.codexHome, [threadId]);
  const before = fs.readFileSync(rollout);
  await withCodex(b, async (codex) => {
    const resume = () => codex.request('thread/resume', { threadId });
    await assert.rejects(resume, /already has an active writer/);
    assert.equal(fs.readFileSync(rollout).equals(before), true);
    shown('  while we hold its lock, Codex does not open the session and writes nothing');
    await held.release();
    assert.deepEqual(namesIn(b.codexHome, 'thread-writer-locks'), []);
    const again = await holdElsewhere(b.codexHome, [threadId]);
    await again.kill();
    await resume();
    shown('  once it is given back, or its process is killed, Codex opens it');
    await assert.rejects(holdElsewhere(b.codexHome, [threadId]), /session_busy/);
    shown('  and then we cannot take it');
  });
  await untilNone(() => namesIn(b.codexHome, 'thread-writer-locks'));
}

const model = await ModelServer.start();
try {
  fs.rmSync(root, { recursive: true, force: true });
  fs.mkdirSync(root, { recursive: true });
  for (const program of programs) await tell(program, model);
  shown('all of it is shown');
} catch (error) {
  shown(`NOT SHOWN: ${(error as Error).stack}`);
  process.exitCode = 1;
} finally {
  await model.close();
}
