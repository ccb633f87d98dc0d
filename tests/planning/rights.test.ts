import fs from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { adopt } from '../../scripts/lib/commands/adopt/adopt.ts';
import { examineSidecar } from '../../scripts/lib/commands/health/sidecar_health.ts';
import { verify } from '../../scripts/lib/commands/health/verify.ts';
import { isSpelledAsByCodex } from '../../scripts/lib/domain/rights/settings_spelling.ts';
import type { SyncOptions } from '../../scripts/lib/planning/context/sync_context.ts';
import { revertOf } from '../fixtures/chain.ts';
import { type Conversation, conversation, nextOrdinal, record, settings, textOf, withTurn } from '../fixtures/conversation.ts';
import {
  addSession,
  homeOf,
  inSidecar,
  inState,
  type Machine,
  NOW,
  planNow,
  rolloutOf,
  syncNow,
  undoNow,
  writePackage,
} from '../fixtures/machine.ts';
import { machinesOfEachTest } from '../fixtures/machines.ts';

const CWD = '/srv/project';
const FULL = { type: 'disabled' };

const machine = machinesOfEachTest();
let here: Machine;

beforeEach(() => {
  here = machine();
});

const configure = (toml: string): void => fs.writeFileSync(path.join(here.codexHome, 'config.toml'), toml);
const CAREFUL = 'approval_policy = "on-request"\nsandbox_mode = "workspace-write"\n';
const CARELESS = 'approval_policy = "never"\nsandbox_mode = "danger-full-access"\n';

/** The conversation with a settings line at its end. */
function setTo(so_far: Conversation, change: object, payload: object = {}): Conversation {
  const line = { type: 'thread_settings_applied', thread_id: so_far.id, ...payload };
  const thread_settings = { ...settings('gpt-5', so_far.cwd), ...change };
  const lines = [...so_far.lines, record(nextOrdinal(so_far), 'event_msg', { ...line, thread_settings })];
  return { ...so_far, lines };
}

const careless = (so_far: Conversation): Conversation => setTo(so_far, { approval_policy: 'never', permission_profile: FULL });

type Line = { ordinal?: number; type: string; payload: Record<string, unknown> };
const linesIn = (file: string): Line[] =>
  fs
    .readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);

const profileOf = ({ payload }: Line) => (payload.thread_settings as { permission_profile: unknown }).permission_profile;
const settingsOf = ({ payload }: Line) => payload.thread_settings as Record<string, unknown>;

function importNow(talk: Conversation, options: Partial<SyncOptions> = {}) {
  const result = syncNow(here, writePackage(here, [{ conversation: talk }]), options);
  const session = result.plan.sessions[0]!;
  const file = result.rolloutPaths.get(session.local_thread_id ?? '') ?? '';
  return { session, file, lines: file ? linesIn(file) : [] };
}

const talk = conversation('rights', CWD, ['hello']);

