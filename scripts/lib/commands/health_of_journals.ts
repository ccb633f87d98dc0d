// The journals: interrupted, unreadable, without what a rollback needs, or of a home that is not this one any more.

import fs from 'node:fs';
import path from 'node:path';
import type { CodexHome } from '../adapters/codex_home.ts';
import { statFile } from '../adapters/disk.ts';
import { journalRoot } from '../adapters/journal_folder.ts';
import type { LocalHome } from '../adapters/local_home.ts';
import { contentSize } from '../adapters/rollout_bytes.ts';
import { asSentence, type Finding, findingAt } from '../domain/finding.ts';
import type { HealthCode } from '../domain/health_code.ts';
import { lastWrites, type SeenJournal } from './seen_journals.ts';

type Findings = Finding<HealthCode>[];

export function findingsOfJournals(
  home: CodexHome,
  { sessions }: Pick<LocalHome, 'sessions'>,
  journals: SeenJournal[],
): Findings {
  return [
    ...journals.flatMap(findingsOfFolder),
    ...effectsGone(sessions, journals),
    ...journals.flatMap(backupsGone),
    ...leftOver(home, journals),
    ...moved(home, journals),
  ];
}

function findingsOfFolder({ folder, state, problem }: SeenJournal): Findings {
  const found = findingAt<HealthCode>(folder.path);
  switch (state) {
    case 'abandoned': {
      const message = 'A journal without its manifest: it had changed nothing, or is half deleted.';
      return [found('journal_abandoned', 'warning', message, 'recover --execute')];
    }
    case 'interrupted':
      return [found('transaction_interrupted', 'error', 'A transaction was interrupted.', 'recover --execute')];
    case 'unreadable': {
      const message = asSentence(`A journal cannot be read: ${problem}`);
      return [found('journal_unreadable', 'error', message, 'move the folder out of sync-journal; it cannot be rolled back')];
    }
    default:
      return [];
  }
}

/** Where the sidecar believes in what is gone, that is another finding; where it does not, the next package brings it again. */
function effectsGone(sessions: LocalHome['sessions'], journals: SeenJournal[]): Findings {
  return [...lastWrites(journals)].flatMap(([thread_id, end]) => {
    const file = sessions.get(thread_id)?.file;
    if (!file) return [];
    const size = statFile(file)?.size ?? 0;
    if (size >= end.to || (size > 0 && contentSize(file) >= end.to)) return [];
    const message = 'What the last transaction wrote is not here any more: the home was restored from an older backup.';
    return [{ ...findingAt<HealthCode>(file)('effects_gone', 'note', message, 'sync the newest package again'), thread_id }];
  });
}

/** Only rollbacks have any, and compressed rollouts that became plain. */
function backupsGone({ folder, kept }: SeenJournal): Findings {
  const missing = kept.filter((name) => !fs.existsSync(folder.file(name)));
  if (missing.length === 0) return [];
  const message = `${missing.length} file(s) that transaction ${path.basename(folder.path)} had put aside are gone: it cannot be rolled back.`;
  return [findingAt<HealthCode>(folder.path)('backups_gone', 'warning', message, 'bring sync-journal back from a backup')];
}

/** The lock files of a running command are none; they are empty or hold a pid and are taken over. */
const OF_RUNNING = new Set(['writer.lock', 'writer.pid', 'writer.lock-journal']);

function leftOver(home: CodexHome, journals: SeenJournal[]): Findings {
  const inRoot = names(journalRoot(home.path)).filter(({ name, isFolder }) => !isFolder && !OF_RUNNING.has(name));
  const beside = journals.flatMap(({ folder: { path: folder } }) =>
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
function moved(home: CodexHome, journals: SeenJournal[]): Findings {
  const newest = journals.find(({ state }) => state === 'standing')?.manifest;
  if (!newest || newest.codex_home === home.path) return [];
  const message = `The last transaction was carried out at ${newest.codex_home}: this home was moved or copied.`;
  return [findingAt<HealthCode>(home.path)('home_moved', 'note', message, 'verify')];
}
