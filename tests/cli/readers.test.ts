// Who reads the output may be slow, or gone: the command waits for the one and not for the other.

import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { deriveThreadId } from '../../scripts/lib/domain/ids/thread_id.ts';
import { conversation, rolloutName } from '../fixtures/conversation.ts';
import { type Machine, makeMachine, removeMachine, writePackage } from '../fixtures/machine.ts';

const LAUNCHER = path.resolve('scripts/codex-session-sync.cjs');
/** More than pipes and streams hold. */
const SESSIONS = 1500;

let here: Machine;
let folder: string;
beforeAll(() => {
  here = makeMachine();
  const talk = conversation('read', '/home/far/project', ['hello']);
  const many = Array.from({ length: SESSIONS }, (_, at) => {
    const id = deriveThreadId(at, 'many');
    return { conversation: { ...talk, id, lines: talk.lines.map((line) => line.replaceAll(talk.id, id)) } };
  });
  folder = writePackage(here, many);
  // One that is refused, so that the exit code says something.
  fs.rmSync(path.join(folder, 'sessions', rolloutName((many[0] as (typeof many)[0]).conversation)));
});
afterAll(() => removeMachine(here));

/** What the reader makes of the report, then the command's exit code. */
function readBy(reader: string): string[] {
  const tool = '"$NODE" "$TOOL" inspect-package "$PACKAGE" --json --quiet';
  const { stdout, status } = spawnSync('/bin/bash', ['-c', `${tool} | ${reader}; echo " \${PIPESTATUS[0]}"`], {
    encoding: 'utf8',
    timeout: 60_000,
    maxBuffer: 1 << 26,
    env: {
      ...process.env,
      NODE: process.execPath,
      TOOL: LAUNCHER,
      PACKAGE: folder,
      CODEX_HOME: here.codexHome,
      HOME: here.userHome,
      CODEX_THREAD_ID: '',
    },
  });
  expect(status).toBe(0);
  return stdout.trim().split(/\s+(?=\d$)/);
}

describe.skipIf(process.platform === 'win32')('a report that is longer than a pipe', () => {
  test('is whole for a reader that takes its time', () => {
    const [report, exit] = readBy('(sleep 2; cat)');
    expect([exit, JSON.parse(report as string).sessions.length]).toEqual(['2', SESSIONS]);
  });

  test('ends with its command when the reader has seen enough', () => {
    expect(readBy('head -c 8')).toEqual(['{"kind":', '2']);
  });
});
