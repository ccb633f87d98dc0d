// `sidecar-health` of a healthy home with the databases of Codex 0.169, against reading every rollout of it once.
//   node --import tsx tests/bench/health.ts [sessions] [runs]

import fs from 'node:fs';
import path from 'node:path';
import Database from 'better-sqlite3';
import { makeMachine, removeMachine } from '../fixtures/machine.ts';
import { ENTRY, measure, measureSync, median } from './measure.ts';
import { rolloutName, threadId, writePackage, writeRollout } from './synthetic_package.ts';

const count = Number(process.argv[2] ?? 5000);
const runs = Number(process.argv[3] ?? 3);

const machine = makeMachine('0.169.0');
try {
  const packageFolder = path.join(machine.root, 'package');
  fs.mkdirSync(path.join(packageFolder, 'sessions'), { recursive: true });
  const sessions = Array.from({ length: count }, (_, index) => {
    const id = threadId(index + 1);
    const file = path.join(packageFolder, 'sessions', rolloutName(id));
    writeRollout(file, id, 20_000);
    return { threadId: id, file };
  });
  writePackage(packageFolder, sessions);
  measureSync(machine.codexHome, packageFolder);
  project(sessions.map(({ threadId: id }) => id));
  const ours = Array.from({ length: runs }, () =>
    measure(process.execPath, [ENTRY, 'sidecar-health', '--codex-home', machine.codexHome]),
  );
  const plain = Array.from({ length: runs }, () =>
    measure('sh', ['-c', `find "${machine.codexHome}/sessions" -type f -exec openssl dgst -sha256 {} + > /dev/null`]),
  );
  const seconds = median(ours.map((run) => run.seconds));
  const reading = median(plain.map((run) => run.seconds));
  const memory = Math.max(...ours.map(({ mebibytes }) => mebibytes));
  console.log(
    `health of ${count} sessions: ${seconds.toFixed(2)} s, peak ${memory.toFixed(0)} MiB; reading them once (openssl dgst): ${reading.toFixed(2)} s; ratio ${(seconds / reading).toFixed(2)}`,
  );
} finally {
  removeMachine(machine);
}

/** What Codex's history database holds once every session was opened. */
function project(ids: string[]): void {
  const database = new Database(path.join(machine.codexHome, 'thread_history_1.sqlite'));
  const insert = database.prepare('INSERT INTO thread_history_projection_state VALUES (?, 1, 1)');
  database.transaction(() => {
    for (const id of ids) insert.run(id);
  })();
  database.close();
}
