import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { type ExchangeState, openExchangeState } from '../../scripts/lib/adapters/exchange/exchange_state.ts';
import { sealFor } from '../../scripts/lib/adapters/place/seal.ts';
import { checkExchange } from '../../scripts/lib/commands/exchange/check_exchange.ts';
import { collectGarbage } from '../../scripts/lib/commands/exchange/collect_garbage.ts';
import { exchangeMachines } from '../../scripts/lib/commands/exchange/machines.ts';
import { conversation, textOf } from '../fixtures/conversation.ts';
import { exchangeNow, fileOf, goOn, join, promptsOf } from '../fixtures/exchange.ts';
import { holdElsewhere } from '../fixtures/lock_holder.ts';
import { addSession, homeOf, inState, type Machine, NOW, rolloutOf, threadRow, undoNow } from '../fixtures/machine.ts';
import { machinesOfEachTest } from '../fixtures/machines.ts';

const machine = machinesOfEachTest();

/** So many machines in one exchange. */
async function machinesInStep(count: number): Promise<{ place: string; machines: Machine[] }> {
  const machines = Array.from({ length: count }, () => machine());
  const place = path.join((machines[0] as Machine).root, 'shared');
  for (const [at, one] of machines.entries()) await join(one, place, `machine ${at}`);
  return { place, machines };
}

/** Rounds until nobody has anything to do. */
async function settle(machines: Machine[]): Promise<void> {
  for (let rounds = 0; rounds < 10; rounds++) {
    const results = [];
    for (const one of machines) results.push(await exchangeNow(one));
    if (results.every(({ pulled, pushed }) => pulled.every(({ result }) => result === null) && !pushed?.commit)) return;
  }
  throw new Error('they never settle');
}

test('a conversation that goes on in turn on three machines is whole on all of them, under one id', async () => {
  const { machines } = await machinesInStep(3);
  const [a, b, c] = machines as [Machine, Machine, Machine];
  const talk = conversation('talk', a.userHome, ['one']);
  addSession(a, talk);
  await settle(machines);
  for (const [one, prompt] of [
    [b, 'two'],
    [c, 'three'],
    [a, 'four'],
    [b, 'five'],
  ] as const) {
    goOn(one, talk.id, prompt);
    await settle(machines);
  }
  for (const one of machines) expect(promptsOf(one)).toEqual(new Map([[talk.id, ['one', 'two', 'three', 'four', 'five']]]));
});

test('what went on in two places at once is on every machine twice, and each side goes on from there', async () => {
  const { machines } = await machinesInStep(3);
  const [a, b] = machines as [Machine, Machine, Machine];
  const talk = conversation('talk', a.userHome, ['one']);
  addSession(a, talk);
  await settle(machines);
  goOn(a, talk.id, 'here');
  goOn(b, talk.id, 'there');
  await settle(machines);
  const sides = [
    ['one', 'here'],
    ['one', 'there'],
  ];
  for (const one of machines) expect([...promptsOf(one).values()].sort()).toEqual(sides);
  goOn(b, talk.id, 'more');
  await settle(machines);
  for (const one of machines) expect([...promptsOf(one).values()].sort()).toEqual([sides[0], ['one', 'there', 'more']]);
});

test('a turn that is added to a conversation writes that turn to the place, and not the conversation', async () => {
  const { place, machines } = await machinesInStep(2);
  const [a, b] = machines as [Machine, Machine];
  const noise = (length: number) => Array.from({ length }, (_, at) => `${Math.sin(at)}`).join(' ');
  const talk = conversation('talk', a.userHome, ['one', noise(200_000)]);
  addSession(a, talk);
  await settle(machines);
  const before = bytesBelow(place);
  goOn(b, talk.id, 'small');
  await settle(machines);
  expect(bytesBelow(place) - before).toBeLessThan(16_384);
  expect(before).toBeGreaterThan(1_000_000);
  expect(promptsOf(a).get(talk.id)?.at(-1)).toBe('small');
});

