import { expect, test } from 'vitest';
import {
  type Approval,
  isApprovalWithin,
  NOTHING_RECORDED,
  narrowed,
  type RecordedRights,
  type Rights,
} from '../../../scripts/lib/domain/rights/rights.ts';

const WORKSPACE: Rights = { approval: 'on-request', reviewer: 'user', sandbox: 'workspace-write', network: false, roots: [] };
const EVERYTHING: Rights = {
  approval: 'never',
  reviewer: 'auto_review',
  sandbox: 'danger-full-access',
  network: true,
  roots: [],
};
test.each<[Approval, Approval, boolean]>([
  ['on-request', 'on-request', true],
  ['untrusted', 'on-request', true],
  ['on-failure', 'on-request', false],
  ['never', 'on-request', false],
  ['on-request', 'never', true],
  [{ granular: { rules: false } }, 'on-request', true],
  ['on-request', { granular: { rules: false } }, false],
  ['untrusted', { granular: { rules: false } }, true],
  [{ granular: { rules: true } }, { granular: { rules: true, skill: false } }, true],
  [{ granular: { rules: true } }, { granular: { rules: false } }, false],
])('%j asks wherever %j asks: %s', (one, other, expected) => expect(isApprovalWithin(one, other)).toBe(expected));

test.each<[string, Partial<RecordedRights>, Partial<Rights>]>([
  [
    'careful',
    { approval: 'untrusted', reviewer: 'user', sandbox: 'read-only' },
    { approval: 'untrusted', sandbox: 'read-only', network: false },
  ],
  ['careless', { approval: 'never', reviewer: 'auto_review', sandbox: 'danger-full-access' }, WORKSPACE],
  ['silent', {}, WORKSPACE],
])('of a %s sender each narrower right stays', (_, recorded, expected) => {
  expect(narrowed({ ...NOTHING_RECORDED, ...recorded }, WORKSPACE)).toMatchObject(expected);
});

const CAUTIOUS: Rights = { ...EVERYTHING, approval: 'never', sandbox: 'read-only', network: false };

test('a model answers only where it would answer the requests of a new thread, and those are the same', () => {
  expect(narrowed({ ...NOTHING_RECORDED, approval: 'on-request', reviewer: 'auto_review' }, CAUTIOUS)).toMatchObject({
    approval: 'on-request',
    reviewer: 'user',
  });
  expect(narrowed({ ...NOTHING_RECORDED, approval: 'never', reviewer: 'auto_review' }, CAUTIOUS)).toMatchObject({
    approval: 'never',
    reviewer: 'auto_review',
  });
});

test('reading alone is not narrower than a profile that only Codex understands', () => {
  const own = { ...WORKSPACE, sandbox: null };
  expect(narrowed({ ...NOTHING_RECORDED, sandbox: 'read-only' }, own).sandbox).toBeNull();
});
