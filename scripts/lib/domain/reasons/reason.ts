import type { Explanation } from '../codes/explanation.ts';
import { FOLDER_REASONS } from './folder_reasons.ts';
import { SESSION_REASONS } from './session_reasons.ts';
import { SKILL_REASONS } from './skill_reasons.ts';

export const REASONS = { ...SESSION_REASONS, ...FOLDER_REASONS, ...SKILL_REASONS } satisfies Record<string, Explanation>;

export type ReasonCode = keyof typeof REASONS;

/** Why, in one sentence for people and under a name for programs (`explain NAME`). */
export type Reason = { reason: string; reason_code: ReasonCode };

export const because = (reason_code: ReasonCode, reason: string): Reason => ({ reason, reason_code });
