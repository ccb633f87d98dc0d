// What every code means that a command can print. The tables are closed: a code without an entry does not compile.

import { ACTIONS, CLASSES } from '../codes/class_table.ts';
import { ERRORS, type Explanation } from '../codes/error_table.ts';
import { REASONS } from '../codes/reason_table.ts';
import { ADOPT } from './adopt_table.ts';
import { DOCTOR } from './doctor_table.ts';
import { HEALTH } from './health_table.ts';
import { VERIFY } from './verify_table.ts';

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
