// What every code means that a command can print. The tables are closed: a code without an entry does not compile.

import { ADOPT } from './explain_adopt.ts';
import { ACTIONS, CLASSES } from './explain_classes.ts';
import { DOCTOR } from './explain_doctor.ts';
import { ERRORS, type Explanation } from './explain_errors.ts';
import { HEALTH } from './explain_health.ts';
import { REASONS } from './explain_reasons.ts';
import { VERIFY } from './explain_verify.ts';

/** Where a code is met. */
export type ExplainedKind = 'error' | 'classification' | 'action' | 'reason' | 'doctor' | 'verify' | 'health' | 'adopt';

const TABLES: Record<ExplainedKind, Record<string, Explanation>> = {
  error: ERRORS,
  classification: CLASSES,
  action: ACTIONS,
  reason: REASONS,
  doctor: DOCTOR,
  verify: VERIFY,
  health: HEALTH,
  adopt: ADOPT,
};

export type Explained = Explanation & { code: string; kind: ExplainedKind };

/** All of them, table by table. A code that is met in two places has two entries. */
export const EXPLANATIONS: Explained[] = (Object.keys(TABLES) as ExplainedKind[]).flatMap((kind) =>
  Object.entries(TABLES[kind]).map(([code, explanation]) => ({ code, kind, ...explanation })),
);
