// Logs of whole runs, as real processes write them.

import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { type Conversation, conversation, withTurn } from '../fixtures/conversation.ts';
import { addSession, type Machine, writePackage } from '../fixtures/machine.ts';
import { machinesOfEachTest } from '../fixtures/machines.ts';

const LAUNCHER = path.resolve(import.meta.dirname, '../../scripts/codex-session-sync.cjs');
const machine = machinesOfEachTest();
let here: Machine;
let folder: string;
beforeEach(() => {
  here = machine();
  folder = path.join(here.root, 'logs');
});

function run(...words: string[]): { code: number | null; stderr: string; stdout: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [LAUNCHER, ...words], {
    cwd: here.root,
    encoding: 'utf8',
    env: {
      ...process.env,
      CODEX_HOME: here.codexHome,
      HOME: here.userHome,
      USERPROFILE: here.userHome,
      APPDATA: '',
      XDG_CONFIG_HOME: '',
    },
  });
  return { code: status, stdout, stderr };
}

const logText = (): string =>
  fs
    .readdirSync(folder)
    .map((name) => fs.readFileSync(path.join(folder, name), 'utf8'))
    .join('');
type Line = Record<string, unknown> & { event: string };
const lines = (): Line[] =>
  logText()
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
const events = (): string[] => lines().map(({ event }) => event);

/** Words that people and models have written, and names that they have given. */
const SAID = ['zebrafish', 'quixotic', 'marmalade', 'obsidian'] as const;
const talk = conversation('talk', '/home/far/project', [`about ${SAID[0]}`]);
const parted = conversation('parted', '/home/far/project', [`about ${SAID[1]}`]);
const other: Conversation = { ...conversation('other', '/home/far/project', [`about ${SAID[2]}`]), id: talk.id };

test.each(['text', 'json', 'logfmt'])('nothing that was said, and no name, is in the log of a whole sync (%s)', (format) => {
  addSession(here, withTurn(parted, `${SAID[1]} here`));
  const first = writePackage(here, [
    { conversation: talk, name: `called ${SAID[3]}` },
    { conversation: withTurn(parted, `${SAID[0]} there`) },
  ]);
  const words = ['--log-folder', folder, '--log-level', 'debug', '--log-format', format];
  for (const command of [
    ['inspect-package', first],
    ['sync', first, '--execute'],
    ['sync', writePackage(here, [{ conversation: other }])],
    ['verify'],
    ['sidecar-health'],
    ['doctor'],
    ['list-transactions'],
    ['packup', '--all', '--output', path.join(here.root, 'out')],
    ['relocate', talk.id, here.userHome],
    ['rollback', '--latest', '--execute'],
    ['sync', path.join(here.root, 'nowhere')],
  ])
    run(...command, ...words);
  const text = logText();
  expect(text.match(/command_started/g)).toHaveLength(11);
  expect(text.match(/command_(finished|failed)/g)).toHaveLength(11);
  expect(text).toContain('diverged_lineage');
  for (const said of SAID) expect(text).not.toContain(said);
});

test('nor in the log of an exchange, or of backups', () => {
  const far = machine();
  addSession(here, withTurn(parted, `${SAID[1]} here`));
  addSession(far, withTurn(parted, `${SAID[0]} there`));
  const place = path.join(here.root, 'place');
  const words = ['--log-folder', folder, '--log-level', 'debug', '--log-format', 'json'];
  for (const command of [
    ['exchange', 'init', place, '--codex-home', far.codexHome],
    ['exchange', 'push', '--execute', '--codex-home', far.codexHome],
    ['exchange', 'init', place],
    ['exchange', 'sync', '--execute', '--backup-dir', path.join(here.root, 'backups')],
    ['exchange', 'status'],
    ['exchange', 'check'],
    ['backup', 'create', '--backup-dir', path.join(here.root, 'backups')],
    ['backup', 'list', '--backup-dir', path.join(here.root, 'backups')],
    ['backup', 'restore', '--backup-dir', path.join(here.root, 'backups')],
    ['explain', 'internal'],
  ])
    expect([command, run(...command, ...words).code]).toEqual([command, 0]);
  expect(events().filter((event) => event === 'command_finished')).toHaveLength(10);
  expect(lines()).toContainEqual(
    expect.objectContaining({ event: 'session', classification: 'diverged_lineage', command: 'exchange sync' }),
  );
  for (const said of SAID) expect(logText()).not.toContain(said);
});

test('a log says what was asked for, what became of each session, and how it ended', () => {
  const { code } = run(
    'sync',
    writePackage(here, [{ conversation: talk }]),
    '--execute',
    '--log-folder',
    folder,
    '--log-format',
    'json',
  );
  expect(code).toBe(0);
  expect(events()).toEqual(['command_started', 'session', 'result', 'command_finished']);
  const [started, session, result, finished] = lines();
  expect(started).toMatchObject({
    level: 'info',
    command: 'sync',
    codex_home: here.codexHome,
    flags: expect.stringContaining('execute'),
  });
  expect(session).toMatchObject({ thread_id: talk.id, classification: 'new_lineage', action: 'create' });
  expect(result).toMatchObject({ mode: 'executed', transaction_id: expect.any(String), new_lineage: 1 });
  expect(finished).toMatchObject({ exit_code: 0, milliseconds: expect.any(Number), pid: started?.pid });
});

test('an error is logged by its code and place, and its level is enough for it', () => {
  const nowhere = path.join(here.root, 'nowhere');
  const { code } = run('sync', nowhere, '--log-folder', folder, '--log-format', 'json', '--log-level', 'error');
  expect(code).toBe(4);
  expect(lines()).toEqual([
    expect.objectContaining({ level: 'error', event: 'command_failed', code: 'not_a_package', where: nowhere }),
  ]);
});

test('there is no log unless a folder is named', () => {
  const before = fs.readdirSync(here.root, { recursive: true });
  expect(run('doctor').code).toBe(0);
  expect(fs.readdirSync(here.root, { recursive: true }).filter((name) => String(name).endsWith('.log'))).toEqual([]);
  const alone = run('doctor', '--log-level', 'debug', '--json');
  expect([alone.code, JSON.parse(alone.stdout)]).toEqual([
    4,
    expect.objectContaining({ code: 'usage', message: expect.stringContaining('--log-folder') }),
  ]);
  for (const inside of [here.codexHome, path.join(here.codexHome, 'logs')])
    expect(run('doctor', '--log-folder', inside)).toMatchObject({
      code: 4,
      stderr: expect.stringContaining('cannot lie in the Codex home'),
    });
  expect(before.length).toBeGreaterThan(0);
});

test('the configuration names it, with its rules', () => {
  const config = path.join(here.root, 'c.toml');
  fs.mkdirSync(folder);
  fs.writeFileSync(
    config,
    `[logging]\nfolder = ${JSON.stringify(folder)}\nformat = "json"\nlevel = "warning"\nkeep_days = 1\nold = "plain"\n`,
  );
  expect(run('doctor', '-c', config).code).toBe(0);
  expect(fs.readdirSync(folder)).toEqual([]);
  run('doctor', '-c', config, '--log-level', 'info');
  expect(events().at(-1)).toBe('command_finished');
});

test('a log that cannot be written is a warning, and the command goes on', () => {
  fs.writeFileSync(folder, 'no folder');
  const { code, stderr } = run('list-transactions', '--log-folder', folder);
  expect(code).toBe(0);
  expect(stderr.match(/Warning: The log cannot be written/g)).toHaveLength(1);
});
