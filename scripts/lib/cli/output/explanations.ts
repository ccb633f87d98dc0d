// What every code means that a command can print.

import { ACTIONS, CLASSES, LISTED } from '../../domain/codes/class_table.ts';
import { ERRORS } from '../../domain/codes/error_table.ts';
import type { Explanation, FindingEntry } from '../../domain/codes/explanation.ts';
import { DOCTOR } from '../../domain/findings/doctor_findings.ts';
import { EXCHANGE } from '../../domain/findings/exchange_findings.ts';
import { asSentence } from '../../domain/findings/finding.ts';
import { HEALTH } from '../../domain/findings/health_findings.ts';
import { ADOPT, VERIFY } from '../../domain/findings/session_findings.ts';
import { REASONS } from '../../domain/reasons/reason.ts';

/** Where a code is met. */
type ExplainedKind =
  | 'error'
  | 'classification'
  | 'action'
  | 'transaction'
  | 'reason'
  | 'doctor'
  | 'verify'
  | 'health'
  | 'adopt'
  | 'exchange';

export type Explained = Explanation & { code: string; kind: ExplainedKind };

/** The remedy of a finding begins with its mend. */
const ofFindings = (entries: Record<string, FindingEntry>): [string, Explanation][] =>
  Object.entries(entries).map(([code, { mend, remedy, means, matters }]) => {
    const what = mend?.startsWith('`') ? `${mend}.` : asSentence(mend ?? 'nothing');
    return [code, { means, matters, remedy: [what, ...(remedy ? [remedy] : [])].join(' ') }];
  });

const BY_KIND: Record<ExplainedKind, [string, Explanation][]> = {
  error: Object.entries(ERRORS),
  classification: Object.entries(CLASSES),
  action: Object.entries(ACTIONS),
  transaction: Object.entries(LISTED),
  reason: Object.entries(REASONS),
  doctor: ofFindings(DOCTOR),
  verify: ofFindings(VERIFY),
  health: ofFindings(HEALTH),
  adopt: ofFindings(ADOPT),
  exchange: ofFindings(EXCHANGE),
};

/** All of them, table by table. A code of two tables has two entries. */
const EXPLANATIONS: Explained[] = (Object.keys(BY_KIND) as ExplainedKind[]).flatMap((kind) =>
  BY_KIND[kind].map(([code, { means, matters, remedy }]) => ({ code, kind, means, matters, remedy })),
);

/** Those of a code, or all. */
export const explain = (code: string | null): Explained[] =>
  code === null ? EXPLANATIONS : EXPLANATIONS.filter((one) => one.code === code);
