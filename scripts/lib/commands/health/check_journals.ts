// The journals: interrupted, unreadable, without what a rollback needs, or with files that nobody does.

import fs from 'node:fs';
import path from 'node:path';
import type { CodexHome } from '../../adapters/codex_home/codex_home.ts';
import { openFolders } from '../../adapters/disk/file_modes.ts';
import { journalRoot, SET_ASIDE } from '../../adapters/journal/journal_folder.ts';
import { isCommitted } from '../../adapters/journal/journal_scan.ts';
import { exists } from '../../adapters/paths/entries.ts';
import { type Finding, finding } from '../../domain/findings/finding.ts';
import type { JournalContents } from '../transactions/journal_contents.ts';

export const findingsOfJournals = (home: CodexHome, journals: JournalContents[]): Finding[] => [
  ...journals.flatMap(findingsOfFolder),
  ...journals.flatMap(backupsGone),
  ...journals.flatMap(leftInside),
  ...leftBeside(home, journals),
  ...openToOthers(home),
];

function findingsOfFolder({ folder, state, problem }: JournalContents): Finding[] {
  switch (state) {
    case 'abandoned':
      return [finding('journal_abandoned', folder.path, 'A journal has no manifest: it changed nothing, or was partly deleted.')];
    case 'interrupted':
      return [finding('transaction_interrupted', folder.path, 'A transaction was interrupted.')];
    case 'unreadable':
      return [
        closedJournal(folder) ?? finding('journal_unreadable', folder.path, `A journal cannot be read: ${problem?.message}`),
      ];
    default:
      return [];
  }
}

function closedJournal(folder: JournalContents['folder']): Finding | null {
  const closed = folder.whyClosed();
  return closed && finding('journal_closed', folder.path, closed.message);
}

/** Only rollbacks have any, and compressed rollouts that became plain. */
function backupsGone({ folder, backups }: JournalContents): Finding[] {
  const missing = backups.filter((name) => !exists(folder.file(name)));
  if (missing.length === 0) return [];
  const message = `${missing.length} file(s) that transaction ${folder.id} had moved to its journal are missing: it cannot be rolled back.`;
  return [finding('backups_gone', folder.path, message)];
}

/** The lock files of a running command are none; they are empty or hold a pid and are taken over. */
const OF_RUNNING = new Set(['writer.lock', 'writer.pid', 'writer.lock-journal']);

function leftBeside(home: CodexHome, journals: JournalContents[]): Finding[] {
  const root = journalRoot(home.path);
  const known = new Set(journals.map(({ folder }) => folder.id));
  const entries = exists(root) ? fs.readdirSync(root) : [];
  return entries
    .filter((name) => !known.has(name) && !OF_RUNNING.has(name))
    .map((name) => leftOver(path.join(root, name), mendOf(name)));
}

const mendOf = (name: string): string | undefined =>
  name.includes(SET_ASIDE) ? 'check it, then remove it: it is the journal of a transaction that could not be read' : undefined;

/** Earlier versions of this tool left it to the umask. */
const openToOthers = (home: CodexHome): Finding[] =>
  openFolders(home.path).map((folder) =>
    finding('open_to_others', folder, 'Other users of this machine can read a folder with parts of conversations.'),
  );

/** A run that was killed right after its commit leaves what it had staged. */
const leftInside = (journal: JournalContents): Finding[] =>
  isCommitted(journal) ? journal.folder.leftovers().map((file) => leftOver(file, 'recover --execute')) : [];

const leftOver = (file: string, mend: string | undefined): Finding =>
  finding('files_left_over', file, 'The journal contains a file that no command needs.', mend ? { mend } : {});