test('what was rolled back is offered again, and what is not there whole is not taken', async () => {
  const { place, machines } = await machinesInStep(2);
  const [a, b] = machines as [Machine, Machine];
  const talk = conversation('talk', a.userHome, ['one']);
  addSession(a, talk);
  await exchangeNow(a);
  const [pack] = filesBelow(place).filter((file) => file.includes(`${path.sep}packs${path.sep}`)) as [string];
  const bytes = fs.readFileSync(pack);
  fs.writeFileSync(pack, bytes.subarray(0, -1));
  const partial = await exchangeNow(b);
  expect(partial.pulled[0]?.pending.map(({ thread_id }) => thread_id)).toEqual([talk.id]);
  expect(promptsOf(b)).toEqual(new Map());
  fs.writeFileSync(pack, bytes);
  await exchangeNow(b);
  expect(promptsOf(b).get(talk.id)).toEqual(['one']);
  undoNow(b);
  expect(promptsOf(b)).toEqual(new Map());
  await exchangeNow(b);
  expect(fs.existsSync(fileOf(b, talk.id))).toBe(true);
});

test('an empty place, or another exchange in it, stops the run before anything is written', async () => {
  const { place, machines } = await machinesInStep(1);
  const [a] = machines as [Machine];
  addSession(a, conversation('talk', a.userHome, ['one']));
  fs.renameSync(place, `${place}.away`);
  await expect(exchangeNow(a)).rejects.toMatchObject({ code: 'exchange_missing' });
  const other = machine();
  await join(other, place, 'other');
  await expect(exchangeNow(a)).rejects.toMatchObject({ code: 'exchange_another' });
});

test('a session that Codex is at work on is published when its turn has ended; one that is only open, at once', async () => {
  const { machines } = await machinesInStep(2);
  const [a, b] = machines as [Machine, Machine];
  const [talk, idle] = [conversation('talk', a.userHome, ['one', 'two']), conversation('idle', a.userHome, ['idle'])];
  const isEnd = (line: string): boolean => line.includes('"task_complete"');
  addSession(a, { ...talk, lines: talk.lines.slice(0, -1) });
  addSession(a, idle);
  const locks = path.join(a.codexHome, 'thread-writer-locks');
  fs.mkdirSync(locks);
  fs.writeFileSync(path.join(locks, '.coordination.lock'), '');
  const holder = await holdElsewhere(a.codexHome, [talk.id, idle.id]);
  const { pushed } = await exchangeNow(a);
  expect([pushed?.inTurn, pushed?.sessions.map(({ thread_id }) => thread_id)]).toEqual([[talk.id], [idle.id]]);
  fs.appendFileSync(fileOf(a, talk.id), `${talk.lines.findLast(isEnd)}\n`);
  await exchangeNow(a);
  await holder.release();
  await exchangeNow(b);
  expect(promptsOf(b).get(talk.id)).toEqual(['one', 'two']);
});

/** Ends when the first transaction of a home has reached its commit point and, at once after that, a file has got more. */
function goOnAfterCommit({ codexHome }: Machine, file: string, text: string): Promise<unknown> {
  const code = `const fs = require('node:fs'); const [, journal, file, text] = process.argv;
    const isDone = () => fs.globSync(journal + '/*/manifest.json').some((one) => /"completed"/.test(fs.readFileSync(one, 'utf8')));
    console.log('ready'); while (!isDone()); fs.appendFileSync(file, text);`;
  const child = spawn(process.execPath, ['-e', code, path.join(codexHome, 'sync-journal'), file, text], {
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: 60_000,
  });
  const ended = once(child, 'close');
  return once(child.stdout, 'data').then(() => ({ ended }));
}

