// The real program as a process of its own, killed with SIGKILL at moments spread over its writing.

import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { findHot } from '../../scripts/lib/adapters/journal_folder.ts';
import { type Machine, removeMachine } from '../fixtures/machine.ts';
import { differences, type Snapshot, snapshot, withoutJournal } from '../fixtures/snapshot.ts';
import { savedCopy } from './home_states.ts';
import { livedInHome, type Prepared, syncHere } from './homes.ts';

const LAUNCHER = fileURLToPath(new URL('../../scripts/codex-session-sync.cjs', import.meta.url));
const KILLS = 12;

const made: Machine[] = [];
afterEach(() => made.splice(0).forEach(removeMachine));

const wordsOf = (command: 'sync' | 'rollback', { machine, folder }: Prepared): string[] =>
  command === 'rollback'
    ? ['rollback', '--latest', '--execute', '--codex-home', machine.codexHome]
    : [
        'sync',
        folder,
        '--execute',
        '--codex-home',
        machine.codexHome,
        '--user-home',
        machine.userHome,
        '--map-path',
        `/home/far=${path.join(machine.userHome, 'near')}`,
      ];

const environment = { ...process.env };
delete environment.CODEX_THREAD_ID;
delete environment.CODEX_SQLITE_HOME;

/** What is seen of a run from outside: it has the lock; its journal is prepared and its changes begin, which fill the first half of the rest. */
type Sign = 'locked' | 'prepared';

function isSeen(sign: Sign, root: string, earlier: ReadonlySet<string>): boolean {
  if (sign === 'locked') return fs.existsSync(path.join(root, 'writer.lock'));
  const journals = fs.existsSync(root) ? fs.readdirSync(root) : [];
  return journals.some((name) => !earlier.has(name) && fs.existsSync(path.join(root, name, 'manifest.json')));
}

/** Kills the process so many milliseconds after the sign; Infinity lets it end. Tells how long it ran after that. */
function runAndKill(words: string[], machine: Machine, sign: Sign, after: number): Promise<{ wasKilled: boolean; ran: number }> {
  const root = path.join(machine.codexHome, 'sync-journal');
  const earlier = new Set(fs.existsSync(root) ? fs.readdirSync(root) : []);
  const child = spawn(process.execPath, [LAUNCHER, ...words], { env: environment, stdio: 'ignore' });
  let seen: number | null = null;
  const look = (): void => {
    if (child.exitCode !== null) return;
    if (seen === null && isSeen(sign, root, earlier)) seen = performance.now();
    if (seen !== null && performance.now() - seen >= after) child.kill('SIGKILL');
    else setImmediate(look);
  };
  look();
  return new Promise((resolve) => {
    child.once('exit', (_code, signal) =>
      resolve({ wasKilled: signal === 'SIGKILL', ran: seen === null ? 0 : performance.now() - seen }),
    );
  });
}

const recoverNow = ({ codexHome }: Machine): number | null =>
  spawnSync(process.execPath, [LAUNCHER, 'recover', '--execute', '--codex-home', codexHome], { env: environment }).status;

/** SQLite's own journal of a transaction that had changed nothing yet may lie there; the next one takes it away. */
const stateOf = ({ userHome }: Machine): Snapshot =>
  Object.fromEntries(Object.entries(withoutJournal(snapshot(userHome))).filter(([name]) => !name.endsWith('.sqlite-journal')));

test.each(['sync', 'rollback'] as const)('a %s that is killed is as never begun, or as done', async (command) => {
  const prepared = livedInHome();
  const { machine } = prepared;
  if (command === 'rollback') syncHere(prepared);
  const { again, root } = savedCopy(machine);
  made.push(machine, { ...machine, root });
  const before = stateOf(machine);
  const lasts = { locked: 0, prepared: 0 };
  for (const sign of ['locked', 'prepared'] as const) {
    again();
    lasts[sign] = (await runAndKill(wordsOf(command, prepared), machine, sign, Number.POSITIVE_INFINITY)).ran;
  }
  const after = stateOf(machine);
  expect(differences(after, before)).not.toEqual([]);
  let killed = 0;
  for (let at = 0; at < KILLS; at++) {
    again();
    const sign = at % 3 === 0 ? 'locked' : 'prepared';
    const { wasKilled } = await runAndKill(
      wordsOf(command, prepared),
      machine,
      sign,
      (at * lasts[sign]) / KILLS / (sign === 'prepared' ? 2 : 1),
    );
    if (wasKilled) killed++;
    if (findHot(machine.codexHome).length > 0) expect(recoverNow(machine)).toBe(0);
    const now = stateOf(machine);
    const isBefore = differences(now, before).length === 0;
    if (!isBefore)
      expect({ before: differences(now, before), after: differences(now, after) }, `kill ${at + 1} of ${KILLS}`).toMatchObject({
        after: [],
      });
    expect(findHot(machine.codexHome)).toEqual([]);
  }
  expect(killed).toBeGreaterThan(0);
});

const RECOVER = ['recover', '--execute', '--wait', '20', '--codex-home'];

const recoverBeside = ({ codexHome }: Machine): Promise<number | null> =>
  new Promise((resolve) =>
    spawn(process.execPath, [LAUNCHER, ...RECOVER, codexHome], { env: environment, stdio: 'ignore' }).once('exit', resolve),
  );

/** Leaves a transaction behind whose changes have begun; one that came to its end before the kill is tried again from the start. */
async function interruptSync(prepared: Prepared, again: () => void): Promise<void> {
  for (let tries = 0; tries < 20 && findHot(prepared.machine.codexHome).length === 0; tries++) {
    again();
    await runAndKill(wordsOf('sync', prepared), prepared.machine, 'prepared', tries % 3);
  }
}

test('a recovery that is killed several times, and then runs twice at once, gives the state before', async () => {
  const prepared = livedInHome();
  const { machine } = prepared;
  const saved = savedCopy(machine);
  made.push(machine, { ...machine, root: saved.root });
  const before = stateOf(machine);
  let killed = 0;
  for (let round = 0; round < 3; round++) {
    await interruptSync(prepared, saved.again);
    for (let after = round; after < 12 && findHot(machine.codexHome).length > 0; after += 4)
      if ((await runAndKill([...RECOVER, machine.codexHome], machine, 'locked', after)).wasKilled) killed++;
    expect(await Promise.all([recoverBeside(machine), recoverBeside(machine)])).toEqual([0, 0]);
    expect(findHot(machine.codexHome)).toEqual([]);
    expect(differences(stateOf(machine), before), `round ${round + 1}`).toEqual([]);
  }
  expect(killed).toBeGreaterThan(0);
});