describe('a session of a careless sender', () => {
  test('gets the rights of a new thread here, by one settings line behind its own lines', () => {
    configure(CAREFUL);
    const sent = careless(talk);
    const { session, file, lines } = importNow(sent);
    expect(fs.readFileSync(file, 'utf8').startsWith(textOf(sent))).toBe(true);
    expect(lines).toHaveLength(sent.lines.length + 1);
    const last = lines.at(-1)!;
    expect(last).toMatchObject({ ordinal: sent.lines.length, type: 'event_msg', payload: { thread_id: talk.id } });
    expect(settingsOf(last)).toMatchObject({
      approval_policy: 'on-request',
      approvals_reviewer: 'user',
      cwd: CWD,
      model: 'gpt-5',
    });
    expect(JSON.stringify(profileOf(last))).toContain(`{"path":{"type":"path","path":"${CWD}"},"access":"write"}`);
    expect(session.permissions).toMatchObject({
      sender: { approval: 'never', sandbox: 'danger-full-access' },
      local: { approval: 'on-request', sandbox: 'workspace-write', network: false },
      kept: false,
    });
  });

  test('may only read where nothing is configured and nobody has trusted the folder', () => {
    const { lines } = importNow(careless(talk));
    expect(settingsOf(lines.at(-1)!).approval_policy).toBe('on-request');
    expect(JSON.stringify(profileOf(lines.at(-1)!))).not.toContain('write');
  });

  test('says in its row what it may do here', () => {
    configure(CAREFUL);
    const row = { sandbox_policy: '{"type":"danger-full-access"}', approval_mode: 'never' };
    syncNow(here, writePackage(here, [{ conversation: careless(talk), row }]));
    const found = inState(here, (database) => database.prepare('SELECT sandbox_policy, approval_mode FROM threads').get());
    expect(found).toEqual({
      sandbox_policy:
        '{"type":"workspace-write","writable_roots":[],"network_access":false,"exclude_tmpdir_env_var":false,"exclude_slash_tmp":false}',
      approval_mode: 'on-request',
    });
  });

  test('is as careless as this machine where that is careless, and goes with its configuration from then on', () => {
    configure(CARELESS);
    const { session, lines } = importNow(careless(talk));
    expect(settingsOf(lines.at(-1)!)).toMatchObject({ approval_policy: 'never' });
    expect(JSON.stringify(profileOf(lines.at(-1)!))).toContain(`{"path":{"type":"path","path":"${CWD}"},"access":"write"}`);
    expect(session.permissions).toMatchObject({ local: { approval: 'never', sandbox: 'danger-full-access' } });
  });

  test('is the same where it ends with the settings that it would get', () => {
    const { file, session } = importNow(talk);
    expect(fs.readFileSync(file, 'utf8')).toBe(textOf(talk));
    expect(session.permissions).toMatchObject({ sender: { approval: 'on-request' }, local: { approval: 'on-request' } });
  });

  test('is the same where it says nothing of rights at all', () => {
    configure(CAREFUL);
    const silent = conversation('silent', CWD, []);
    expect(fs.readFileSync(importNow(silent).file, 'utf8')).toBe(textOf(silent));
  });

  test('keeps its rights with --keep-permissions, which the plan shows and its digest covers', () => {
    configure(CAREFUL);
    const folder = writePackage(here, [{ conversation: careless(talk) }]);
    const plain = planNow(here, folder).plan;
    const { plan } = planNow(here, folder, { keepPermissions: true });
    expect(plan.digest).not.toBe(plain.digest);
    expect(plan.sessions[0]!.permissions).toMatchObject({
      local: { approval: 'never', sandbox: 'danger-full-access' },
      kept: true,
    });
    expect(plan.sessions[0]!.warnings.join()).toContain('--keep-permissions');
    const { file } = importNow(careless(talk), { keepPermissions: true });
    expect(fs.readFileSync(file, 'utf8')).toBe(textOf(careless(talk)));
  });

  test('is converted to legacy with a settings line without a number', () => {
    configure(CAREFUL);
    const { lines } = importNow(careless(talk), { convertHistory: 'legacy' });
    expect(lines.at(-1)).not.toHaveProperty('ordinal');
    expect(settingsOf(lines.at(-1)!).approval_policy).toBe('on-request');
  });

  test.each([
    ['by approvals that a turn had last', (t: Conversation) => withContext(t, { approval_policy: 'never' })],
    [
      'by a turn that comes before one that Codex cannot read',
      (t: Conversation) => withContext(withContext(t, { approval_policy: 'never' }), { approval_policy: 'untrusted', model: 5 }),
    ],
    [
      'by the named profile of a turn, all that Codex 0.150 to 0.160 write',
      (t: Conversation) => withContext(t, { active_permission_profile: { id: ':danger-full-access', extends: null } }),
    ],
    [
      'by settings that work in a folder that Codex keeps shut',
      (t: Conversation) => setTo(t, { cwd: `${CWD}/.git/hooks`, runtime_workspace_roots: [CWD] }),
    ],
    [
      'by the named profile of a turn in front of one that asks for less',
      (t: Conversation) =>
        withContext(
          withContext(t, {
            active_permission_profile: { id: ':danger-full-access', extends: null },
          }),
          { active_permission_profile: { id: ':read-only', extends: null } },
        ),
    ],
    [
      'by a model that approves, named first in a turn before one that Codex cannot read',
      (t: Conversation) =>
        withContext(withRaw(t, record(nextOrdinal(t), 'turn_context', { approvals_reviewer: 'auto_review', ...CONTEXT })), {
          model: 5,
        }),
    ],
    ['by a record that has a payload twice, the second with settings', (t: Conversation) => withRaw(t, payloadTwice(t))],
    ['by settings whose payload is an array', (t: Conversation) => withRaw(t, payloadAsArray(t))],
    ['by a root below the folder', (t: Conversation) => setTo(t, { runtime_workspace_roots: [CWD, `${CWD}/.git`] })],
    ['by a model that approves', (t: Conversation) => setTo(t, { approvals_reviewer: 'auto_review' })],
    ['by a named profile', (t: Conversation) => setTo(t, { active_permission_profile: { id: ':danger-full-access' } })],
    ['by a profile that nobody knows', (t: Conversation) => setTo(t, { active_permission_profile: { id: 'mine' } })],
    ['by more workspace roots', (t: Conversation) => setTo(t, { runtime_workspace_roots: [CWD, '/srv'] })],
    [
      'by a network',
      (t: Conversation) => setTo(t, { permission_profile: { ...settings('m', CWD).permission_profile, network: 'enabled' } }),
    ],
    ['by settings in front of some that Codex cannot read', (t: Conversation) => setTo(careless(t), { model: 5 })],
    [
      'by settings in front of those of another thread',
      (t: Conversation) => setTo(careless(t), {}, { thread_id: conversation('another', CWD, []).id }),
    ],
    ['by settings that work elsewhere', (t: Conversation) => setTo(t, { cwd: '/srv', runtime_workspace_roots: ['/srv'] })],
  ])('gets no more %s', (_, make) => {
    configure(CAREFUL);
    const sent = make(talk);
    const { lines } = importNow(sent);
    expect(lines).toHaveLength(sent.lines.length + 1);
    expect(settingsOf(lines.at(-1)!).approval_policy).toMatch(/on-request|untrusted/);
    expect(settingsOf(lines.at(-1)!)).toMatchObject({ approvals_reviewer: 'user', cwd: CWD, runtime_workspace_roots: [CWD] });
    expect(settingsOf(lines.at(-1)!).active_permission_profile).toBeUndefined();
  });

  test('gets no more by settings in front of some with an empty id, which Codex passes over', () => {
    configure(CAREFUL);
    const sent = setTo(careless(talk), {}, { thread_id: '' });
    expect(importNow(sent).lines).toHaveLength(sent.lines.length + 1);
  });

  // Real Codex 0.165 and 0.171 read each of these as the thread's own id.
  test.each<[string, (id: string) => string]>([
    ['in capitals', (id) => id.toUpperCase()],
    ['without dashes', (id) => id.replaceAll('-', '')],
    ['in braces', (id) => `{${id}}`],
    ['as that of another thread, which it may become here', () => conversation('a branch', CWD, []).id],
  ])('gets no more by settings whose id is spelled %s, in front of those of another thread', (_, spell) => {
    configure(CAREFUL);
    const full = { approval_policy: 'never', permission_profile: FULL };
    const sent = setTo(setTo(talk, full, { thread_id: spell(talk.id) }), {}, { thread_id: conversation('another', CWD, []).id });
    const { lines } = importNow(sent);
    expect(lines).toHaveLength(sent.lines.length + 1);
    expect(settingsOf(lines.at(-1)!)).toMatchObject({ approval_policy: 'on-request' });
  });

  const full = { approval_policy: 'never', permission_profile: FULL };
  const profile = settings('m', CWD).permission_profile;
  const applied = (t: Conversation, change: object) => ({
    type: 'thread_settings_applied',
    thread_id: t.id,
    thread_settings: { ...settings('gpt-5', t.cwd), ...change },
  });
  const withRecord = (t: Conversation, payload: object, spell: (line: string) => string = (line) => line): Conversation => ({
    ...t,
    lines: [...t.lines, spell(record(nextOrdinal(t), 'event_msg', payload))],
  });
  const said = { type: 'agent_message', message: 'x' };

  // Some Codex of 0.150 to 0.171 takes full access, or approvals, from each.
  test.each<[string, (t: Conversation) => Conversation]>([
    [
      'a payload twice',
      (t) => withRecord(t, said, (line) => line.replace(/}$/, `,"payload":${JSON.stringify(applied(t, full))}}`)),
    ],
    [
      'the kind of an event twice',
      (t) => withRecord(t, applied(t, full), (line) => line.replace('{"type":"thread', '{"type":"agent_message","type":"thread')),
    ],
    [
      'the type of a record twice',
      (t) =>
        withRecord(t, applied(t, full), (line) => line.replace('"type":"event_msg"', '"type":"world_state","type":"event_msg"')),
    ],
    ['a list for a payload', (t) => withRecord(t, ['thread_settings_applied', t.id, applied(t, full).thread_settings])],
    ['a number for a kind', (t) => withRecord(t, { ...applied(t, full), type: 47 })],
    [
      'a relative path behind full access',
      (t) =>
        withRecord(
          careless(t),
          applied(t, {
            permission_profile: {
              ...profile,
              file_system: { type: 'restricted', entries: [{ path: { type: 'path', path: 'x' }, access: 'read' }] },
            },
          }),
        ),
    ],
    ['settings without a thread behind full access', (t) => withRecord(careless(t), { ...applied(t, {}), thread_id: undefined })],
    ['a turn that names full access', (t) => withContext(t, { active_permission_profile: { id: ':danger-full-access' } })],
    ['a root that Codex itself keeps closed', (t) => setTo(t, { runtime_workspace_roots: [CWD, `${CWD}/.git/hooks`] })],
    ['a folder that Codex itself keeps closed', (t) => setTo(t, { cwd: `${CWD}/.git/hooks` })],
    ['a folder that is trusted here', (t) => setTo(t, { cwd: '/srv/trusted', runtime_workspace_roots: ['/srv/trusted'] })],
    ['a name for reading alone', (t) => setTo(t, { active_permission_profile: { id: ':read-only' } })],
  ])('gets no more by %s', (_, make) => {
    configure(`${CAREFUL}[projects."/srv/trusted"]\ntrust_level = "trusted"\n`);
    const sent = make(talk);
    const { session, lines } = importNow(sent);
    expect(session.action).toBe('create');
    expect(lines).toHaveLength(sent.lines.length + 1);
    const last = settingsOf(lines.at(-1)!);
    expect(last).toMatchObject({
      approval_policy: 'on-request',
      approvals_reviewer: 'user',
      cwd: CWD,
      runtime_workspace_roots: [CWD],
    });
    expect(last).not.toHaveProperty('active_permission_profile');
  });

  test.each<[string, (t: Conversation) => Conversation]>([
    [
      'a payload twice',
      (t) => withRecord(t, said, (line) => line.replace(/}$/, `,"payload":${JSON.stringify(applied(t, full))}}`)),
    ],
    ['a turn that names full access', (t) => withContext(t, { active_permission_profile: { id: ':danger-full-access' } })],
  ])('leaves a session here as it was where more of it comes with %s', (_, make) => {
    configure(CAREFUL);
    addSession(here, talk);
    const sent = make(withTurn(talk, 'again'));
    const { session, lines } = importNow(sent);
    expect(session.action).toBe('append');
    expect(lines).toHaveLength(sent.lines.length + 1);
    expect(settingsOf(lines.at(-1)!)).toEqual(settings('gpt-5', CWD));
  });

  test('has its folder and what it may do said in the plan, whatever folder its sender moved it to', () => {
    configure(CAREFUL);
    const { session, lines } = importNow(setTo(talk, { cwd: '/srv/elsewhere', runtime_workspace_roots: ['/srv/elsewhere'] }));
    expect(session.cwd).toMatchObject({ local: CWD });
    expect(settingsOf(lines.at(-1)!).cwd).toBe(CWD);
    expect(session.warnings).toContainEqual(expect.stringContaining('it was moved to /srv/elsewhere by its sender'));
  });

  test.each(['C:\\far', 'far', ''])('is given settings that Codex can read here where its folder is %j', (cwd) => {
    configure(CAREFUL);
    const { lines } = importNow(careless(conversation('elsewhere', cwd, ['hello'])));
    const last = settingsOf(lines.at(-1)!);
    expect(last).toMatchObject({ approval_policy: 'on-request', cwd: expect.stringMatching(/^\/no-folder-here_/) });
    expect(isSpelledAsByCodex(Buffer.from(JSON.stringify(lines.at(-1))))).toBe(true);
  });

  test('asks as this machine does, and no model in place of the user where this machine would not ask at all', () => {
    configure('approval_policy = "never"\nsandbox_mode = "read-only"\napprovals_reviewer = "auto_review"\n');
    const { lines } = importNow(setTo(talk, { approvals_reviewer: 'auto_review' }));
    expect(settingsOf(lines.at(-1)!)).toMatchObject({
      approval_policy: 'on-request',
      approvals_reviewer: 'user',
      requested_approvals_reviewer: 'user',
    });
  });

  test('that may only read gets the profile of this machine where that forbids more', () => {
    configure('default_permissions = "mine"\n[permissions.mine.filesystem]\n":root" = "read"\n"/srv/secret" = "deny"\n');
    const { session, lines } = importNow(setTo(talk, { active_permission_profile: { id: ':read-only' } }));
    expect(JSON.stringify(profileOf(lines.at(-1)!))).toContain(`{"path":{"type":"path","path":"${CWD}"},"access":"write"}`);
    expect(settingsOf(lines.at(-1)!)).not.toHaveProperty('active_permission_profile');
    expect(session.permissions).toMatchObject({ sender: { sandbox: 'read-only' }, local: { sandbox: null } });
  });

  test('is refused where its first line says its payload twice, the second with folders of plugins', () => {
    const [first = '', ...rest] = talk.lines;
    const payload = /"payload":(.*)}$/.exec(first)?.[1];
    const folders = payload?.replace('{', '{"selected_capability_roots":[{"id":"x"}],');
    const { session } = importNow({ ...talk, lines: [first.replace(/}$/, `,"payload":${folders}}`), ...rest] });
    expect(session).toMatchObject({ classification: 'invalid', reason_code: 'unfit_first_line', action: 'refuse' });
    expect(session.reason).toContain('`payload` appears twice');
  });

  test('gets no temporary folders that are shut here', () => {
    configure(`${CAREFUL}[sandbox_workspace_write]\nexclude_slash_tmp = true\n`);
    const profile = settings('m', CWD).permission_profile;
    const open = { path: { type: 'special', value: { kind: 'slash_tmp' } }, access: 'write' };
    const file_system = { ...profile.file_system, entries: [...profile.file_system.entries, open] };
    const sent = setTo(talk, { permission_profile: { ...profile, file_system } });
    expect(importNow(sent).lines).toHaveLength(sent.lines.length + 1);
  });

  test('gets no workspace roots by its first line where no settings say others', () => {
    configure(CAREFUL);
    const empty = conversation('no settings', CWD, []);
    const meta = empty.lines[0]!.replace(`"runtime_workspace_roots":["${CWD}"]`, '"runtime_workspace_roots":["/"]');
    const { lines } = importNow({ ...empty, lines: [meta] });
    expect(settingsOf(lines.at(-1)!).runtime_workspace_roots).toEqual([CWD]);
  });
});

