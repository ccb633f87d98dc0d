// Homes in which the file of a session is not where, or not what, its row says: after a sync Codex opens one file, and it has every turn.
// CODEX_SYNC_ALL_VERSIONS=1 asks every version of the table in references/codex-on-disk.md.

import fs from 'node:fs';
import path from 'node:path';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { withCodex } from './lab/codex_app_server.ts';
import { type Machine, onScratchCopy } from './lab/codex_home.ts';
import { type CodexVersion, newest } from './lab/codex_versions.ts';
import { inLab } from './lab/lab.ts';
import { converse, goOn, rolloutOf, say } from './lab/sessions.ts';
import { packAll } from './lab/sync_cli.ts';
import { TwoMachines } from './stories/two_machines.ts';

const versions: readonly CodexVersion[] = process.env.CODEX_SYNC_ALL_VERSIONS
  ? ['0.117.0', '0.145.0', '0.153.4', '0.169.0', newest]
  : ['0.145.0', newest];

type Damage = (home: Machine, file: string, threadId: string) => void;

const sql =
  (statement: string, ...cells: ((file: string) => string)[]): Damage =>
  ({ databases }, file, threadId) => {
    const database = new Database(path.join(databases, 'state_5.sqlite'));
    database.prepare(statement).run(...cells.map((cell) => cell(file)), threadId);
    database.close();
  };
const dropRow = sql('DELETE FROM threads WHERE id = ?');
const nameInRow = (cell: (file: string) => string): Damage => sql('UPDATE threads SET rollout_path = ? WHERE id = ?', cell);

function move(file: string, to: string): void {
  fs.mkdirSync(path.dirname(to), { recursive: true });
  fs.renameSync(file, to);
}
const moved =
  (...names: string[]): Damage =>
  (machine, file, threadId) => {
    dropRow(machine, file, threadId);
    move(file, path.join(machine.codexHome, ...names, path.basename(file)));
  };
const laterName = (file: string): string => file.replace(/T\d\d-\d\d-\d\d-/, 'T23-59-58-');

/** A list of 0.117 makes the row name either of the two. */
const SECOND = 'with a second file of a later name';

const damages: Record<string, Damage> = {
  'without a row, flat in sessions/': moved('sessions'),
  'without a row, in the folder of a year': moved('sessions', '2026'),
  'without a row, deeper than a day': moved('sessions', '2026', '11', '30', 'kept'),
  'without a row, its id in upper case': (machine, file, threadId) => {
    dropRow(machine, file, threadId);
    move(file, file.replace(threadId, threadId.toUpperCase()));
  },
  [SECOND]: (_machine, file) => fs.copyFileSync(file, laterName(file)),
  'with a row that names a file that is not there': nameInRow(laterName),
  'of no length': (_machine, file) => fs.truncateSync(file),
  'of NUL bytes': (_machine, file) => fs.writeFileSync(file, Buffer.alloc(fs.statSync(file).size)),
};

const filesOf = ({ codexHome }: Machine, threadId: string): string[] =>
  fs
    .readdirSync(path.join(codexHome, 'sessions'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.toLowerCase().endsWith(`-${threadId}.jsonl`));

test.each(versions)('Codex %s shows every turn of a session that a sync found in an odd place', (version) =>
  inLab(async (lab) => {
    const machines = await TwoMachines.meet(lab, version, version);
    const { a, b, folderA } = machines;
    const threadId = await converse(a, folderA, ['first question']);
    await machines.syncOk(await packAll(a, 'begun'));
    await goOn(a, threadId, ['second question']);
    const longer = await packAll(a, 'longer');
    for (const [name, damage] of Object.entries(damages)) {
      if (name === SECOND && version === '0.117.0') continue;
      await onScratchCopy(b, async () => {
        damage(b, await rolloutOf(b, threadId), threadId);
        const before = filesOf(b, threadId).length;
        await machines.syncOk(longer);
        expect({ name, files: filesOf(b, threadId).length }).toEqual({ name, files: before });
        await withCodex(b, async (codex) => {
          await codex.request('thread/list', { limit: 10 });
          await codex.request('thread/resume', { threadId });
          await say(codex, threadId, 'third question');
        });
        const sent = JSON.stringify(lab.model.requests.at(-1));
        const unsent = ['first question', 'second question', 'third question'].filter((prompt) => !sent.includes(prompt));
        expect({ name, unsent }).toEqual({ name, unsent: [] });
      });
    }
  }),
);
