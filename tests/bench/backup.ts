// `backup create` of many sessions, against compressing and hashing the same files with the system's tools.
//   node --import tsx tests/bench/backup.ts [megabytes] [sessions] [runs]

import fs from 'node:fs';
import path from 'node:path';
import { ENTRY, inWorkFolder, type Measured, measure, median, newHome } from './measure.ts';
import { rolloutName, threadId, writeRollout } from './synthetic_package.ts';

const megabytes = Number(process.argv[2] ?? 1000);
const sessions = Number(process.argv[3] ?? 20);
const runs = Number(process.argv[4] ?? 3);

inWorkFolder((folder) => {
  const home = newHome(folder, 'home');
  const place = path.join(home, 'sessions', '2026', '09', '21');
  fs.mkdirSync(place, { recursive: true });
  for (let at = 1; at <= sessions; at++)
    writeRollout(path.join(place, rolloutName(threadId(at))), threadId(at), (megabytes * 1e6) / sessions);
  for (const form of ['zip', 'none']) {
    const measured: { ours: Measured; plain: number; size: number }[] = [];
    for (let run = 0; run <= runs; run++) {
      const backups = path.join(folder, `${form}${run}`);
      const words = ['backup', 'create', '--codex-home', home, '--backup-dir', backups, '--compression', form, '--quiet'];
      const ours = measure(process.execPath, [ENTRY, ...words]);
      const copy = path.join(folder, 'copy');
      const stored = form === 'zip' ? `gzip -4 -r -c '${place}' > '${copy}'` : `cp -r '${place}' '${copy}'`;
      const plain = [`${stored} && sync '${copy}'`, `find '${place}' -type f -exec openssl dgst -sha256 {} +`].map((command) =>
        measure('sh', ['-c', command]),
      );
      const size = form === 'zip' ? fs.statSync(path.join(backups, fs.readdirSync(backups)[0] as string)).size : 0;
      for (const made of [backups, copy]) fs.rmSync(made, { recursive: true });
      // The first run warms the page cache.
      if (run > 0) measured.push({ ours, plain: plain.reduce((sum, { cpu }) => sum + cpu, 0), size });
    }
    const cpu = median(measured.map(({ ours }) => ours.cpu));
    const ratio = median(measured.map(({ ours, plain }) => ours.cpu / plain));
    const memory = Math.max(...measured.map(({ ours }) => ours.mebibytes));
    const seconds = median(measured.map(({ ours }) => ours.seconds));
    const smaller = form === 'zip' ? `, ${((measured[0]?.size ?? 0) / megabytes / 1e4).toFixed(1)} % of the size` : '';
    console.log(
      `backup of ${megabytes} MB in ${sessions} sessions, ${form}: ${seconds.toFixed(1)} s, ${cpu.toFixed(1)} s of processor${smaller}, peak ${memory.toFixed(0)} MiB; the system's tools ${median(measured.map(({ plain }) => plain)).toFixed(1)} s; ratio ${ratio.toFixed(2)}`,
    );
  }
});