const withRaw = (so_far: Conversation, line: string): Conversation => ({ ...so_far, lines: [...so_far.lines, line] });
/** Codex takes the last of two members, and the members of an array by their order (0.153.4 to 0.171). */
const settingsLine = (t: Conversation): string => careless(t).lines.at(-1)!;
const payloadTwice = (t: Conversation): string =>
  settingsLine(t).replace('"payload":', '"payload":{"type":"task_started","turn_id":"t"},"payload":');
const payloadAsArray = (t: Conversation): string => {
  const { payload, ...line } = JSON.parse(settingsLine(t)) as { payload: object };
  return JSON.stringify({ ...line, payload: Object.values(payload) });
};

const CONTEXT = { turn_id: 't', cwd: CWD, approval_policy: 'on-request', model: 'gpt-5' };
const withContext = (so_far: Conversation, change: object): Conversation => {
  const payload = { ...CONTEXT, cwd: so_far.cwd, ...change };
  return { ...so_far, lines: [...so_far.lines, record(nextOrdinal(so_far), 'turn_context', payload)] };
};

describe('what goes on with a session that is here', () => {
  test('leaves it the profile that its last turn had by name, where its settings allow more', () => {
    configure(CAREFUL);
    const bare = conversation('by name', CWD, []);
    const named = withContext(bare, { active_permission_profile: { id: ':read-only' } });
    const words = { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'hello' }] };
    const mine = { ...named, lines: [...named.lines, record(nextOrdinal(named), 'response_item', words)] };
    addSession(here, mine);
    const { session, lines } = importNow(withTurn(mine, 'again'));
    expect(session.action).toBe('append');
    expect(settingsOf(lines.at(-1)!).active_permission_profile).toEqual({ id: ':read-only' });
  });

  test('leaves it the rights that it had', () => {
    configure(CAREFUL);
    addSession(here, talk);
    const more = careless(withTurn(talk, 'again'));
    const { session, lines } = importNow(more);
    expect(session.action).toBe('append');
    expect(settingsOf(lines.at(-1)!)).toMatchObject({
      approval_policy: 'on-request',
      permission_profile: settings('m', CWD).permission_profile,
    });
    expect(lines.map(({ ordinal }) => ordinal)).toEqual(lines.map((_, index) => index));
  });

  test('leaves it its approvals where an earlier turn asked less than all that arrive', () => {
    configure(CAREFUL);
    const bare = conversation('no settings', CWD, []);
    const mine = withContext(withContext(bare, { approval_policy: 'never' }), { approval_policy: 'untrusted' });
    const said = { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'hello' }] };
    const spoken = { ...mine, lines: [...mine.lines, record(nextOrdinal(mine), 'response_item', said)] };
    addSession(here, spoken);
    const more = withContext(spoken, { approval_policy: 'on-request' });
    const answer = { ...said, role: 'assistant', content: [{ type: 'output_text', text: 'again' }] };
    const sent = { ...more, lines: [...more.lines, record(nextOrdinal(more), 'response_item', answer)] };
    const { session, lines } = importNow(sent);
    expect(session.action).toBe('append');
    expect(settingsOf(lines.at(-1)!)).toMatchObject({ approval_policy: 'untrusted' });
  });

  test('leaves a careless session as careless as it was, whatever is configured', () => {
    configure(CAREFUL);
    addSession(here, careless(talk));
    const more = careless(withTurn(careless(talk), 'again'));
    const { lines } = importNow(more);
    expect(lines).toHaveLength(more.lines.length);
  });

  test('comes with no second settings line where nothing new arrives, and goes on behind the first one', () => {
    configure(CAREFUL);
    const sent = careless(talk);
    importNow(sent);
    expect(importNow(sent).session.action).toBe('none');
    const { session, lines } = importNow(withTurn(sent, 'again'));
    expect(session).toMatchObject({ action: 'append', lines: { incoming_only: 8 } });
    // Of the first turn, of the sender, ours; of the second turn, and ours again.
    expect(lines.filter(({ payload }) => payload.type === 'thread_settings_applied')).toHaveLength(5);
    expect(importNow(withTurn(sent, 'again')).session.action).toBe('none');
  });

  test('is undone by a rollback, and the rights with it', () => {
    configure(CAREFUL);
    const file = addSession(here, talk);
    importNow(careless(withTurn(talk, 'again')));
    undoNow(here, null);
    expect(fs.readFileSync(file, 'utf8')).toBe(textOf(talk));
  });

  test('gives a branch of its own no more than a new thread has', () => {
    configure(CAREFUL);
    addSession(here, withTurn(talk, 'mine'));
    const { session, lines } = importNow(careless(withTurn(talk, 'yours')));
    expect(session.action).toBe('branch');
    expect(lines.at(-1)).toMatchObject({ payload: { thread_id: session.local_thread_id } });
    expect(settingsOf(lines.at(-1)!).approval_policy).toBe('on-request');
  });
});

