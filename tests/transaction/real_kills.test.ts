// The real program as a process of its own, killed with SIGKILL at moments spread over its writing.

import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { findHot } from '../../scripts/lib/adapters/journal_folder.ts';
import { type Machine, removeMachine } from '../fixtures/machine.ts';
import { differences, type Snapshot, snapshot, withoutJournal } from '../fixtures/snapshot.ts';
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
  const saved = `${machine.root}.saved`;
  made.push(machine, { ...machine, root: saved });
  if (command === 'rollback') syncHere(prepared);
  fs.cpSync(machine.root, saved, { recursive: true, preserveTimestamps: true });
  const before = stateOf(machine);
  const again = (): void => {
    fs.rmSync(machine.root, { recursive: true });
    fs.cpSync(saved, machine.root, { recursive: true, preserveTimestamps: true });
  };
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
