// One rollout of the home that the system does not give back: its session is left out and named, and nothing else is held up.

import fs from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { conversation, withTurn } from '../fixtures/conversation.ts';
import { addSession, type Machine, makeMachine, removeMachine, syncNow, writePackage } from '../fixtures/machine.ts';
import { canRunAsOrdinary, runAsOrdinaryUser } from '../fixtures/ordinary_user.ts';

const talk = (seed: string) => conversation(seed, '/home/far/project', ['first']);
const [open, closed, fresh] = [talk('open'), talk('closed'), talk('fresh')];

const made: Machine[] = [];
afterEach(() => made.splice(0).forEach(removeMachine));

function prepare() {
  const machine = makeMachine();
  made.push(machine);
  const [, file] = [open, closed].map((session) => addSession(machine, session));
  syncNow(machine, writePackage(machine, [{ conversation: open }, { conversation: closed }]));
  const folder = writePackage(machine, [
    { conversation: withTurn(open, 'second there') },
    { conversation: withTurn(closed, 'second there') },
    { conversation: fresh },
  ]);
  fs.chmodSync(file as string, 0);
  return { machine, folder, file: file as string };
}

describe.runIf(canRunAsOrdinary)('a local rollout that this user may not read', () => {
  test('is left out of a sync and named, and the others are synced', () => {
    const { machine, folder, file } = prepare();
    const said = [
      ['fast_forward_import', ''],
      ['invalid', 'local_unreadable'],
      ['new_lineage', ''],
    ];
    for (const words of [['inspect-package'], ['sync'], ['sync', '--execute']]) {
      const { code, document } = runAsOrdinaryUser(machine, [...words.slice(0, 1), folder, ...words.slice(1)]);
      const { sessions } = document as { sessions: { classification: string; reason_code: string; reason: string }[] };
      expect([code, sessions.map(({ classification }) => classification)]).toEqual([2, said.map(([name]) => name)]);
      expect(sessions[1]).toMatchObject({ reason_code: 'local_unreadable', reason: expect.stringContaining(file) });
    }
    expect(fs.readFileSync(path.join(path.dirname(file), path.basename(file)), 'utf8')).not.toContain('second there');
  });

  test.each<[string, string[]]>([
    ['verify', ['verify']],
    ['sidecar-health', ['sidecar-health']],
  ])('is a finding of %s', (_what, words) => {
    const { machine, file } = prepare();
    const { code, document } = runAsOrdinaryUser(machine, words);
    const { findings } = document as { findings: { code: string; where: string }[] };
    expect(code).toBe(6);
    expect(findings).toContainEqual(expect.objectContaining({ code: 'rollout_unreadable', where: file }));
  });

  test('is left out of a package and named there', () => {
    const { machine, file } = prepare();
    const { code, document } = runAsOrdinaryUser(machine, ['packup', '--all', '--output', path.join(machine.root, 'out')]);
    const { sessions, warnings } = document as { sessions: { thread_id: string }[]; warnings: string[] };
    expect([code, sessions.map(({ thread_id }) => thread_id)]).toEqual([0, [open.id]]);
    expect(warnings.join('\n')).toContain(file);
  });

  test.each<[string, string[]]>([
    ['rebuild-sidecar', ['rebuild-sidecar', '--execute']],
    ['adopt --all', ['adopt', '--all', '--execute']],
    ['list-transactions', ['list-transactions']],
    ['rollback of the other one', ['rollback', '--latest', '--thread-id', open.id, '--execute']],
    ['recover', ['recover', '--execute']],
  ])('does not end %s', (_what, words) => {
    const { machine } = prepare();
    const { code, document } = runAsOrdinaryUser(machine, words);
    expect(document).not.toMatchObject({ kind: 'error' });
    expect([0, 2, 6]).toContain(code);
  });
});
