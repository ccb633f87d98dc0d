// A fast-forward of 1 MB onto a large rollout, against reading that rollout twice: once here, once in the package.
//   node --import tsx tests/bench/fast_forward.ts [megabytes] [runs]

import fs from 'node:fs';
import path from 'node:path';
import { inWorkFolder, measure, measureSync, median, newHome } from './measure.ts';
import { rolloutName, threadId, writePackage, writeRollout } from './synthetic_package.ts';

const megabytes = Number(process.argv[2] ?? 500);
const runs = Number(process.argv[3] ?? 3);

inWorkFolder((folder) => {
  const packageFolder = path.join(folder, 'package');
  const id = threadId(1);
  const file = path.join(packageFolder, 'sessions', rolloutName(id));
  fs.mkdirSync(path.dirname(file), { recursive: true });
  let ordinal = writeRollout(file, id, megabytes * 1e6);
  writePackage(packageFolder, [{ threadId: id, file }]);
  const home = newHome(folder, 'home');
  measureSync(home, packageFolder);
  const ours: number[] = [];
  const plain: number[] = [];
  let memory = 0;
  for (let run = 0; run < runs; run++) {
    ordinal = writeRollout(file, id, 1e6, ordinal);
    const sync = measureSync(home, packageFolder);
    ours.push(sync.seconds);
    memory = Math.max(memory, sync.mebibytes);
    plain.push(measure('openssl', ['dgst', '-sha256', file]).seconds * 2);
  }
  const journal = fs.readdirSync(path.join(home, 'sync-journal')).toSorted().at(-1) as string;
  const kept = fs.readdirSync(path.join(home, 'sync-journal', journal), { recursive: true, withFileTypes: true });
  const journalBytes = kept
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + fs.statSync(path.join(entry.parentPath, entry.name)).size, 0);
  const ratio = median(ours.map((seconds, run) => seconds / (plain[run] as number)));
  console.log(
    `fast-forward of 1 MB onto ${megabytes} MB: ${median(ours).toFixed(2)} s, peak ${memory.toFixed(0)} MiB, journal ${(journalBytes / 1e3).toFixed(1)} kB; reading both sides (openssl dgst): ${median(plain).toFixed(2)} s; ratio ${ratio.toFixed(2)}`,
  );
});