test('a turn that Codex writes right behind what was taken in is published', async () => {
  const { machines } = await machinesInStep(2);
  const [a, b] = machines as [Machine, Machine];
  const talk = conversation('talk', a.userHome, ['one']);
  addSession(a, talk);
  addSession(b, talk);
  const local = fileOf(b, talk.id);
  const before = fs.readFileSync(local, 'utf8');
  goOn(b, talk.id, 'three');
  const turn = fs.readFileSync(local, 'utf8').slice(before.length);
  fs.writeFileSync(local, before);
  goOn(a, talk.id, 'two');
  await exchangeNow(a);
  const { ended } = (await goOnAfterCommit(b, local, turn)) as { ended: Promise<unknown> };
  await exchangeNow(b);
  await ended;
  await settle(machines);
  expect(promptsOf(b).get(talk.id)).toEqual(['one', 'two', 'three']);
  expect(promptsOf(a)).toEqual(promptsOf(b));
});

test('a home in which no Codex has made a database takes part as well', async () => {
  const [a, b] = [machine('never started'), machine()];
  const place = path.join(a.root, 'shared');
  for (const one of [a, b]) await join(one, place, 'x');
  const talk = conversation('talk', a.userHome, ['one']);
  const file = rolloutOf(a, talk);
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, textOf(talk));
  await settle([a, b]);
  goOn(b, talk.id, 'two');
  await settle([a, b]);
  for (const one of [a, b]) expect(promptsOf(one).get(talk.id)).toEqual(['one', 'two']);
});

test('before a machine takes in anything of others for the first time, what it has is saved, once', async () => {
  const { machines } = await machinesInStep(2);
  const [a, b] = machines as [Machine, Machine];
  const talk = conversation('talk', a.userHome, ['one']);
  addSession(a, talk);
  addSession(b, conversation('own', b.userHome, ['mine']));
  await exchangeNow(a);
  const backup = { folder: path.join(b.root, 'backups'), form: 'zip' as const };
  expect((await exchangeNow(b, { backup, execute: false })).backup).toMatchObject({ sessions: 1, path: null });
  expect(fs.existsSync(backup.folder)).toBe(false);
  const { backup: made } = await exchangeNow(b, { backup });
  expect(fs.readdirSync(backup.folder)).toEqual([path.basename(made?.path ?? '')]);
  goOn(a, talk.id, 'two');
  await exchangeNow(a);
  expect((await exchangeNow(b, { backup })).backup).toBe(null);
});

test('of a conversation that was published turn by turn the small pieces are put together, and what they lay in can go', async () => {
  const { place, machines } = await machinesInStep(2);
  const [a, b] = machines as [Machine, Machine];
  const talk = conversation('talk', a.userHome, ['one']);
  addSession(a, talk);
  await exchangeNow(a);
  for (let turn = 0; turn < 70; turn++) {
    goOn(a, talk.id, `turn ${turn}`);
    await exchangeNow(a, { pulls: false });
  }
  const pieces = withState(a, (state) => state.inStep(talk.id)?.contents.rollouts[0]?.pieces.length ?? 0);
  expect(pieces).toBeLessThan(10);
  await exchangeNow(b);
  expect(promptsOf(b).get(talk.id)?.length).toBe(71);
  await exchangeNow(a);
  const before = filesBelow(place).length;
  const gc = (days: number) => collectGarbage(homeOf(a), true, new Date(NOW.getTime() + days * 86_400_000));
  await gc(0);
  const { removed } = await gc(8);
  expect(removed.length).toBeGreaterThan(100);
  expect(filesBelow(place).length).toBe(before - removed.length);
  const c = machine();
  await join(c, place, 'new');
  await exchangeNow(c);
  expect(promptsOf(c)).toEqual(promptsOf(a));
  for (const one of [a, b, c]) expect((await checkExchange(homeOf(one), NOW)).findings).toEqual([]);
}, 120_000);

