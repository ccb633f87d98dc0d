// The journals: interrupted, unreadable, without what a rollback needs, or with files that nobody does.

import fs from 'node:fs';
import path from 'node:path';
import type { CodexHome } from '../../adapters/codex_home/codex_home.ts';
import { exists } from '../../adapters/disk/disk.ts';
import { openFolders } from '../../adapters/disk/private_folders.ts';
import { journalRoot, SET_ASIDE } from '../../adapters/journal/journal_folder.ts';
import { asSentence, type Finding, findingAt } from '../../domain/findings/finding.ts';
import type { HealthCode } from '../../domain/findings/health_code.ts';
import type { ScannedJournal } from '../transactions/journal_scan.ts';

type Findings = Finding<HealthCode>[];

export const findingsOfJournals = (home: CodexHome, journals: ScannedJournal[]): Findings => [
  ...journals.flatMap(findingsOfFolder),
  ...journals.flatMap(backupsGone),
  ...journals.flatMap(leftInside),
  ...leftBeside(home, journals),
  ...openToOthers(home),
];

function findingsOfFolder({ folder, state, problem }: ScannedJournal): Findings {
  const found = findingAt<HealthCode>(folder.path);
  switch (state) {
    case 'abandoned': {
      const message = 'A journal without its manifest: it had changed nothing, or is half deleted.';
      return [found('journal_abandoned', 'warning', message, 'recover --execute')];
    }
    case 'interrupted':
      return [found('transaction_interrupted', 'error', 'A transaction was interrupted.', 'recover --execute')];
    case 'unreadable': {
      const message = asSentence(`A journal cannot be read: ${problem?.message}`);
      return [found('journal_unreadable', 'error', message, 'recover --execute')];
    }
    default:
      return [];
  }
}

/** Only rollbacks have any, and compressed rollouts that became plain. */
function backupsGone({ folder, kept }: ScannedJournal): Findings {
  const missing = kept.filter((name) => !exists(folder.file(name)));
  if (missing.length === 0) return [];
  const message = `${missing.length} file(s) that transaction ${path.basename(folder.path)} had put aside are gone: it cannot be rolled back.`;
  return [findingAt<HealthCode>(folder.path)('backups_gone', 'warning', message, 'bring sync-journal back from a backup')];
}

/** The lock files of a running command are none; they are empty or hold a pid and are taken over. */
const OF_RUNNING = new Set(['writer.lock', 'writer.pid', 'writer.lock-journal']);

function leftBeside(home: CodexHome, journals: ScannedJournal[]): Findings {
  const root = journalRoot(home.path);
  const known = new Set(journals.map(({ folder }) => path.basename(folder.path)));
  const entries = exists(root) ? fs.readdirSync(root) : [];
  return entries
    .filter((name) => !known.has(name) && !OF_RUNNING.has(name))
    .map((name) => leftOver(path.join(root, name), mendOf(name)));
}

const mendOf = (name: string): string =>
  name.includes(SET_ASIDE)
    ? 'look into it: it is the journal of a transaction that could not be read; then remove it'
    : 'look at it, then remove it or move it elsewhere';

/** Earlier versions of this tool left it to the umask. */
const openToOthers = (home: CodexHome): Findings =>
  openFolders(home.path).map((folder) => {
    const message = 'Other users of this machine can look into a folder with parts of conversations.';
    return findingAt<HealthCode>(folder)('open_to_others', 'warning', message, 'recover --execute');
  });

/** A run that was killed right after its commit leaves what it had staged. */
const leftInside = ({ folder, state }: ScannedJournal): Findings =>
  state === 'standing' || state === 'rolled_back' ? folder.leftovers().map((file) => leftOver(file, 'recover --execute')) : [];

const leftOver = (file: string, mend: string): Finding<HealthCode> =>
  findingAt<HealthCode>(file)('files_left_over', 'note', 'A file that no command needs was left in the journal.', mend);
