// `exchange watch` with real processes: two machines that share a folder.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';
import { conversation } from '../fixtures/conversation.ts';
import { goOn, join, promptsOf } from '../fixtures/exchange.ts';
import { holdElsewhere } from '../fixtures/lock_holder.ts';
import { addSession, type Machine } from '../fixtures/machine.ts';
import { machinesOfEachTest } from '../fixtures/machines.ts';

const LAUNCHER = fileURLToPath(new URL('../../scripts/codex-session-sync.cjs', import.meta.url));
const machine = machinesOfEachTest();

type Watcher = {
  child: ChildProcess;
  events: Record<string, unknown>[];
  text(): string;
  end(signal: NodeJS.Signals): Promise<unknown>;
};

const watchers: Watcher[] = [];
afterEach(async () => {
  for (const one of watchers.splice(0)) if (one.child.exitCode === null) await one.end('SIGKILL');
});

function watch({ codexHome, userHome, root }: Machine, words: string[], output = ['--json']): Watcher {
  const env = { ...process.env, CODEX_HOME: codexHome, HOME: userHome, CODEX_THREAD_ID: '', TMPDIR: root };
  const child = spawn(process.execPath, [LAUNCHER, 'exchange', 'watch', ...output, ...words], { env });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes) => (said += String(bytes)));
  const closed = once(child, 'close');
  const watcher = {
    child,
    get events() {
      return said.split('\n').flatMap((line) => (line.startsWith('{') ? [JSON.parse(line) as Record<string, unknown>] : []));
    },
    text: () => said,
    async end(signal: NodeJS.Signals) {
      child.kill(signal);
      return (await closed)[0];
    },
  };
  watchers.push(watcher);
  return watcher;
}

async function until(isSo: () => boolean, what: () => string): Promise<void> {
  const end = performance.now() + 30_000;
  while (!isSo()) {
    if (performance.now() > end) throw new Error(`in vain: ${what()}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Nothing but a report brings the second run within a test. */
const BY_REPORT = ['--execute', '--interval', '3600', '--settle', '0.2'];
const runsOf = ({ events }: Watcher) => events.filter(({ event }) => event === 'run');
const takenBy = (one: Watcher | undefined) => (one ? runsOf(one).flatMap(({ taken }) => taken) : []);
const ran = (one: Watcher) => until(() => runsOf(one).length > 0, one.text);

async function twoMachines(): Promise<[Machine, Machine, string]> {
  const [a, b] = [machine(), machine()];
  const place = path.join(a.root, 'shared');
  for (const [at, one] of [a, b].entries()) await join(one, place, `machine ${at}`);
  return [a, b, place];
}

test('a turn that ends on one machine is soon on the other, and its answer back, by what the system reports', async () => {
  const [a, b] = await twoMachines();
  const talk = conversation('talk', a.userHome, ['one']);
  addSession(a, talk);
  const both = [watch(a, BY_REPORT), watch(b, BY_REPORT)];
  const text = () => both.map((one) => one.text()).join('\n');
  await until(() => promptsOf(b).get(talk.id)?.length === 1, text);
  await until(() => takenBy(both[1]).length === 1, text);
  goOn(a, talk.id, 'two');
  await until(() => takenBy(both[1]).length === 2, text);
  goOn(b, talk.id, 'three');
  await until(() => promptsOf(a).get(talk.id)?.length === 3, text);
  expect(promptsOf(a)).toEqual(new Map([[talk.id, ['one', 'two', 'three']]]));
  expect(takenBy(both[1])).toMatchObject([{ action: 'create' }, { action: 'append' }]);
  for (const one of both) expect(await one.end('SIGINT')).toBe(130);
});

describe('it ends', () => {
  test.each(['SIGINT', 'SIGTERM'] as const)(
    'by %s, also after runs that wrote, with a word, and leaves nothing',
    async (signal) => {
      const [a, b] = await twoMachines();
      addSession(a, conversation('talk', a.userHome, ['one']));
      const [from, to] = [watch(a, BY_REPORT), watch(b, BY_REPORT, [])];
      await until(
        () => to.text().includes('Taken in: 1'),
        () => to.text() + from.text(),
      );
      expect(await to.end(signal)).toBe(130);
      expect(to.text()).toContain('Interrupted');
      expect(await from.end(signal)).toBe(130);
      expect(from.events.at(-1)).toMatchObject({ kind: 'error', code: 'interrupted' });
      expect(fs.readdirSync(path.join(b.codexHome, 'sync-journal')).filter((name) => /^[0-9a-f]{8}-/.test(name))).toHaveLength(1);
      const left = fs.readdirSync(b.root).filter((name) => !['user', 'node-compile-cache'].includes(name));
      expect(left.filter((name) => !name.startsWith('codex-session-sync-program'))).toEqual([]);
    },
  );

  test('at once where this home takes part in no exchange', async () => {
    const one = watch(machine(), BY_REPORT);
    await once(one.child, 'close');
    expect([one.child.exitCode, one.events]).toMatchObject([4, [{ kind: 'error', code: 'no_exchange' }]]);
  });

  test('after one look without --execute, and nothing is written', async () => {
    const [a, b, place] = await twoMachines();
    addSession(a, conversation('talk', a.userHome, ['one']));
    const before = fs.readdirSync(place, { recursive: true }).sort();
    const one = watch(a, [], []);
    await once(one.child, 'close');
    expect(one.child.exitCode).toBe(0);
    expect(one.text()).toContain('To publish: 1 session(s)');
    expect(fs.readdirSync(place, { recursive: true }).sort()).toEqual(before);
    expect(promptsOf(b)).toEqual(new Map());
  });
});

test('a place that goes away is said once, and when it is back all goes on', async () => {
  const [a, b, place] = await twoMachines();
  const words = ['--execute', '--interval', '1', '--settle', '0.1'];
  const one = watch(a, words, []);
  await until(() => one.text().includes('In step'), one.text);
  fs.renameSync(place, `${place}.away`);
  await until(() => one.text().includes('exchange_missing'), one.text);
  const talk = conversation('talk', a.userHome, ['one']);
  addSession(a, talk);
  await new Promise((resolve) => setTimeout(resolve, 2500));
  expect(one.text().split('exchange_missing').length - 1).toBe(1);
  fs.renameSync(`${place}.away`, place);
  await until(() => one.text().includes('Published: 1'), one.text);
  const other = watch(b, words);
  await until(() => promptsOf(b).get(talk.id)?.length === 1, other.text);
});

test('a session that Codex is at work on waits until its turn has ended', async () => {
  const [a] = await twoMachines();
  const talk = conversation('talk', a.userHome, ['one', 'two']);
  const file = addSession(a, { ...talk, lines: talk.lines.slice(0, -1) });
  const locks = path.join(a.codexHome, 'thread-writer-locks');
  fs.mkdirSync(locks);
  fs.writeFileSync(path.join(locks, '.coordination.lock'), '');
  const holder = await holdElsewhere(a.codexHome, [talk.id]);
  const one = watch(a, BY_REPORT);
  await ran(one);
  expect(runsOf(one)).toMatchObject([{ busy: [talk.id], published: [] }]);
  const end = talk.lines.findLast((line) => line.includes('"task_complete"'));
  fs.appendFileSync(file, `${end}\n`);
  await until(() => runsOf(one).some(({ published }) => (published as string[]).includes(talk.id)), one.text);
  await holder.release();
});