test('two runs of one machine at once do not write commits of one number: the second is turned away', async () => {
  const { place, machines } = await machinesInStep(2);
  const [a, b] = machines as [Machine, Machine];
  addSession(a, conversation('talk', a.userHome, ['one']));
  const runs = await Promise.allSettled([exchangeNow(a), exchangeNow(a, { pulls: false })]);
  expect(runs.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
  expect((runs[1] as PromiseRejectedResult).reason).toMatchObject({ code: 'another_sync_running' });
  expect(filesBelow(place).filter((file) => /commits.00000001-/.test(file)).length).toBe(1);
  expect((await exchangeNow(b)).findings).toEqual([]);
  await exchangeNow(a);
});

test('to retire a machine publishes that word, and no session that nobody was shown', async () => {
  const { machines } = await machinesInStep(2);
  const [a, b] = machines as [Machine, Machine];
  await settle(machines);
  addSession(a, conversation('talk', a.userHome, ['one']));
  const retired = await exchangeMachines(homeOf(a), { rename: null, retire: 'machine 1', execute: true }, NOW);
  expect(retired.machines.map(({ label, isRetired }) => [label, isRetired]).sort()).toEqual([
    ['machine 0', false],
    ['machine 1', true],
  ]);
  await exchangeNow(b);
  expect(promptsOf(b)).toEqual(new Map());
});

test('unrelated conversations that begin with the same words come in one transaction', async () => {
  const { machines } = await machinesInStep(2);
  const [a, b] = machines as [Machine, Machine];
  for (let at = 0; at < 12; at++) addSession(a, conversation(`talk ${at}`, a.userHome, ['hello', `then ${at}`]));
  await exchangeNow(a);
  const { pulled } = await exchangeNow(b);
  expect(pulled.map(({ result, later }) => [result?.plan.sessions.length, later])).toEqual([[12, 0]]);
});

test('what was deleted where it began stays away when others go on with it, unless the user asks', async () => {
  const { machines } = await machinesInStep(2);
  const [a, b] = machines as [Machine, Machine];
  const talk = conversation('talk', a.userHome, ['one']);
  addSession(a, talk);
  await settle(machines);
  fs.rmSync(fileOf(a, talk.id));
  inState(a, (database) => database.prepare('DELETE FROM threads WHERE id = ?').run(talk.id));
  goOn(b, talk.id, 'two');
  await exchangeNow(b);
  const { pulled } = await exchangeNow(a);
  expect(pulled).toEqual([{ result: null, pending: [], later: 0, deleted: [talk.id] }]);
  await exchangeNow(a, { resurrect: true });
  expect(promptsOf(a).get(talk.id)).toEqual(['one', 'two']);
  await settle(machines);
});

test('a session without a whole line is not published, and keeps nothing else from travelling', async () => {
  const { machines } = await machinesInStep(2);
  const [a, b] = machines as [Machine, Machine];
  const [empty, fine] = [conversation('empty', a.userHome, ['one']), conversation('fine', a.userHome, ['fine'])];
  fs.writeFileSync(addSession(a, empty), '');
  addSession(a, fine);
  const { pushed } = await exchangeNow(a);
  expect(pushed?.leftOut).toEqual([expect.stringContaining(`${empty.id} is left out`)]);
  await exchangeNow(b);
  expect([...promptsOf(b).keys()]).toEqual([fine.id]);
  const backup = { folder: path.join(a.root, 'backups'), form: 'zip' as const };
  goOn(b, fine.id, 'more');
  await exchangeNow(b);
  fs.rmSync(fileOf(a, fine.id));
  expect((await exchangeNow(a, { backup })).backup).toMatchObject({ path: null });
});

test('what a conversation is called where it began reaches all machines, again and again', async () => {
  const { machines } = await machinesInStep(3);
  const [a] = machines as [Machine];
  const talk = conversation('talk', a.userHome, ['one']);
  addSession(a, talk, { name: 'first' });
  let minute = 0;
  const round = async (): Promise<void> => {
    for (let turn = 0; turn < 3; turn++)
      for (const one of machines) await exchangeNow(one, {}, new Date(NOW.getTime() + ++minute * 60_000));
  };
  const seen = (): unknown[] => machines.map((one) => threadRow(one, talk.id)?.name);
  await round();
  for (const name of ['second', 'third', 'fourth']) {
    inState(a, (database) => database.prepare('UPDATE threads SET name = ? WHERE id = ?').run(name, talk.id));
    await round();
    expect(seen()).toEqual([name, name, name]);
  }
});

describe('an encrypted exchange', () => {
  const words = 'something that Peter said in private';

  async function closed(): Promise<{ a: Machine; b: Machine; place: string; id: string }> {
    const [a, b] = [machine(), machine()];
    const place = path.join(a.root, 'shared');
    await join(a, place, 'kitchen', 'open sesame');
    await join(b, place, 'cellar', 'open sesame');
    const talk = conversation('talk', a.userHome, [words]);
    addSession(a, talk);
    await exchangeNow(a);
    return { a, b, place, id: talk.id };
  }

  test('keeps machines in step, and shows nothing to whoever carries it', async () => {
    const { a, b, place, id } = await closed();
    await settle([a, b]);
    goOn(b, id, 'more');
    await settle([a, b]);
    for (const one of [a, b]) expect(promptsOf(one).get(id)).toEqual([words, 'more']);
    for (const file of filesBelow(place)) {
      const bytes = fs.readFileSync(file);
      for (const text of ['Peter', id, 'kitchen', 'AGE-SECRET']) expect(bytes.includes(text), file).toBe(false);
    }
  });

  test('names its key in the place only: no file elsewhere is read for it', async () => {
    const { place } = await closed();
    const marker = path.join(place, 'codex-session-exchange.json');
    const [key] = fs.readdirSync(path.join(place, 'keys')) as [string];
    const outside = machine();
    fs.copyFileSync(path.join(place, 'keys', key), path.join(place, '..', key));
    fs.writeFileSync(marker, fs.readFileSync(marker, 'utf8').replace(`keys/${key}`, `../${key}`));
    await expect(join(outside, place, 'c', 'open sesame')).rejects.toMatchObject({ code: 'exchange_unreadable' });
  });

  test('is not joined with another passphrase, nor without one', async () => {
    const { place } = await closed();
    const c = machine();
    await expect(join(c, place, 'c', 'open barley')).rejects.toThrow('passphrase is not');
    await expect(join(c, place, 'c')).rejects.toThrow('needs its passphrase');
    expect(fs.existsSync(path.join(c.codexHome, 'sync-exchange'))).toBe(false);
  });

  test('refuses a commit of somebody who knows only its public key, and a place that is plain all of a sudden', async () => {
    const { a, b, place } = await closed();
    const { machine: id, key } = withState(a, (state) => state.membership);
    const commits = path.join(place, 'machines', id, 'commits');
    const [name] = fs.readdirSync(commits) as [string];
    const seal = await sealFor(key as string);
    const honest = (await seal.open(fs.readFileSync(path.join(commits, name)))) as Buffer;
    const forged = await seal.close(Buffer.concat([Buffer.alloc(32, 7), honest.subarray(32)]));
    fs.rmSync(path.join(commits, name));
    const hash = createHash('sha256').update(forged).digest('hex');
    fs.writeFileSync(path.join(commits, `00000001-${hash}`), forged);
    const { findings } = await exchangeNow(b);
    expect(findings.map(({ code }) => code)).toEqual(['commit_refused']);
    expect(promptsOf(b)).toEqual(new Map());
    const marker = path.join(place, 'codex-session-exchange.json');
    fs.writeFileSync(marker, fs.readFileSync(marker, 'utf8').replace('"age"', '"none"'));
    await expect(exchangeNow(b)).rejects.toMatchObject({ code: 'exchange_another' });
  });
});

const withState = <Result>(one: Machine, work: (state: ExchangeState) => Result): Result => {
  const state = openExchangeState(one.codexHome, false) as ExchangeState;
  try {
    return work(state);
  } finally {
    state.close();
  }
};

const filesBelow = (folder: string): string[] =>
  fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => path.join(parentPath, name));

