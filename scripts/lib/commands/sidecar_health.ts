// Does what the tool remembers still fit what is here? Reads only. A rollout is read where a cheap look says that it is not as a
// sync left it; of the others only the first line is.

import type { CodexHome } from '../adapters/codex_home.ts';
import { type LocalHome, readLocalSessions } from '../adapters/local_home.ts';
import type { Finding } from '../domain/finding.ts';
import type { HealthCode } from '../domain/health_code.ts';
import { findingsOfJournals } from './health_of_journals.ts';
import { findingsOfMappings } from './health_of_mappings.ts';
import { findingsOfSessions } from './health_of_sessions.ts';
import { examineSidecarFile } from './health_of_sidecar.ts';
import { lastWrites, seeJournals } from './seen_journals.ts';

/** What was read: sessions of the home, mappings of the sidecar, transactions, and bytes of rollouts that had to be looked into. */
export type Read = { sessions: number; mappings: number; transactions: number; bytes: number };

export type Health = { findings: Finding<HealthCode>[]; read: Read };

export function examineSidecar(home: CodexHome): Health {
  const sessions = readLocalSessions(home);
  const journals = seeJournals(home);
  const own = examineSidecarFile(
    home,
    journals.some(({ state }) => state === 'standing'),
  );
  const local: LocalHome = { ...sessions, sidecar: own.sidecar, sidecarExists: own.findings.length === 0 };
  const mappings = findingsOfMappings(home, local, lastWrites(journals));
  return {
    findings: [
      ...own.findings,
      ...mappings.findings,
      ...findingsOfSessions(home, local),
      ...findingsOfJournals(home, local, journals),
    ],
    read: {
      sessions: local.sessions.size,
      mappings: local.sidecar.heads.size,
      transactions: journals.length,
      bytes: mappings.bytes,
    },
  };
}