test('a package that comes home puts its sender not ahead by the line that was added here', () => {
  configure(CAREFUL);
  const { lines } = importNow(careless(talk));
  const packed = { ...talk, lines: lines.map((line) => JSON.stringify(line)) };
  here = machine();
  addSession(here, careless(talk));
  expect(importNow(packed).session).toMatchObject({ classification: 'unchanged', action: 'none' });
});

describe('folders that a session has plugins from', () => {
  const folders =
    '"selected_capability_roots":[{"id":"x","location":{"type":"environment","environmentId":"local","path":"/x"}}]';
  const named = {
    ...talk,
    lines: talk.lines.map((line, at) => (at > 0 ? line : line.replace('"payload":{', `"payload":{${folders},`))),
  };

  test('are its sender’s: they are left out, which the plan says, and the package is the same session ever after', () => {
    const { session, file, lines } = importNow(named, { keepPermissions: true });
    expect(session.warnings).toContainEqual(expect.stringContaining('1 plugin folder(s) of its sender'));
    expect(lines[0]!.payload.selected_capability_roots).toEqual([]);
    fs.rmSync(path.join(here.codexHome, 'sync-sidecar'), { recursive: true });
    expect(importNow(named).session).toMatchObject({ classification: 'unchanged', lines: { shared: talk.lines.length } });
    expect(importNow({ ...named, lines: withTurn(named, 'again').lines }).session.action).toBe('append');
    expect(linesIn(file)[0]!.payload.selected_capability_roots).toEqual([]);
  });

  test('are found in a session that arrived with them before', async () => {
    const { file } = importNow(talk);
    fs.writeFileSync(file, textOf(named));
    const { findings } = await verify(homeOf(here), { threadIds: [], codexBinary: null });
    expect(findings.map(({ code }) => code)).toEqual(['plugin_folders']);
  });
});