const bytesBelow = (folder: string): number => filesBelow(folder).reduce((sum, file) => sum + fs.statSync(file).size, 0);

test('a copy of a machine takes an id of its own, and nothing of either is lost', async () => {
  const { machines } = await machinesInStep(2);
  const [a, b] = machines as [Machine, Machine];
  const [talk, other] = [conversation('talk', a.userHome, ['one']), conversation('other', a.userHome, ['other'])];
  addSession(a, talk);
  addSession(a, other);
  await settle(machines);
  const copy = machine();
  fs.cpSync(a.codexHome, copy.codexHome, { recursive: true });
  goOn(a, talk.id, 'on the first');
  goOn(copy, other.id, 'on the copy');
  await exchangeNow(a, { pulls: false });
  const { findings } = await exchangeNow(copy);
  expect(findings.map(({ code }) => code)).toContain('machine_cloned');
  await settle([a, copy, b]);
  for (const one of [a, copy, b])
    expect([...promptsOf(one).values()].sort()).toEqual([
      ['one', 'on the first'],
      ['other', 'on the copy'],
    ]);
});

test('two copies that publish before they see each other are both read', async () => {
  const { place, machines } = await machinesInStep(2);
  const [a, b] = machines as [Machine, Machine];
  const [talk, other] = [conversation('talk', a.userHome, ['one']), conversation('other', a.userHome, ['other'])];
  addSession(a, talk);
  addSession(a, other);
  await settle(machines);
  const copy = machine();
  fs.cpSync(a.codexHome, copy.codexHome, { recursive: true });
  goOn(a, talk.id, 'on the first');
  goOn(copy, other.id, 'on the copy');
  fs.cpSync(place, `${place}.before`, { recursive: true });
  await exchangeNow(a, { pulls: false });
  const first = `${place}.first`;
  fs.renameSync(place, first);
  fs.renameSync(`${place}.before`, place);
  await exchangeNow(copy, { pulls: false });
  fs.cpSync(first, place, { recursive: true });
  const { findings } = await exchangeNow(b);
  expect(findings.map(({ code }) => code)).toContain('machine_forked');
  expect([...promptsOf(b).values()].sort()).toEqual([
    ['one', 'on the first'],
    ['other', 'on the copy'],
  ]);
  await settle([a, copy, b]);
  for (const one of [a, copy]) expect([...promptsOf(one).values()].sort()).toEqual([...promptsOf(b).values()].sort());
});

