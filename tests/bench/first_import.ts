// First import of one large rollout, against copying it and hashing it with the system's tools.
//   node --import tsx tests/bench/first_import.ts [megabytes] [runs]

import fs from 'node:fs';
import path from 'node:path';
import { inWorkFolder, measure, measureSync, median, newHome } from './measure.ts';
import { rolloutName, threadId, writePackage, writeRollout } from './synthetic_package.ts';

const megabytes = Number(process.argv[2] ?? 500);
const runs = Number(process.argv[3] ?? 5);

inWorkFolder((folder) => {
  const packageFolder = path.join(folder, 'package');
  const id = threadId(1);
  const file = path.join(packageFolder, 'sessions', rolloutName(id));
  fs.mkdirSync(path.dirname(file), { recursive: true });
  writeRollout(file, id, megabytes * 1e6);
  writePackage(packageFolder, [{ threadId: id, file }]);
  const ours: number[] = [];
  const plain: number[] = [];
  let memory = 0;
  for (let run = 0; run <= runs; run++) {
    const home = newHome(folder, `home${run}`);
    const sync = measureSync(home, packageFolder);
    const copy = path.join(folder, 'copy');
    const reference = measure('cp', [file, copy]).seconds + measure('openssl', ['dgst', '-sha256', copy]).seconds;
    fs.rmSync(home, { recursive: true });
    fs.rmSync(copy);
    if (run === 0) continue; // the first run warms the page cache
    ours.push(sync.seconds);
    plain.push(reference);
    memory = Math.max(memory, sync.mebibytes);
  }
  const ratio = median(ours.map((seconds, run) => seconds / (plain[run] as number)));
  console.log(
    `first import of ${megabytes} MB: ${median(ours).toFixed(2)} s, peak ${memory.toFixed(0)} MiB; cp + openssl dgst: ${median(plain).toFixed(2)} s; ratio ${ratio.toFixed(2)}`,
  );
});
