import { expect, test } from 'vitest';
import { configuredRights, type Trust } from '../../../scripts/lib/domain/rights/configured_rights.ts';
import { NARROWEST } from '../../../scripts/lib/domain/rights/rights.ts';

const given = (table: object, trust: Trust = null, limits: Record<string, unknown> = {}, ...above: object[]) => {
  const tables = [table, ...above] as Record<string, unknown>[];
  return configuredRights({ tables, tablesIfTrusted: tables, trust, limits });
};

/** What Codex 0.117 to 0.171 answers to `thread/start` with such a configuration. */
test.each<[string, ReturnType<typeof given>, object]>([
  ['nothing', given({}), { approval: 'on-request', reviewer: 'user', sandbox: 'read-only', network: false, roots: [] }],
  ['nothing in a trusted folder', given({}, 'trusted'), { approval: 'on-request', sandbox: 'workspace-write' }],
  ['nothing in an untrusted folder', given({}, 'untrusted'), { approval: 'untrusted', sandbox: 'workspace-write' }],
  ['never alone', given({ approval_policy: 'never' }), { approval: 'never', sandbox: 'read-only' }],
  ['a mode alone', given({ sandbox_mode: 'danger-full-access' }), { approval: 'on-request', sandbox: 'danger-full-access' }],
  [
    'a workspace with more',
    given({ sandbox_mode: 'workspace-write', sandbox_workspace_write: { network_access: true, writable_roots: ['/x'] } }),
    { sandbox: 'workspace-write', network: true, roots: ['/x'] },
  ],
  [
    'more for a workspace that is not the mode',
    given({ sandbox_mode: 'read-only', sandbox_workspace_write: { network_access: true, writable_roots: ['/x'] } }),
    { sandbox: 'read-only', network: false, roots: [] },
  ],
  [
    'a profile',
    given({
      profile: 'p',
      sandbox_mode: 'read-only',
      profiles: { p: { sandbox_mode: 'workspace-write', approval_policy: 'untrusted' } },
    }),
    { approval: 'untrusted', sandbox: 'workspace-write' },
  ],
  ['a named profile of Codex', given({ default_permissions: ':workspace' }), { sandbox: 'workspace-write' }],
  ['two that differ', given({ default_permissions: ':danger-full-access', sandbox_mode: 'read-only' }), { sandbox: 'read-only' }],
  ['a profile of the user', given({ default_permissions: 'mine' }), { sandbox: null }],
  ['a reviewer', given({ approvals_reviewer: 'guardian_subagent' }), { reviewer: 'auto_review' }],
  ['granular approvals', given({ approval_policy: { granular: { rules: true } } }), { approval: { granular: { rules: true } } }],
  [
    'words that nobody knows',
    given({ approval_policy: 'sometimes', sandbox_mode: 'all' }),
    { approval: 'untrusted', sandbox: 'read-only' },
  ],
  ['a file above', given({ approval_policy: 'never' }, null, {}, { approval_policy: 'untrusted' }), { approval: 'untrusted' }],
  [
    'a table above',
    given(
      { sandbox_mode: 'workspace-write', sandbox_workspace_write: { network_access: true } },
      null,
      {},
      {
        sandbox_workspace_write: { writable_roots: ['/x'] },
      },
    ),
    { network: true, roots: ['/x'] },
  ],
  [
    'more than is allowed',
    given({ approval_policy: 'never' }, null, { allowed_approval_policies: ['on-request'] }),
    { approval: 'untrusted' },
  ],
  [
    'a mode that is not allowed',
    given({ sandbox_mode: 'danger-full-access' }, null, { allowed_sandbox_modes: ['read-only', 'workspace-write'] }),
    { sandbox: 'read-only' },
  ],
])('%s', (_, rights, expected) => expect(rights).toMatchObject(expected));

test('a configuration that cannot be read gives the least', () => {
  expect(configuredRights({ tables: null, tablesIfTrusted: null, trust: 'trusted', limits: {} })).toEqual(NARROWEST);
});

test('a project that Codex would come to trust can ask for less, and for no more', () => {
  const wide = { approval_policy: 'never', approvals_reviewer: 'auto_review', sandbox_mode: 'danger-full-access' };
  const narrow = { approval_policy: 'on-request', approvals_reviewer: 'user', sandbox_mode: 'workspace-write' };
  const rights = (own: object, ofProject: object) =>
    configuredRights({
      tables: [own] as Record<string, unknown>[],
      tablesIfTrusted: [own, ofProject] as Record<string, unknown>[],
      trust: null,
      limits: {},
    });
  const narrowest = { approval: 'on-request', reviewer: 'user', sandbox: 'workspace-write' };
  expect(rights(wide, narrow)).toMatchObject(narrowest);
  expect(rights(narrow, wide)).toMatchObject(narrowest);
  expect(rights(wide, { default_permissions: 'mine' })).toMatchObject({ sandbox: null });
});
