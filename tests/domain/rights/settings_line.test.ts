import { expect, test } from 'vitest';
import type { Rights } from '../../../scripts/lib/domain/rights/rights.ts';
import { addedPayload, eventLine, fieldsIn, fieldsOf, isSaidBy } from '../../../scripts/lib/domain/rights/settings_line.ts';
import { isSpelledAsByCodex } from '../../../scripts/lib/domain/rights/settings_spelling.ts';
import { conversation, record, settings } from '../../fixtures/conversation.ts';

const RIGHTS: Rights = { approval: 'on-request', reviewer: 'user', sandbox: 'workspace-write', network: false, roots: ['/data'] };
const PLACE = {
  threadId: conversation('added', '/srv/x', []).id,
  modelProvider: 'openai',
  defaultModel: 'here',
};

const FOLDER = '/srv/x';

/** Behind a line whose settings are these. */
function added(thread_settings: object, rights = RIGHTS): { line: string; said: Record<string, unknown> } {
  const base = Buffer.from(record(1, 'event_msg', { type: 'thread_settings_applied', thread_settings }));
  const payload = addedPayload(fieldsOf(rights, FOLDER), base, PLACE);
  const line = eventLine({ timestamp: '2026-11-30T00:00:00.000Z', payload }, 2);
  return { line, said: (JSON.parse(line) as { payload: { thread_settings: Record<string, unknown> } }).payload.thread_settings };
}

test.each<[string, object]>([
  ['nothing', {}],
  ['settings of Codex', settings('gpt-5', '/far')],
  [
    'values of other types',
    { model: 5, collaboration_mode: 'x', disabled_plugin_ids: {}, reasoning_effort: 1, service_tier: [] },
  ],
  [
    'words that no Codex knows',
    { model: 'm', reasoning_effort: 'x', collaboration_mode: { mode: 'x', settings: { reasoning_effort: 'x' } } },
  ],
  ['half a surrogate pair', { model: '\ud800', collaboration_mode: { settings: { developer_instructions: '\udfff' } } }],
  ['more than Codex says', { ...settings('m', '/far'), more: 1, active_permission_profile: { id: ':danger-full-access' } }],
])('behind %s stands a line that every Codex reads', (_, base) => {
  const { line, said } = added(base);
  expect(isSpelledAsByCodex(Buffer.from(line))).toBe(true);
  expect(said).toMatchObject({ approval_policy: 'on-request', cwd: '/srv/x', runtime_workspace_roots: ['/srv/x'] });
  expect(said).not.toHaveProperty('active_permission_profile');
});

test('what the user chose about the model holds on', () => {
  const chosen = {
    ...settings('gpt-6', '/far'),
    reasoning_effort: 'high',
    service_tier: 'priority',
    disabled_plugin_ids: ['p'],
    collaboration_mode: {
      mode: 'plan',
      settings: { model: 'gpt-6', reasoning_effort: 'high', developer_instructions: 'be short' },
    },
  };
  const { cwd: _, runtime_workspace_roots: __, permission_profile: ___, ...kept } = chosen;
  expect(added(chosen).said).toMatchObject(kept);
});

test('a folder of the workspace is named by its path, and nothing is where only reading is allowed', () => {
  const profile = (rights: Rights) => JSON.stringify(added({}, rights).said.permission_profile);
  expect(profile(RIGHTS)).toContain('{"path":{"type":"path","path":"/data"},"access":"write"}');
  expect(profile({ ...RIGHTS, sandbox: 'danger-full-access' })).toContain('"path":"/srv/x"');
  expect(profile({ ...RIGHTS, sandbox: null })).toContain('"path":"/srv/x"');
  expect(profile({ ...RIGHTS, sandbox: 'read-only' })).not.toContain('write');
});

/** Settings that Codex cannot read count for nothing, and then those of the sender would. */
test.each<[string, Partial<Rights>]>([
  ['a writable folder that is no path', { roots: ['relative', 'C:\\x', ''] }],
  ['approvals of some kinds of requests', { approval: { granular: { rules: true } } }],
  ['the narrowest rights', { approval: 'untrusted', sandbox: 'read-only' }],
])('a line with %s is one that every Codex reads', (_, rights) =>
  expect(isSpelledAsByCodex(Buffer.from(added({}, { ...RIGHTS, ...rights }).line))).toBe(true),
);

const applied = (thread_settings: object): Buffer =>
  Buffer.from(record(1, 'event_msg', { type: 'thread_settings_applied', thread_settings }));

test('what a thread had here is said word for word', () => {
  const own = { ...settings('m', '/srv/x'), active_permission_profile: { id: 'mine', extends: null } };
  const { model: _, model_provider_id: __, collaboration_mode: ___, ...rights } = own;
  expect(fieldsIn(applied(own), '/home/me')).toEqual(rights);
});

test.each<[string, object]>([
  ['a folder of another system', { cwd: 'C:\\x' }],
  ['a root of another system', { runtime_workspace_roots: ['C:\\x'] }],
  ['a folder that is no path', { cwd: 'x' }],
])('settings with %s gave a thread of this machine nothing', (_, change) =>
  expect(fieldsIn(applied({ ...settings('m', '/srv/x'), ...change }), '/home/me')).toBeNull(),
);

test('a line is known again whatever white space another tool has put into it, and by nothing less than all of it', () => {
  const payload = addedPayload(fieldsOf(RIGHTS, FOLDER), applied(settings('gpt-5', '/far')), PLACE);
  const line = eventLine({ timestamp: 't', payload }, 7);
  expect(isSaidBy(Buffer.from(line), payload)).toBe(true);
  expect(isSaidBy(Buffer.from(line.replaceAll('":', '": ')), payload)).toBe(true);
  const other = addedPayload(fieldsOf({ ...RIGHTS, network: true }, FOLDER), applied(settings('gpt-5', '/far')), PLACE);
  for (const one of [
    line.replace('"timestamp":"t"', '"timestamp":5'),
    line.replace('"ordinal":7', '"ordinal":7.0'),
    line.replace('{"timestamp"', '{"payload":1,"timestamp"'),
    line.slice(0, -1),
    `${line}x`,
    eventLine({ timestamp: 't', payload: other }, 7),
  ])
    expect(isSaidBy(Buffer.from(one), payload)).toBe(false);
});
