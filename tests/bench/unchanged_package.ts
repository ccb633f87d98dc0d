// The second sync of a package of many sessions, none of which changed, against reading every file of the package once.
//   node --import tsx tests/bench/unchanged_package.ts [sessions] [runs]

import fs from 'node:fs';
import path from 'node:path';
import { inWorkFolder, measure, measureSync, median, newHome } from './measure.ts';
import { rolloutName, threadId, writePackage, writeRollout } from './synthetic_package.ts';

const count = Number(process.argv[2] ?? 2000);
const runs = Number(process.argv[3] ?? 5);

inWorkFolder((folder) => {
  const packageFolder = path.join(folder, 'package');
  fs.mkdirSync(path.join(packageFolder, 'sessions'), { recursive: true });
  const sessions = Array.from({ length: count }, (_, index) => {
    const id = threadId(index + 1);
    const file = path.join(packageFolder, 'sessions', rolloutName(id));
    writeRollout(file, id, 200_000 + (index % 7) * 50_000);
    return { threadId: id, file };
  });
  writePackage(packageFolder, sessions);
  const home = newHome(folder, 'home');
  measureSync(home, packageFolder);
  const ours: number[] = [];
  const plain: number[] = [];
  for (let run = 0; run < runs; run++) {
    ours.push(measureSync(home, packageFolder).seconds);
    plain.push(measure('sh', ['-c', `openssl dgst -sha256 "${packageFolder}"/sessions/* > /dev/null`]).seconds);
  }
  const bytes = sessions.reduce((sum, { file }) => sum + fs.statSync(file).size, 0);
  const ratio = median(ours.map((seconds, run) => seconds / (plain[run] as number)));
  console.log(
    `unchanged package of ${count} sessions, ${(bytes / 1e6).toFixed(0)} MB: ${median(ours).toFixed(2)} s; reading it once (openssl dgst): ${median(plain).toFixed(2)} s; ratio ${ratio.toFixed(2)}`,
  );
});
