// Does what the tool remembers still fit the home? Reads only, and goes on where a part cannot be read. A rollout is read where a
// cheap look says that it is not as a sync left it; of the others only the first line is.

import type { CodexHome } from '../../adapters/codex_home/codex_home.ts';
import { type LocalHome, readLocalSessions } from '../../adapters/local_sessions/local_home.ts';
import { SyncError } from '../../domain/codes/errors.ts';
import { type Finding, needsRepair } from '../../domain/findings/finding.ts';
import { findingOfUnread } from '../doctor/doctor_database.ts';
import { evidenceIn } from '../sidecar/home_evidence.ts';
import { allWrites, type JournalContents, readJournals } from '../transactions/journal_contents.ts';
import { findingsOfJournals } from './check_journals.ts';
import { findingsOfMappings } from './check_mappings.ts';
import { findingsOfRestoredHome } from './check_restored_home.ts';
import { findingsOfSessions } from './check_sessions.ts';
import { examineSidecarFile } from './check_sidecar.ts';

/** What was read: sessions of the home, mappings of the sidecar, transactions, and bytes of rollouts that had to be looked into. */
export type Read = { sessions: number; mappings: number; transactions: number; bytes: number };

export type Health = { findings: Finding[]; read: Read };

export function examineSidecar(home: CodexHome): Health {
  const journals = readJournals(home);
  const own = examineSidecarFile(
    home,
    journals.some(({ state, sidecarRows }) => state === 'completed' && sidecarRows.length > 0),
  );
  const found = sessionsOf(home);
  const local: LocalHome | null = found.sessions && {
    ...found.sessions,
    sidecar: own.sidecar,
    sidecarExists: !own.findings.some(needsRepair),
  };
  const ofSessions = local ? findingsIn(home, local, journals) : { findings: [], bytes: 0 };
  return {
    findings: [...found.findings, ...own.findings, ...ofSessions.findings, ...findingsOfJournals(home, journals)],
    read: {
      sessions: local?.sessions.size ?? 0,
      mappings: own.sidecar.counts().heads,
      transactions: journals.length,
      bytes: ofSessions.bytes,
    },
  };
}

type Sessions = Omit<LocalHome, 'sidecar' | 'sidecarExists'>;

/** Without the state database nothing can be said about sessions. */
function sessionsOf(home: CodexHome): { sessions: Sessions | null; findings: Finding[] } {
  try {
    return { sessions: readLocalSessions(home), findings: [] };
  } catch (error) {
    const where = (error instanceof SyncError && error.where) || home.path;
    return { sessions: null, findings: [findingOfUnread(error, where)] };
  }
}

function findingsIn(home: CodexHome, local: LocalHome, journals: JournalContents[]): { findings: Finding[]; bytes: number } {
  const evidence = evidenceIn(local, allWrites(journals));
  const mappings = findingsOfMappings(home, local, evidence);
  const sessions = findingsOfSessions(home, local);
  const named = new Set([...mappings, ...sessions.filter(isAboutPresence)].flatMap(({ thread_id }) => thread_id ?? []));
  return {
    findings: [...mappings, ...sessions, ...findingsOfRestoredHome(home, local, { journals, evidence, named })],
    bytes: evidence.bytes(),
  };
}

const isAboutPresence = ({ code }: Finding): boolean =>
  code === 'session_deleted' || code === 'rollout_missing' || code === 'row_missing';
