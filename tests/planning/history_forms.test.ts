// A conversation in two forms: as Codex 0.145.0 wrote it, and as `codex migrate-rollouts` wrote it anew.

import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { forkOf } from '../fixtures/chain.ts';
import { conversation, withTurn } from '../fixtures/conversation.ts';
import { type Form, readForm } from '../fixtures/history_forms/read_form.ts';
import { addSession, type Machine, planNow, rolloutOf, syncNow, threadRow, writePackage } from '../fixtures/machine.ts';
import { machinesOfEachTest } from '../fixtures/machines.ts';

const machine = machinesOfEachTest();

type Meta = { payload: { id: string; cwd: string } };
const linesOf = (form: Form): string[] => readForm(form).toString().trimEnd().split('\n');
const modeOf = (form: Form): string => (form === 'legacy_0.145.0' ? 'legacy' : 'paginated');

/** The first `count` lines as a session that a machine can have. */
function talk(form: Form, count = Number.POSITIVE_INFINITY) {
  const lines = linesOf(form).slice(0, count);
  const { id, cwd } = (JSON.parse(lines[0] as string) as Meta).payload;
  return { ...conversation('x', cwd, []), id: id as ReturnType<typeof conversation>['id'], lines };
}

const only = (result: ReturnType<typeof planNow>) => result.plan.sessions[0];
const pack = (here: Machine, form: Form, count?: number): string =>
  writePackage(here, [{ conversation: talk(form, count), row: { history_mode: modeOf(form) } }]);
const add = (here: Machine, form: Form, count?: number): string =>
  addSession(here, talk(form, count), { history_mode: modeOf(form) });

const isLast = (line: string): boolean => line.includes('"task_complete"');
/** Lines up to and including the turn end before the last one. */
const withoutLastTurn = (form: Form): number => {
  const ends = linesOf(form).flatMap((line, index) => (isLast(line) ? [index + 1] : []));
  return ends.at(-2) as number;
};

describe.each<[Form, Form]>([
  ['legacy_0.145.0', 'migrated_0.169.0'],
  ['migrated_0.169.0', 'legacy_0.145.0'],
  ['legacy_0.145.0', 'migrated_0.153.4'],
  ['migrated_0.153.4', 'migrated_0.169.0'],
])('%s here and %s in the package', (local, incoming) => {
  test('are one conversation', () => {
    const here = machine();
    add(here, local);
    const before = fs.readFileSync(rolloutOf(here, talk(local)));
    expect(only(syncNow(here, pack(here, incoming)))).toMatchObject({
      classification: 'unchanged',
      reason: 'format_migration: both sides have the same history',
    });
    expect(fs.readFileSync(rolloutOf(here, talk(local)))).toEqual(before);
    expect(threadRow(here, talk(local).id)).toMatchObject({ history_mode: modeOf(local) });
  });

  test('an older package is older', () => {
    const here = machine();
    add(here, local);
    expect(only(planNow(here, pack(here, incoming, withoutLastTurn(incoming))))).toMatchObject({
      classification: 'unchanged',
      reason: expect.stringMatching(/^format_migration: the package is older/),
    });
  });
});

test('a line that the package has only the beginning of is not added in the other form either', () => {
  const here = machine();
  const file = add(here, 'legacy_0.145.0', withoutLastTurn('legacy_0.145.0'));
  const packed = pack(here, 'migrated_0.169.0');
  fs.appendFileSync(path.join(packed, 'sessions', path.basename(file)), '{"timestamp":"2026-11-05T10:00:00.000Z","ordinal');
  expect(only(syncNow(here, packed))).toMatchObject({ classification: 'fast_forward_import' });
  expect(fs.readFileSync(file, 'utf8')).toMatch(
    /"task_complete".*\}\n\{"timestamp":"[^"]*","type":"event_msg","payload":\{"type":"thread_settings_applied",.*\}\n$/,
  );
});

test('what a migrated package has more is added to the legacy session here as legacy lines', () => {
  const here = machine();
  const file = add(here, 'legacy_0.145.0', withoutLastTurn('legacy_0.145.0'));
  const before = fs.readFileSync(file, 'utf8');
  expect(only(syncNow(here, pack(here, 'migrated_0.169.0')))).toMatchObject({
    classification: 'fast_forward_import',
    reason: expect.stringMatching(/^format_migration: incoming has/),
  });
  const after = fs.readFileSync(file, 'utf8');
  expect(after.startsWith(before)).toBe(true);
  const added = after.slice(before.length);
  expect(added).toContain('"user_message"');
  expect(added).not.toMatch(/"ordinal"|"item_completed"/);
  expect(threadRow(here, talk('legacy_0.145.0').id)).toMatchObject({ history_mode: 'legacy' });
  expect(only(planNow(here, pack(here, 'legacy_0.145.0')))).toMatchObject({ classification: 'unchanged' });
});

