// Hostile text in each place that a command prints: nothing of it may reach the terminal as more than text.

import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { runAll } from '../fixtures/command_lines.ts';
import { conversation, withTurn } from '../fixtures/conversation.ts';
import { addSession, inState, type Machine, syncNow, writePackage } from '../fixtures/machine.ts';
import { machinesOfEachTest } from '../fixtures/machines.ts';
import { addSkill } from '../fixtures/skills.ts';

const EVIL = '\u001b]0;owned\u0007\u001b[2J\u009b31m\u202e\u2066\u200b\u2028\u0085x';
/** No file name has a NUL or a slash; a name that Windows takes has none of these at all. */
const NAME = `evil ${EVIL}`;

const make = machinesOfEachTest();
const talk = conversation('one', '/home/far/project', ['first']);
const parted = conversation('parted', '/home/far/project', ['first']);

function expectHarmless(here: Machine, commands: string[][]): void {
  const all = commands.flatMap((words) => [words, [...words, '--json']]);
  for (const [at, { code, stdout, stderr }] of runAll(here, all).entries()) {
    expect([all[at], code], stderr).not.toEqual([all[at], 1]);
    expect(`${stdout}${stderr}`.replaceAll('\n', ''), String(all[at])).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
  }
}

/** A home and a package that have hostile text wherever they may. */
function hostile(): { here: Machine; folder: string } {
  const outer = make();
  const root = path.join(outer.root, NAME);
  fs.renameSync(path.join(outer.root, 'user'), path.join(outer.root, 'u'));
  fs.mkdirSync(root);
  fs.renameSync(path.join(outer.root, 'u'), path.join(root, 'user'));
  const here = { root, codexHome: path.join(root, 'user', '.codex'), userHome: path.join(root, 'user') };
  const row = { title: EVIL, first_user_message: EVIL, model_provider: EVIL, cwd: `/home/${EVIL}` };
  const stranger = { ...conversation('stranger', `/home/${EVIL}`, [EVIL]), id: EVIL };
  const folder = writePackage(here, [
    { conversation: talk, row, name: EVIL },
    { conversation: withTurn(parted, 'there'), row },
    { conversation: conversation('third', `/home/${EVIL}`, [EVIL]), row: { ...row, id: EVIL } },
  ]);
  fs.appendFileSync(path.join(folder, 'metadata', 'threads.jsonl'), `${JSON.stringify({ id: stranger.id, title: EVIL })}\n`);
  fs.writeFileSync(path.join(folder, 'skeleton', 'required-directories.json'), JSON.stringify([`/srv/${EVIL}`]));
  addSkill(folder, 'plot');
  fs.writeFileSync(path.join(folder, 'skills', 'plot', NAME), EVIL);
  addSession(here, withTurn(parted, 'here'), row);
  return { here, folder };
}

test.skipIf(process.platform === 'win32')('no command lets hostile text act on the terminal, as text or as JSON', () => {
  const { here, folder } = hostile();
  syncNow(here, writePackage(here, [{ conversation: conversation('before', '/x', ['a']), row: { title: EVIL } }]));
  const commands = [
    ['inspect-package', folder, '--include-skills', 'plot'],
    ['sync', folder, '--map-path', `/home=${here.userHome}/${EVIL}`],
    ['sync', folder, '--execute', '--include-skills', EVIL],
    ['list-transactions'],
    ['rollback', '--latest'],
    ['adopt', '--all'],
    ['verify'],
    ['sidecar-health'],
    ['prune-invalid-mappings'],
    ['rebuild-sidecar'],
    ['prune-journal', '--keep', '0'],
    ['doctor'],
    ['packup', '--all', '--output', path.join(here.root, `packed ${EVIL}`)],
  ];
  inState(here, (database) => database.prepare("UPDATE threads SET rollout_path = ? WHERE title = 'before'").run(EVIL));
  expectHarmless(here, commands);
});

test.skipIf(process.platform === 'win32')('no error lets hostile text act on the terminal, a wrong command line included', () => {
  const { here } = hostile();
  fs.writeFileSync(path.join(here.codexHome, 'config.toml'), `${EVIL} = `);
  const wrong = [
    ['inspect-package', `/nowhere/${EVIL}`],
    [EVIL],
    ['sync', 'x', `--${EVIL}`],
    ['sync', 'x', '--on-divergence', EVIL],
    ['sync', 'x', '--thread-id', EVIL, '--map-path', EVIL],
    ['explain', EVIL],
    ['list-transactions', '--codex-home', `/nowhere/${EVIL}`],
    ['inspect-package', 'x', '--extension', `./${EVIL}.mjs`],
    ['verify', '--with-codex', `/nowhere/${EVIL}`],
    ['rollback', '--transaction-id', EVIL],
  ];
  expectHarmless(here, wrong);
});
