// CODEX_SYNC_DEBUG=1: enough to follow a run, and nothing of what was said in it.

import fs from 'node:fs';
import path from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { runAll } from '../fixtures/command_lines.ts';
import { conversation, withTurn } from '../fixtures/conversation.ts';
import { addSession, type Machine, syncNow, writePackage } from '../fixtures/machine.ts';
import { machinesOfEachTest } from '../fixtures/machines.ts';

const make = machinesOfEachTest();
const talk = conversation('one', '/home/far/project', ['the words of a user']);
const own = conversation('own', '/home/far/project', ['the words of another']);
let here: Machine;

beforeEach(() => {
  here = make();
  syncNow(here, writePackage(here, [{ conversation: talk }]));
});

const traced = (commands: string[][]) => runAll(here, commands, { CODEX_SYNC_DEBUG: '1' });
const stepsOf = (stderr: string, topic: string): string[] =>
  stderr.split('\n').filter((line) => line.startsWith(`debug: ${topic}: `));
const journals = (): string[] => fs.readdirSync(path.join(here.codexHome, 'sync-journal')).sort();

test('a sync says home, package, comparison, decision and reason, every operation, locks and the states of its journal', () => {
  const longer = withTurn(talk, 'the words that came later');
  const folder = writePackage(here, [{ conversation: longer, name: 'the name of it' }]);
  const [ran] = traced([['sync', folder, '--execute', '--json']]);
  const { stdout, stderr } = ran as { stdout: string; stderr: string };
  const first = (topic: string) => stepsOf(stderr, topic)[0] ?? '';
  expect(first('home')).toContain(here.codexHome);
  expect(first('local')).toContain('1 session(s), sidecar knows 1');
  expect(first('package')).toContain(folder);
  expect(first('compare')).toMatch(
    new RegExp(`${talk.id} with local ${talk.id}: lines \\d+ shared .*, 0 local only, \\d+ incoming only`),
  );
  expect(first('decide')).toContain(`${talk.id} is fast_forward_import (incoming_longer: `);
  expect(first('plan')).toContain(`${talk.id}: append; append_rollout`);
  expect(first('stage')).toContain('append_file');
  expect(stepsOf(stderr, 'apply').map((line) => line.split('apply: ')[1]?.split(' ')[0])).toContain('append_file');
  expect(stepsOf(stderr, 'journal').map((line) => line.split(' ').at(-1))).toEqual(['prepared', 'completed']);
  expect(stepsOf(stderr, 'locks').map((line) => line.split(' ').at(-1))).toEqual(expect.arrayContaining(['taken', 'back']));
  for (const words of ['the words', 'the name']) expect(stderr).not.toContain(words);
  expect(JSON.parse(stdout)).toMatchObject({ kind: 'sync', mode: 'executed' });
});

test('rollback, adopt and recover say what becomes of each session, and why', () => {
  addSession(here, own);
  const [rollback, adopt] = traced([
    ['rollback', '--latest'],
    ['adopt', '--all'],
  ]);
  expect(stepsOf(String(rollback?.stderr), 'rollback')[0]).toContain(`${talk.id}: rolled_back (unchanged_since)`);
  expect(stepsOf(String(adopt?.stderr), 'adopt').join()).toContain(`${own.id}: adopted (newly_adopted)`);
  const [journal] = journals();
  const manifest = path.join(here.codexHome, 'sync-journal', String(journal), 'manifest.json');
  fs.writeFileSync(manifest, fs.readFileSync(manifest, 'utf8').replace('"completed"', '"prepared"'));
  const [recover] = traced([['recover', '--execute']]);
  const stderr = String(recover?.stderr);
  expect(stepsOf(stderr, 'recover')[0]).toContain(`${journal} was interrupted`);
  expect(stepsOf(stderr, 'undo').join()).toContain(talk.id);
  expect(stepsOf(stderr, 'journal')[0]).toMatch(/removed$/);
  expect(stderr).not.toContain('the words');
});

test('without it nothing of that is said, and a path that would act on the terminal is spelled out with it', () => {
  const folder = path.join(here.root, 'pack\u001b[31mage');
  fs.renameSync(writePackage(here, [{ conversation: talk }]), folder);
  for (const value of ['', '0'])
    expect(runAll(here, [['inspect-package', folder]], { CODEX_SYNC_DEBUG: value })[0]?.stderr).toBe('');
  const [loud] = traced([['inspect-package', folder, '--quiet']]);
  expect(loud?.stderr).toContain('pack\\x1b[31mage');
  expect(loud?.stderr).not.toContain('\u001b');
});