test('what a legacy package has more than the migrated session here becomes a branch', () => {
  const here = machine();
  add(here, 'migrated_0.169.0', withoutLastTurn('migrated_0.169.0'));
  expect(only(syncNow(here, pack(here, 'legacy_0.145.0')))).toMatchObject({
    classification: 'diverged_lineage',
    action: 'branch',
    reason: expect.stringMatching(/^format_migration: the local history is paginated/),
  });
});

describe('a paginated session in a home of Codex 0.145', () => {
  const paginated = conversation('new', '/home/far/project', ['first', 'second']);

  test('comes with a warning', () => {
    const here = machine('0.145.0');
    const folder = writePackage(here, [{ conversation: paginated }]);
    expect(only(planNow(here, folder))?.warnings).toContainEqual(expect.stringContaining('use --convert-history legacy'));
    for (const result of [planNow(here, folder, { targetCodex: '0.169.0' }), planNow(machine(), folder)])
      expect(only(result)?.warnings).toEqual(['its working folder does not exist on this machine']);
  });

  test('is written in legacy form where that is asked for, and goes on in it without being asked again', () => {
    const here = machine('0.145.0');
    syncNow(here, writePackage(here, [{ conversation: paginated }]), { convertHistory: 'legacy' });
    const file = path.join(here.codexHome, 'sessions', '2026', '11', '03', path.basename(rolloutOf(here, paginated)));
    expect(fs.readFileSync(file, 'utf8')).not.toMatch(/"ordinal"|"paginated"/);
    expect(threadRow(here, paginated.id)).toMatchObject({ history_mode: 'legacy' });
    expect(only(planNow(here, writePackage(here, [{ conversation: paginated }])))).toMatchObject({ classification: 'unchanged' });
    fs.rmSync(path.join(here.codexHome, 'sync-sidecar'), { recursive: true });
    const longer = withTurn(paginated, 'third');
    const result = only(syncNow(here, writePackage(here, [{ conversation: longer }])));
    expect(result).toMatchObject({ classification: 'fast_forward_import' });
    expect(result?.warnings).not.toContainEqual(expect.stringContaining('--convert-history'));
    expect(fs.readFileSync(file, 'utf8')).not.toMatch(/"ordinal"|"paginated"/);
    expect(fs.readFileSync(file, 'utf8').match(/"type":"user_message"/g)).toHaveLength(3);
  });
});

test('a fork that was converted and its parent stay two conversations', () => {
  const here = machine('0.145.0');
  const parent = conversation('new', '/home/far/project', ['first', 'second']);
  const fork = forkOf(parent, 1, 'fork');
  const converted = { convertHistory: 'legacy' } as const;
  syncNow(here, writePackage(here, [{ conversation: fork, bases: [parent] }]), converted);
  expect(only(syncNow(here, writePackage(here, [{ conversation: parent }]), converted))).toMatchObject({
    classification: 'new_lineage',
  });
  // The parent is lost here: what comes again is no longer copy of its fork.
  fs.rmSync(path.join(here.codexHome, 'sync-sidecar'), { recursive: true });
  fs.rmSync(rolloutOf(here, parent));
  expect(only(planNow(here, writePackage(here, [{ conversation: parent }])))).toMatchObject({ classification: 'new_lineage' });
});

test('a model provider that is called otherwise here is mapped in the session and its row', () => {
  const here = machine();
  const session = conversation('p', '/home/far/project', ['first']);
  const folder = writePackage(here, [{ conversation: session }]);
  const mapProviders = [{ from: 'openai', to: 'ollama' }];
  expect(only(syncNow(here, folder, { mapProviders }))).toMatchObject({ model_provider: { id: 'ollama', configured: true } });
  expect(threadRow(here, session.id)).toMatchObject({ model_provider: 'ollama' });
  expect(fs.readFileSync(rolloutOf(here, session), 'utf8')).toContain('"model_provider":"ollama"');
  expect(only(planNow(here, folder))).toMatchObject({ classification: 'unchanged', model_provider: { id: 'ollama' } });
});
