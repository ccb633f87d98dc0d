// One step of the story between Linux and Windows, under Windows' Node: step.ts FOLDER STEP [PACKAGE MAPPING]. What it found goes to FOLDER/found.json,
// because Windows' Node in Wine cannot write into a pipe of Linux.

import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type Machine, makeMachine } from '../real-codex/lab/codex_home.ts';
import { newest } from '../real-codex/lab/codex_versions.ts';
import { ModelServer } from '../real-codex/lab/model_server.ts';
import { askCodex } from '../real-codex/lab/oracle.ts';
import { converse, goOn } from '../real-codex/lab/sessions.ts';
import { pack, syncCliOk } from '../real-codex/lab/sync_cli.ts';

const [folder, step, given, mapping] = process.argv.slice(2) as [string, string, string, string];

const steps: Record<string, (machine: Machine, plant: string, model: ModelServer) => Promise<unknown>> = {
  /** A session of Windows, packed. */
  async make(machine, plant) {
    const threadId = await converse(machine, plant, ['made on Windows', 'RUN echo two']);
    return { threadId, cwd: plant, ...(await pack(machine, 'made', '--all')) };
  },
  /** The package that has come back, read by Codex, gone on with there. */
  async take(machine, plant, model) {
    const report = await syncCliOk(machine, ['sync', given, '--execute', '--map-path', mapping]);
    const ids = report.sessions.map((session) => session.thread_id);
    const proofs = await askCodex(machine, model, plant, ids);
    for (const id of ids) await goOn(machine, id, ['gone on with on Windows']);
    return { ...(await pack(machine, 'taken', '--all')), report, proofs };
  },
};

const model = await ModelServer.start();
try {
  const machine = await makeMachine(path.join(folder, 'windows'), newest, model.url, 'home');
  const plant = path.join(machine.userHome, 'Documents', 'plant');
  await mkdir(plant, { recursive: true });
  await writeFile(path.join(folder, 'found.json'), JSON.stringify(await steps[step]?.(machine, plant, model)));
} finally {
  await model.close();
}
