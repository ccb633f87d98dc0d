import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { conversation, withTurn } from '../fixtures/conversation.ts';
import { addSession, type Machine, makeMachine, removeMachine, writePackage } from '../fixtures/machine.ts';

const LAUNCHER = path.resolve(import.meta.dirname, '../../scripts/codex-session-sync.cjs');
const talk = conversation('one', '/home/far/project', ['first']);

let here: Machine;
beforeEach(() => {
  here = makeMachine();
});
afterEach(() => removeMachine(here));

function sync(debug: NodeJS.ProcessEnv): { stdout: string; stderr: string } {
  const { CODEX_THREAD_ID: _none, ...environment } = process.env;
  const env = { ...environment, CODEX_HOME: here.codexHome, HOME: here.userHome, ...debug };
  const folder = writePackage(here, [{ conversation: withTurn(talk, 'second') }]);
  return spawnSync(process.execPath, [LAUNCHER, 'sync', folder, '--execute', '--json', '--quiet'], { encoding: 'utf8', env });
}

test('CODEX_SYNC_DEBUG=1 says step by step what is decided and why, and leaves the document alone', () => {
  addSession(here, talk);
  const { stdout, stderr } = sync({ CODEX_SYNC_DEBUG: '1' });
  expect(JSON.parse(stdout)).toMatchObject({ kind: 'sync', mode: 'executed' });
  expect(stderr.split('\n').map((line) => line.split(':')[1]?.trim())).toEqual(
    expect.arrayContaining(['package', 'compare', 'decide', 'plan', 'prepare', 'commit']),
  );
  expect(stderr).toContain(`debug: decide: ${talk.id} is fast_forward_import (incoming_longer: `);
});

test('nobody else is told', () => {
  expect(sync({}).stderr).toBe('');
  expect(sync({ CODEX_SYNC_DEBUG: '0' }).stderr).toBe('');
});
