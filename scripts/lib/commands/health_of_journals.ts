// The journals: interrupted, unreadable, without what a rollback needs, or of a home that is not this one any more.

import fs from 'node:fs';
import path from 'node:path';
import type { CodexHome } from '../adapters/codex_home.ts';
import { statFile } from '../adapters/disk.ts';
import { isHot, type JournalFolder, type JournalManifest, journalRoot, listJournals } from '../adapters/journal_folder.ts';
import type { LocalHome } from '../adapters/local_home.ts';
import { contentSize } from '../adapters/rollout_bytes.ts';
import { type Finding, findingAt } from '../domain/finding.ts';
import type { HealthCode } from '../domain/health_code.ts';
import { lastWrites, operationsOf, standingTransactions } from './written_ends.ts';

type Findings = Finding<HealthCode>[];

export function findingsOfJournals(home: CodexHome, local: LocalHome): { findings: Findings; transactions: number } {
  const journals = listJournals(home.path);
  const standing = standingTransactions(home);
  return {
    findings: [
      ...journals.flatMap(findingsOfFolder),
      ...effectsGone(home, local),
      ...standing.flatMap(({ journal, manifest }) => backupsGone(journal, manifest)),
      ...leftOver(home),
      ...moved(home, standing[0]?.manifest),
    ],
    transactions: journals.length,
  };
}

function findingsOfFolder(journal: JournalFolder): Findings {
  const found = findingAt<HealthCode>(journal.path);
  try {
    const manifest = journal.readManifest();
    if (!isHot(manifest)) {
      journal.readOperations();
      return [];
    }
    return manifest === null
      ? [
          found(
            'journal_abandoned',
            'warning',
            'A journal without its manifest: it had changed nothing, or is half deleted.',
            'recover --execute',
          ),
        ]
      : [found('transaction_interrupted', 'error', 'A transaction was interrupted.', 'recover --execute')];
  } catch (error) {
    const message = `A journal cannot be read: ${(error as Error).message.replace(/\.?$/, '.')}`;
    return [found('journal_unreadable', 'error', message, 'move the folder out of sync-journal; it cannot be rolled back')];
  }
}

/** Where the sidecar believes in what is gone, that is another finding; where it does not, the next package brings it again. */
function effectsGone(home: CodexHome, local: LocalHome): Findings {
  return [...lastWrites(home)].flatMap(([thread_id, end]) => {
    const file = local.sessions.get(thread_id)?.file;
    if (!file) return [];
    const size = statFile(file)?.size ?? 0;
    if (size >= end.to || (size > 0 && contentSize(file) >= end.to)) return [];
    const message = 'What the last transaction wrote is not here any more: the home was restored from an older backup.';
    return [{ ...findingAt<HealthCode>(file)('effects_gone', 'note', message, 'sync the newest package again'), thread_id }];
  });
}

/** Only rollbacks have any, and compressed rollouts that became plain. */
function backupsGone(journal: JournalFolder, { transaction_id }: JournalManifest): Findings {
  const kept = operationsOf(journal).flatMap(({ operation }) =>
    operation.kind === 'remove_file' || operation.kind === 'truncate_file' ? [operation.kept] : [],
  );
  const missing = kept.filter((name) => !fs.existsSync(journal.file(name)));
  const message = `${missing.length} file(s) that transaction ${transaction_id} had put aside are gone: it cannot be rolled back.`;
  return missing.length > 0
    ? [findingAt<HealthCode>(journal.path)('backups_gone', 'warning', message, 'bring sync-journal back from a backup')]
    : [];
}

/** The lock files of a running command are none; they are empty or hold a pid and are taken over. */
const OF_RUNNING = new Set(['writer.lock', 'writer.pid', 'writer.lock-journal']);

function leftOver(home: CodexHome): Findings {
  const inRoot = names(journalRoot(home.path)).filter(({ name, isFolder }) => !isFolder && !OF_RUNNING.has(name));
  const beside = listJournals(home.path).flatMap(({ path: folder }) =>
    names(folder).flatMap(({ name }) => (name.endsWith('.new') ? [path.join(path.basename(folder), name)] : [])),
  );
  const all = [...inRoot.map(({ name }) => name), ...beside];
  const message = 'A file that no command needs was left in the journal.';
  return all.map((name) =>
    findingAt<HealthCode>(path.join(journalRoot(home.path), name))('files_left_over', 'note', message, 'remove it'),
  );
}

function names(folder: string): { name: string; isFolder: boolean }[] {
  if (!fs.existsSync(folder)) return [];
  return fs.readdirSync(folder, { withFileTypes: true }).map((entry) => ({ name: entry.name, isFolder: entry.isDirectory() }));
}

/** Journals name files by their place in the home, so they still fit; Codex's own rows hold whole paths. */
function moved(home: CodexHome, newest: JournalManifest | undefined): Findings {
  if (!newest || newest.codex_home === home.path) return [];
  const message = `The last transaction was carried out at ${newest.codex_home}: this home was moved or copied.`;
  return [findingAt<HealthCode>(home.path)('home_moved', 'note', message, 'verify')];
}
