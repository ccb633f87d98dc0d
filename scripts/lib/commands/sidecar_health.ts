// Does what the tool remembers still fit what is here? Reads only. A rollout is read where a cheap look says that it is not as a
// sync left it; of the others only the first line is.

import { type CodexHome, databaseFile } from '../adapters/codex_home.ts';
import { type LocalHome, readLocalSessions } from '../adapters/local_home.ts';
import { readSidecar } from '../adapters/sidecar_database.ts';
import type { Finding } from '../domain/finding.ts';
import type { HealthCode } from '../domain/health_code.ts';
import { emptyKnowledge, type SidecarKnowledge } from '../domain/sidecar.ts';
import { findingsOfJournals } from './health_of_journals.ts';
import { findingsOfMappings } from './health_of_mappings.ts';
import { findingsOfSessions } from './health_of_sessions.ts';
import { findingsOfSidecar } from './health_of_sidecar.ts';

/** What was read: sessions of the home, mappings of the sidecar, transactions, and bytes of rollouts that had to be looked into. */
export type Read = { sessions: number; mappings: number; transactions: number; bytes: number };

export type Health = { findings: Finding<HealthCode>[]; read: Read };

export function examineSidecar(home: CodexHome): Health {
  const sessions = readLocalSessions(home);
  const own = findingsOfSidecar(home);
  const isReadable = own.every(({ code }) => code === 'sidecar_missing');
  const local: LocalHome = {
    ...sessions,
    sidecarExists: own.length === 0,
    sidecar: isReadable ? knowledgeOf(home) : emptyKnowledge(),
  };
  const journals = findingsOfJournals(home, local);
  const mappings = findingsOfMappings(home, local);
  return {
    findings: [...own, ...mappings.findings, ...findingsOfSessions(home, local), ...journals.findings],
    read: {
      sessions: local.sessions.size,
      mappings: local.sidecar.heads.size,
      transactions: journals.transactions,
      bytes: mappings.bytes,
    },
  };
}

const knowledgeOf = (home: CodexHome): SidecarKnowledge => readSidecar(databaseFile(home, 'sidecar'));