describe('a session that an earlier version of this tool brought with its sender’s rights', () => {
  /** The sidecar notes nothing of rights, and no settings were added. */
  function broughtBefore(): string {
    configure(CAREFUL);
    const { file } = importNow(careless(talk), { keepPermissions: true });
    inSidecar(here, (database) =>
      database
        .prepare('UPDATE sync_points SET incoming_transcript = replace(incoming_transcript, \'"rightsPlaces"\', \'"rightsAt"\')')
        .run(),
    );
    return file;
  }
  const repair = { threadIds: [talk.id], all: false, repair: true, execute: true };

  test('is found by verify and sidecar-health, and mended by the command that they name', async () => {
    const file = broughtBefore();
    const found = await verify(homeOf(here), { threadIds: [], codexBinary: null });
    expect(found.findings).toMatchObject([{ code: 'wider_rights', mend: `adopt --thread-id ${talk.id} --repair --execute` }]);
    expect(examineSidecar(homeOf(here)).findings.map(({ code }) => code)).toContain('wider_rights');
    const before = fs.readFileSync(file, 'utf8');
    expect(adopt(homeOf(here), repair, NOW).sessions).toMatchObject([{ repaired: true }]);
    expect(linesIn(file).at(-1)).toMatchObject({ ordinal: careless(talk).lines.length, payload: { thread_id: talk.id } });
    expect(settingsOf(linesIn(file).at(-1)!).approval_policy).toBe('on-request');
    expect((await verify(homeOf(here), { threadIds: [], codexBinary: null })).findings).toEqual([]);
    undoNow(here, null);
    expect(fs.readFileSync(file, 'utf8')).toBe(before);
  });

  test('loses them by the next package that goes on with it', () => {
    broughtBefore();
    const { session, lines } = importNow(careless(withTurn(careless(talk), 'again')));
    expect(session.action).toBe('append');
    expect(settingsOf(lines.at(-1)!).approval_policy).toBe('on-request');
  });
});

