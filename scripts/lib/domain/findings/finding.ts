// What `doctor`, `sidecar-health`, `verify` and `adopt` report. A code says the same wherever it is found: as severe, and repaired alike.

import type { Severity } from '../codes/explanation.ts';
import { DOCTOR } from './doctor_findings.ts';
import { EXCHANGE } from './exchange_findings.ts';
import { HEALTH } from './health_findings.ts';
import { ADOPT, VERIFY } from './session_findings.ts';

export const FINDINGS = { ...DOCTOR, ...VERIFY, ...ADOPT, ...HEALTH, ...EXCHANGE };

export type FindingCode = keyof typeof FINDINGS;

/**
 * One thing that is not as it should be. `where`: a path, or a table and key. `message`: one sentence.
 * `mend`: as it is typed after `codex-session-sync`.
 */
export type Finding = {
  code: FindingCode;
  severity: Severity;
  thread_id: string | null;
  where: string;
  message: string;
  mend: string | null;
};

/** `mend` only where one place needs another than its code. */
export function finding(
  code: FindingCode,
  where: string,
  message: string,
  { thread_id = null, mend = FINDINGS[code].mend }: { thread_id?: string | null; mend?: string | null } = {},
): Finding {
  const typed = mend?.replaceAll('`', '').replace('ID', thread_id ?? 'ID') ?? null;
  return { code, severity: FINDINGS[code].severity, thread_id, where, message: asSentence(message), mend: typed };
}

/** Notes tell what is so; they are nothing that has to be repaired. */
export const needsRepair = ({ severity }: Finding): boolean => severity !== 'note';

/** A text of elsewhere, such as what the system says, with a capital and a full stop. */
export const asSentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1).replace(/\.?$/, '.')}`;