test('a home that came back from a backup goes on under another id, and gets what it had published', async () => {
  const { machines } = await machinesInStep(2);
  const [a, b] = machines as [Machine, Machine];
  const talk = conversation('talk', a.userHome, ['one']);
  addSession(a, talk);
  await settle(machines);
  const backup = path.join(a.root, 'backup');
  fs.cpSync(a.codexHome, backup, { recursive: true });
  goOn(a, talk.id, 'two');
  await settle(machines);
  fs.rmSync(a.codexHome, { recursive: true });
  fs.cpSync(backup, a.codexHome, { recursive: true });
  await settle(machines);
  for (const one of [a, b]) expect(promptsOf(one).get(talk.id)).toEqual(['one', 'two']);
});

test('a place that came back from a backup is told again what it has lost', async () => {
  const { place, machines } = await machinesInStep(2);
  const [a, b] = machines as [Machine, Machine];
  const talk = conversation('talk', a.userHome, ['one']);
  addSession(a, talk);
  await settle(machines);
  fs.cpSync(place, `${place}.old`, { recursive: true });
  goOn(a, talk.id, 'two');
  await exchangeNow(a);
  fs.rmSync(place, { recursive: true });
  fs.cpSync(`${place}.old`, place, { recursive: true });
  const { findings } = await exchangeNow(a);
  expect(findings.map(({ message }) => message)).toEqual([expect.stringContaining('has lost it')]);
  await settle(machines);
  expect(promptsOf(b).get(talk.id)).toEqual(['one', 'two']);
  expect((await exchangeNow(a)).findings).toEqual([]);
});
