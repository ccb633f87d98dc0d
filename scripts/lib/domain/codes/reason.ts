import type { ReasonCode } from './reason_table.ts';

/** Why, in one sentence for people and under a name for programs (`explain NAME`). */
export type Reason = { reason: string; reason_code: ReasonCode };

export const because = (reason_code: ReasonCode, reason: string): Reason => ({ reason, reason_code });
