import { expect, test } from 'vitest';
import {
  type Approval,
  isAtOrBelow,
  isWithin,
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
const within = (recorded: Partial<RecordedRights>, allowed: Partial<Rights> = {}): boolean =>
  isWithin({ ...NOTHING_RECORDED, ...recorded }, { ...WORKSPACE, ...allowed }, '/srv/x');

test.each<[string, boolean, boolean]>([
  ['nothing', within({}), true],
  ['asking as much', within({ approval: 'on-request' }), true],
  ['asking more', within({ approval: 'untrusted' }), true],
  ['asking less', within({ approval: 'on-failure' }), false],
  ['asking never', within({ approval: 'never' }), false],
  ['asking as no Codex does', within({ approval: 'unknown' }, EVERYTHING), false],
  ['some requests refused', within({ approval: { granular: { rules: false } } }), true],
  ['asking where requests are refused', within({ approval: 'on-request' }, { approval: { granular: { rules: false } } }), false],
  ['a model that approves', within({ reviewer: 'auto_review' }), false],
  ['a model that approves here too', within({ reviewer: 'auto_review' }, { reviewer: 'auto_review' }), true],
  ['the same sandbox', within({ sandbox: 'workspace-write', roots: ['/srv/x'] }), true],
  ['a folder below, which may be a link or one that Codex keeps shut', within({ roots: ['/srv/x/.git/hooks'] }), false],
  ['reading only', within({ sandbox: 'read-only' }), true],
  ['full access', within({ sandbox: 'danger-full-access' }), false],
  ['a workspace where only reading is allowed', within({ sandbox: 'workspace-write' }, { sandbox: 'read-only' }), false],
  ['a workspace where nobody knows what is allowed', within({ sandbox: 'workspace-write' }, { sandbox: null }), false],
  ['a folder beside', within({ sandbox: 'workspace-write', roots: ['/srv/xy'] }), false],
  ['a folder above', within({ roots: ['/srv'] }), false],
  ['a folder that is allowed', within({ roots: ['/data'] }, { roots: ['/data'] }), true],
  ['a folder below one that is allowed', within({ roots: ['/data/a'] }, { roots: ['/data'] }), false],
  ['a folder that is no path', within({ roots: ['x'] }), false],
  ['a network', within({ network: true, sandbox: 'read-only' }), false],
  ['a network that is allowed', within({ network: true }, { network: true }), true],
  [
    'everything where everything is allowed',
    within({ sandbox: 'danger-full-access', network: true, roots: ['/'] }, EVERYTHING),
    true,
  ],
  ['what no Codex writes, where everything is allowed', within({ sandbox: 'unknown' }, EVERYTHING), false],
])('%s is within what is allowed: %s', (_, is, expected) => expect(is).toBe(expected));

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

test('the word for granular approvals is no approval of another kind', () => {
  const granular: Approval = { granular: { rules: true } };
  expect(within({ approval: granular }, { approval: { granular: { rules: true, skill: false } } })).toBe(true);
  expect(within({ approval: granular }, { approval: { granular: { rules: false } } })).toBe(false);
});

test.each([
  ['/a/b', '/a', true],
  ['/a', '/a', true],
  ['/ab', '/a', false],
  ['/a/..b', '/a', true],
  ['/a/../b', '/a', false],
  ['/', '/a', false],
])('%s at or below %s: %s', (place, folder, expected) => expect(isAtOrBelow(place, folder)).toBe(expected));
