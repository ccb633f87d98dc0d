// What runs when the power goes: each a home that is ready for it, and the work, which another process may do in the same words.

import fs from 'node:fs';
import path from 'node:path';
import { backupsNamed } from '../../scripts/lib/adapters/backups/backup_folder.ts';
import { listJournals } from '../../scripts/lib/adapters/journal/journal_scan.ts';
import { adopt } from '../../scripts/lib/commands/adopt/adopt.ts';
import { createBackup } from '../../scripts/lib/commands/backup/create_backup.ts';
import { packup } from '../../scripts/lib/commands/packup/packup.ts';
import { deriveSidecar } from '../../scripts/lib/commands/sidecar/derive_sidecar.ts';
import { pruneJournal } from '../../scripts/lib/commands/transactions/prune_journal.ts';
import { recoverHome } from '../../scripts/lib/commands/transactions/recover.ts';
import type { BackupForm } from '../../scripts/lib/domain/backup/backup.ts';
import { copyFolder } from '../fixtures/copied_folder.ts';
import { changeSidecar, homeOf, type Machine, NOW, undoNow } from '../fixtures/machine.ts';
import { withFailure } from '../transaction/failing_disk.ts';
import { livedInHome, type Prepared, syncHere, untouchedHome } from '../transaction/homes.ts';
import { homeOfSidecarCommands } from '../transaction/sidecar_commands.ts';

/** `wholes`: folders and files that are wholly as before the run or as after it, where they are there at all; below the root. */
export type Scenario = {
  prepare(): Prepared;
  work(prepared: Prepared): void;
  wholes?(machine: Machine): string[];
};

const later = new Date(NOW.getTime() + 1000);

const undoLatest = ({ machine }: Prepared): void => void undoNow(machine, null, later);

const recoverAll = ({ machine }: Prepared): void => void recoverHome(homeOf(machine), true);

const synced = (home: () => Prepared): Prepared => {
  const prepared = home();
  syncHere(prepared);
  return prepared;
};

/** As a kill leaves it right before the commit: all is written, nothing is committed. `renamesAfter`: those that a run makes when it is done. */
function interrupted(home: () => Prepared, work: (prepared: Prepared) => void, renamesAfter = 0): Prepared {
  const prepared = home();
  const { machine } = prepared;
  const aside = `${machine.root}.aside`;
  copyFolder(machine.root, aside);
  const { names } = withFailure(Number.POSITIVE_INFINITY, 'dies', () => work(prepared));
  fs.rmSync(machine.root, { recursive: true });
  fs.renameSync(aside, machine.root);
  const renames = names.flatMap((name, at) => (name === 'renameSync' ? [at + 1] : []));
  withFailure(renames.at(-1 - renamesAfter) as number, 'dies', () => work(prepared));
  return prepared;
}

const ofSidecarCommands = (damage: (machine: Machine) => void) => (): Prepared => {
  const machine = homeOfSidecarCommands();
  damage(machine);
  return { machine, folder: '' };
};

const sidecarOf = ({ codexHome }: Machine): string => path.join(codexHome, 'sync-sidecar', 'sidecar.sqlite');

const rebuild = ({ machine }: Prepared): void => void deriveSidecar(homeOf(machine), { how: 'rebuild', execute: true }, later);

/** What is listed can be rolled back. */
const listedJournals = ({ root, codexHome }: Machine): string[] =>
  listJournals(codexHome).flatMap((journal) => (journal.readManifest() ? [path.relative(root, journal.path)] : []));

const saveAs =
  (form: BackupForm) =>
  ({ machine }: Prepared): void =>
    void createBackup(homeOf(machine), { folder: path.join(machine.root, 'backups'), form, why: 'by_hand' }, later);

const listedBackups = ({ root }: Machine): string[] =>
  backupsNamed(path.join(root, 'backups')).map((backup) => path.relative(root, backup.path));

export const SCENARIOS: { [name: string]: Scenario } = {
  'sync into an untouched home': { prepare: untouchedHome, work: syncHere },
  'sync into a home with a past': { prepare: livedInHome, work: syncHere },
  'rollback of the first sync': { prepare: () => synced(untouchedHome), work: undoLatest },
  'rollback in a home with a past': { prepare: () => synced(livedInHome), work: undoLatest },
  'recover of a first sync': { prepare: () => interrupted(untouchedHome, syncHere), work: recoverAll },
  'recover of a sync': { prepare: () => interrupted(livedInHome, syncHere), work: recoverAll },
  'recover of a rollback': { prepare: () => interrupted(() => synced(livedInHome), undoLatest, 1), work: recoverAll },
  'adopt --repair': {
    prepare: ofSidecarCommands(() => {}),
    work: ({ machine }) => void adopt(homeOf(machine), { threadIds: [], all: true, repair: true, execute: true }, later),
  },
  'rebuild-sidecar without one': { prepare: ofSidecarCommands((machine) => fs.rmSync(sidecarOf(machine))), work: rebuild },
  'rebuild-sidecar of a damaged one': {
    prepare: ofSidecarCommands((machine) => changeSidecar(machine, 'DROP TABLE heads')),
    work: rebuild,
  },
  'prune-journal': {
    prepare: () => synced(livedInHome),
    work: ({ machine }) => void pruneJournal(homeOf(machine), { keep: 0, olderThan: null, execute: true }, later),
    wholes: listedJournals,
  },
  packup: {
    prepare: () => synced(livedInHome),
    work: ({ machine }) =>
      void packup(homeOf(machine), { cwdFilter: null, threadIds: [], all: true }, path.join(machine.root, 'packed'), later),
    wholes: ({ root }) => (fs.existsSync(path.join(root, 'packed')) ? ['packed'] : []),
  },
  'backup create': { prepare: () => synced(untouchedHome), work: saveAs('none'), wholes: listedBackups },
  'backup create of a zip': { prepare: () => synced(untouchedHome), work: saveAs('zip'), wholes: listedBackups },
};