describe('a session that has lost the settings that a sync gave it', () => {
  /** As an older copy does that is put back, or another tool that installs it once more. */
  function putBack(): string {
    configure(CAREFUL);
    const { file } = importNow(careless(talk));
    fs.writeFileSync(file, textOf(careless(talk)));
    return file;
  }

  test('is found, and mended by the command that is named', async () => {
    const file = putBack();
    const { findings } = await verify(homeOf(here), { threadIds: [], codexBinary: null });
    expect(findings.map(({ code }) => code)).toContain('wider_rights');
    adopt(homeOf(here), { threadIds: [talk.id], all: false, repair: true, execute: true }, NOW);
    expect(settingsOf(linesIn(file).at(-1)!).approval_policy).toBe('on-request');
    expect((await verify(homeOf(here), { threadIds: [], codexBinary: null })).findings).toEqual([]);
  });

  test('is found where Codex has taken turns back and said nothing of rights, and not where it has', () => {
    configure(CAREFUL);
    const whole = withTurn(withTurn(talk, 'again'), 'more');
    const lines = whole.lines.map((line) => line.replaceAll('"approval_policy":"on-request"', '"approval_policy":"never"'));
    const sent = { ...whole, lines };
    importNow(sent);
    const taken = revertOf(sent, 2, 'taken back');
    addSession(here, taken);
    const codes = () => examineSidecar(homeOf(here)).findings.map(({ code }) => code);
    expect(codes()).toContain('wider_rights');
    fs.appendFileSync(rolloutOf(here, taken), `${careless(taken).lines.at(-1)}\n`);
    expect(codes()).not.toContain('wider_rights');
  });

  test('gets none of its sender’s by the next package that goes on with it', () => {
    putBack();
    const { session, lines } = importNow(careless(withTurn(careless(talk), 'again')));
    expect(session).toMatchObject({ action: 'append', permissions: { local: { approval: 'on-request' } } });
    expect(settingsOf(lines.at(-1)!).approval_policy).toBe('on-request');
  });
});

test('what the user lets a session do after a sync is no finding', async () => {
  configure(CAREFUL);
  const { file } = importNow(talk);
  fs.appendFileSync(file, `${careless(talk).lines.at(-1)}\n`);
  expect((await verify(homeOf(here), { threadIds: [], codexBinary: null })).findings).toEqual([]);
});
