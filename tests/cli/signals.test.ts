// Ctrl-C and its like, with real processes and real signals: a word, exit 130, and the home as it was.

import { execFileSync, spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { recoverHome } from '../../scripts/lib/commands/transactions/recover.ts';
import { rolloutName, threadId, writePackage, writeRollout } from '../bench/synthetic_package.ts';
import { entriesOf, tgz } from '../fixtures/archives.ts';
import { homeOf, type Machine, makeMachine, removeMachine } from '../fixtures/machine.ts';
import { snapshot } from '../fixtures/snapshot.ts';

const LAUNCHER = fileURLToPath(new URL('../../scripts/codex-session-sync.cjs', import.meta.url));
/** Long enough for a signal to come in time on a fast disk. */
const MEGABYTES = 60;

let here: Machine;
let folder: string;
beforeAll(() => {
  here = makeMachine();
  folder = path.join(here.root, 'package');
  const file = path.join(folder, 'sessions', rolloutName(threadId(1)));
  fs.mkdirSync(path.dirname(file), { recursive: true });
  writeRollout(file, threadId(1), MEGABYTES * 1e6);
  writePackage(folder, [{ threadId: threadId(1), file }]);
});
afterAll(() => removeMachine(here));

type Ended = { code: number | null; signal: string | null; stdout: string; stderr: string };

/** Sends the signals as soon as `isTime`, one after the other. */
async function runAndSignal(
  words: string[],
  isTime: (pid: number) => boolean,
  signals: NodeJS.Signals[],
  node: string[] = [],
): Promise<Ended> {
  const env = { ...process.env, CODEX_HOME: here.codexHome, HOME: here.userHome, CODEX_THREAD_ID: '', TMPDIR: here.root };
  const child = spawn(process.execPath, [...node, LAUNCHER, ...words], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const said = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) child[stream].on('data', (bytes) => (said[stream] += String(bytes)));
  const ended = new Promise<Ended>((resolve) => child.once('close', (code, signal) => resolve({ code, signal, ...said })));
  const look = (): void => {
    if (child.exitCode !== null) return;
    if (!isTime(child.pid as number)) return void setTimeout(look, 5);
    for (const [at, signal] of signals.entries()) setTimeout(() => child.kill(signal), at * 20);
  };
  look();
  return await ended;
}

const journal = (): string => path.join(here.codexHome, 'sync-journal');
const journals = (): string[] =>
  fs.existsSync(journal()) ? fs.readdirSync(journal()).filter((name) => !name.startsWith('writer')) : [];
const isStaging = (): boolean => journals().some((id) => fs.existsSync(path.join(journal(), id, 'staged', '0')));

/** Before that a signal ends Node itself, which has begun nothing. Bit 0 of the signals that the process catches is SIGHUP. */
function hearsHangups(pid: number): boolean {
  const caught = /^SigCgt:\s*([0-9a-f]+)$/m.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '0';
  return (BigInt(`0x${caught}`) & 1n) === 1n;
}

/** Whether one of its threads waits for somebody to write into a pipe. Threads come and go. */
function waitsForPipe(pid: number): boolean {
  const threads = fs.readdirSync(`/proc/${pid}/task`).map((id) => `/proc/${pid}/task/${id}`);
  return threads.some((thread) => /fifo|wait_for_partner/.test(textOf(`${thread}/wchan`)));
}

const textOf = (file: string): string => {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch {
    return '';
  }
};

/** Node's words for a process that has taken more of the processor than a short command does. */
function takingLong(): string[] {
  const file = path.join(here.root, 'long.cjs');
  fs.writeFileSync(file, 'process.cpuUsage = () => ({ user: 1e9, system: 0 });');
  return ['--require', file];
}

test.each(['folder', 'archive'])('what takes long is run again in a thread, and tells the same, once: %s', (form) => {
  const archive = path.join(here.root, 'package.tar.gz');
  fs.writeFileSync(archive, tgz(entriesOf(folder)));
  const run = (node: string[]) => {
    const words = [...node, LAUNCHER, 'inspect-package', form === 'folder' ? folder : archive, '--codex-home', here.codexHome];
    const { status, stdout, stderr } = spawnSync(process.execPath, words, { encoding: 'utf8' });
    return { status, stdout, stderr };
  };
  const short = run([]);
  expect(short).toMatchObject({ status: 0, stdout: expect.stringContaining('Plan digest') });
  expect(run(takingLong())).toEqual(short);
});

const stopped = expect.objectContaining({ code: 130, signal: null, stderr: expect.stringContaining('Interrupted') });

describe.runIf(process.platform === 'linux')('a signal ends a command with a word and 130, and the home is as it was', () => {
  test.each<[string, NodeJS.Signals, (pid: number) => boolean]>([
    ['SIGINT while what is to be written is written to the journal', 'SIGINT', isStaging],
    ['SIGTERM as soon as the lock is there', 'SIGTERM', () => fs.existsSync(journal())],
    ['SIGHUP while it is still loading', 'SIGHUP', hearsHangups],
  ])('sync --execute: %s', async (_what, signal, isTime) => {
    const before = snapshot(here.codexHome);
    expect(await runAndSignal(['sync', folder, '--execute'], isTime, [signal])).toEqual(stopped);
    expect(snapshot(here.codexHome)).toEqual(before);
  });

  test('a dry run that takes long, with JSON: the error is on stdout', async () => {
    const ended = await runAndSignal(['sync', folder, '--json'], hearsHangups, ['SIGINT'], takingLong());
    expect(ended).toEqual(stopped);
    expect(JSON.parse(ended.stdout)).toMatchObject({ kind: 'error', code: 'interrupted' });
  });

  test.each(['inspect-package', 'sync'])('%s, which writes nothing, does not speak of undoing', async (command) => {
    const ended = await runAndSignal([command, folder], hearsHangups, ['SIGINT'], takingLong());
    expect(ended).toEqual(stopped);
    expect(ended.stderr).not.toMatch(/und(o|one)/);
  });

  test('what has begun to write says that it undoes it', async () => {
    const { stderr } = await runAndSignal(['sync', folder, '--execute'], isStaging, ['SIGINT']);
    expect(stderr).toMatch(/undoing started changes(.*\n)+.*Started changes are undone/);
  });

  test('a second one ends a command whose thread waits for the system', async () => {
    const pipe = path.join(here.root, 'extension.mjs');
    execFileSync('mkfifo', [pipe]);
    const words = ['sync', folder, '--execute', '--extension', pipe];
    const ended = await runAndSignal(words, waitsForPipe, ['SIGINT', 'SIGINT']);
    expect(ended).toMatchObject({ stderr: expect.stringContaining('Stopped at once') });
    const reading = await runAndSignal(['inspect-package', folder, '--extension', pipe], waitsForPipe, ['SIGINT']);
    expect(reading, 'what only reads is ended by the signal').toEqual({ code: null, signal: 'SIGINT', stdout: '', stderr: '' });
  });

  test('a second one stops at once, and recover takes back what was begun', async () => {
    const before = snapshot(here.codexHome);
    const ended = await runAndSignal(['sync', folder, '--execute'], isStaging, ['SIGINT', 'SIGINT']);
    expect(ended).toEqual(stopped);
    recoverHome(homeOf(here), true);
    expect(snapshot(here.codexHome)).toEqual(before);
  });
});
