// `npm run demo`: the main job on the bundled example, in a throw-away user home. Your own ~/.codex is not touched.

import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const launcher = fileURLToPath(new URL('./codex-session-sync.cjs', import.meta.url));
const example = (day: string): string => fileURLToPath(new URL(`../assets/example/${day}`, import.meta.url));

const userHome = fs.mkdtempSync(path.join(os.tmpdir(), 'codex-session-sync-demo-'));
const codexHome = path.join(userHome, '.codex');
fs.mkdirSync(codexHome);
// A folder that nothing shows to be a Codex home would be refused.
fs.writeFileSync(path.join(codexHome, 'config.toml'), '');

/** Runs one command as a user would; the demo ends where one fails. */
function run(story: string, ...words: string[]): void {
  const shown = words.map((word) => word.replace(example(''), 'assets/example/')).join(' ');
  console.log(`\n=== ${story}\n$ codex-session-sync ${shown}\n`);
  const { CODEX_THREAD_ID: _none, ...environment } = process.env;
  const { status } = spawnSync(
    process.execPath,
    [launcher, ...words, '--codex-home', codexHome, '--user-home', userHome, '--quiet'],
    { stdio: 'inherit', env: environment },
  );
  if (status !== 0) throw new Error(`exit ${status}`);
}

/** What a user who goes on with the session on this machine leaves in the rollout. */
function goOnHere(): void {
  const folder = path.join(codexHome, 'sessions', '2026', '11', '03');
  const rollout = path.join(folder, fs.readdirSync(folder)[0] as string);
  const ordinal = fs.readFileSync(rollout, 'utf8').trimEnd().split('\n').length;
  const timestamp = '2026-11-03T18:00:00.000Z';
  const payloads = [
    { type: 'task_started', turn_id: 'a turn of this machine' },
    { type: 'task_complete', turn_id: 'a turn of this machine' },
  ];
  const lines = payloads.map((payload, index) =>
    JSON.stringify({ timestamp, ordinal: ordinal + index, type: 'event_msg', payload }),
  );
  fs.appendFileSync(rollout, `${lines.join('\n')}\n`);
}

try {
  run('A package has arrived. What is in it? (writes nothing)', 'inspect-package', example('monday'));
  run('Import it', 'sync', example('monday'), '--execute');
  run('The same package again: nothing to do', 'sync', example('monday'), '--execute');
  run('Its sender has continued it: only the new lines are appended', 'sync', example('tuesday'), '--execute');
  run('Undo that', 'rollback', '--latest', '--execute');
  goOnHere();
  run('Both sides have new lines: the incoming side becomes a branch', 'sync', example('tuesday'), '--execute');
  run('Is everything coherent?', 'verify');
  run('What was done', 'list-transactions');
  console.log(`\nDone. Everything happened in a temporary folder, now removed: ${userHome}`);
  console.log('Next, in your own Codex home (writes nothing): node scripts/codex-session-sync.cjs doctor');
  console.log('Then, with a package that you have received:    node scripts/codex-session-sync.cjs inspect-package PACKAGE');
} finally {
  fs.rmSync(userHome, { recursive: true, force: true });
}
