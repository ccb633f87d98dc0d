import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv } from 'ajv';
import { beforeEach, describe, expect, test } from 'vitest';
import { conversation, withTurn } from '../fixtures/conversation.ts';
import { addSession, inState, type Machine, rolloutOf, writePackage } from '../fixtures/machine.ts';
import { machinesOfEachTest } from '../fixtures/machines.ts';
import { addSkill, SKILL_MD } from '../fixtures/skills.ts';
import { snapshot } from '../fixtures/snapshot.ts';
import { buildValidators, GENERATED } from '../schemas/build_document_validators.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const LAUNCHER = path.join(ROOT, 'scripts', 'codex-session-sync.cjs');
const SCHEMAS = path.join(ROOT, 'references', 'schemas');

const talk = conversation('one', '/home/far/project', ['first']);
const parted = conversation('parted', '/home/far/project', ['first']);

const machine = machinesOfEachTest();
let here: Machine;
beforeEach(() => {
  here = machine();
});

type Ran = { code: number | null; document: Record<string, unknown>; stdout: string; stderr: string };

/** A real process, from another folder than the project's, as the skill runs it. */
function run(...words: string[]): Ran {
  const environment = { ...process.env, CODEX_HOME: here.codexHome, HOME: here.userHome };
  delete (environment as NodeJS.ProcessEnv).CODEX_THREAD_ID;
  const { status, stdout, stderr } = spawnSync(process.execPath, [LAUNCHER, ...words], {
    cwd: here.root,
    encoding: 'utf8',
    env: environment,
  });
  const isJson = words.includes('--json');
  return { code: status, stdout, stderr, document: isJson ? (JSON.parse(stdout) as Record<string, unknown>) : {} };
}

const ajv = new Ajv({ allErrors: true, strict: false });
function expectShape(document: Record<string, unknown>, schema: string): void {
  const { $id: _name, ...shape } = JSON.parse(fs.readFileSync(path.join(SCHEMAS, `${schema}.schema.json`), 'utf8')) as Record<
    string,
    unknown
  >;
  const validate = ajv.compile(shape);
  validate(document);
  expect(validate.errors).toBeNull();
  expect(undescribed(document, shape)).toEqual([]);
}

type Shape = { properties?: Record<string, Shape>; items?: Shape };

/** Fields that a command prints and its schema does not name. */
function undescribed(value: unknown, { properties, items }: Shape, place = ''): string[] {
  if (Array.isArray(value)) return items ? value.flatMap((entry) => undescribed(entry, items, `${place}[]`)) : [];
  if (typeof value !== 'object' || value === null || !properties) return [];
  return Object.entries(value).flatMap(([name, inner]) =>
    properties[name] ? undescribed(inner, properties[name], `${place}.${name}`) : [`${place}.${name}`],
  );
}

test('every command prints one JSON object of its documented shape', () => {
  addSession(here, withTurn(parted, 'here'));
  const folder = writePackage(here, [{ conversation: talk }, { conversation: withTurn(parted, 'there') }]);
  const inspected = run('inspect-package', folder, '--json');
  expectShape(inspected.document, 'inspection');
  expect(inspected.code).toBe(0);
  const dry = run('sync', folder, '--json');
  expectShape(dry.document, 'sync');
  expect(dry.document).toMatchObject({ mode: 'dry-run', plan_digest: inspected.document.plan_digest });
  const expected = (digest: unknown) => run('sync', folder, '--expect-plan', String(digest), '--json');
  expect(expected(dry.document.plan_digest)).toMatchObject({ code: 0, document: { mode: 'dry-run' } });
  expect(expected('sha256:old')).toMatchObject({ code: 5, document: { kind: 'error', code: 'stale_plan' } });
  const done = run('sync', folder, '--execute', '--expect-plan', String(inspected.document.plan_digest), '--json');
  expectShape(done.document, 'sync');
  expect(done).toMatchObject({
    code: 0,
    document: { mode: 'executed', sessions: [{ rollout_path: rolloutOf(here, talk) }, {}] },
  });
  const listed = run('list-transactions', '--json');
  expectShape(listed.document, 'transactions');
  expect((listed.document.transactions as { bytes: number }[])[0]?.bytes).toBeGreaterThan(1000);
  const verified = run('verify', '--json');
  expectShape(verified.document, 'verification');
  expect(verified).toMatchObject({ code: 0, document: { checked: 3, findings: [] } });
  const moved = run('relocate', parted.id.slice(0, -2), here.userHome, '--json');
  expectShape(moved.document, 'relocation');
  expect(moved).toMatchObject({ code: 0, document: { session: { thread_id: parted.id, to: here.userHome } } });
  expect(run('relocate', parted.id, here.userHome).stdout).toContain(`moves to ${here.userHome}`);
  const packed = run('packup', '--all', '--output', path.join(here.root, 'packed'), '--json');
  expectShape(packed.document, 'packup');
  const narrow = run('packup', '--until', '1990-01-01', '--output', path.join(here.root, 'none'), '--json');
  expect(narrow).toMatchObject({ code: 4, document: { code: 'nothing_selected' } });
  expect(run('packup', '--since', 'soon', '--output', path.join(here.root, 'none')).code).toBe(4);
  expect(run('packup', '--since', '36500d', '--output', path.join(here.root, 'since')).code).toBe(0);
  expect(run('inspect-package', path.join(here.root, 'packed'), '--json').document).toMatchObject({ summary: { unchanged: 3 } });
  const config = path.join(here.root, 'config.toml');
  expectShape(run('config', 'init', '--output', config, '--json').document, 'config-init');
  expectShape(run('config', 'show', '-c', config, '--json').document, 'configuration');
  fs.appendFileSync(config, 'x = 1\n');
  expectShape(run('config', 'validate', '-c', config, '--json').document, 'config-validation');
  const undone = run('rollback', '--transaction-id', String(done.document.transaction_id), '--execute', '--json');
  expectShape(undone.document, 'rollback');
  expect(undone.code).toBe(0);
  const recovered = run('recover', '--execute', '--json');
  expectShape(recovered.document, 'recovery');
  expect(recovered.document.transactions).toEqual([]);
});

test('the commands of an exchange print their documented shapes', () => {
  addSession(here, talk);
  const place = path.join(here.root, 'place');
  const lines: [schema: string, words: string[]][] = [
    ['exchange-init', ['init', place]],
    ['exchange-sync', ['sync']],
    ['exchange-sync', ['push', '--execute']],
    ['exchange-status', ['status']],
    ['exchange-check', ['check']],
    ['exchange-machines', ['machines', '--rename', 'desk', '--execute']],
    ['exchange-gc', ['gc', '--execute']],
    ['exchange-export', ['export', 'desk', '--output', path.join(here.root, 'exported')]],
    ['exchange-leave', ['leave', '--execute']],
    ['exchange-init', ['init', place, '--name', 'again']],
    ['exchange-sync', ['sync', '--execute', '--no-backup']],
  ];
  for (const [schema, words] of lines) {
    const ran = run('exchange', ...words, '--json');
    expect([words, ran.code]).toEqual([words, 0]);
    expectShape(ran.document, schema);
  }
  expect(run('inspect-package', path.join(here.root, 'exported'), '--json').document).toMatchObject({
    summary: { unchanged: 1 },
  });
});

test.each([
  ['sidecar-health', ['sidecar-health']],
  ['prune', ['prune-invalid-mappings']],
  ['derived', ['rebuild-sidecar']],
  ['derived', ['replay-transactions-sidecar', '--execute']],
  ['journal-prune', ['prune-journal', '--keep', '0', '--execute']],
  ['examination', ['doctor']],
  ['explanations', ['explain']],
])('the shape %s is that of %s', (schema, words) => {
  const folder = writePackage(here, [{ conversation: talk }, { conversation: parted }]);
  run('sync', folder, '--execute', '--json');
  fs.rmSync(rolloutOf(here, talk));
  inState(here, (database) => database.prepare('DELETE FROM threads WHERE id = ?').run(talk.id));
  const ran = run(...words, '--json');
  expectShape(ran.document, schema);
  expect(ran.code).toBe(0);
});

test('a backup is made, listed, restored and pruned; each answer has its documented shape', () => {
  const file = addSession(here, talk);
  const backups = path.join(here.root, 'backups');
  const backup = (command: string, ...words: string[]) => run('backup', command, ...words, '--backup-dir', backups, '--json');
  const made = backup('create');
  expectShape(made.document, 'backup');
  backup('create', '--compression', 'none');
  const listed = backup('list');
  expectShape(listed.document, 'backups');
  expect(listed.document.backups).toMatchObject([
    { form: 'none', own: true },
    { form: 'zip', own: true, problem: null },
  ]);
  fs.rmSync(file);
  const planned = backup('restore', '--dry-run');
  expectShape(planned.document, 'restore');
  expect(planned).toMatchObject({ code: 0, document: { mode: 'dry-run', backup: { form: 'none' } } });
  expect(fs.existsSync(file)).toBe(false);
  expect(run('restore', '--apply', '--from', 'nothing', '--backup-dir', backups)).toMatchObject({ code: 4 });
  expect(run('restore', '--target', 'cloud', '--backup-dir', backups)).toMatchObject({ code: 4 });
  expect(run('restore', '--backup-dir', backups).stdout).toContain('backup restore … --execute --expect-plan sha256:');
  expect(run('restore', '--apply', '--backup-dir', backups).stdout).toContain('To undo it: rollback --transaction-id');
  expect(fs.existsSync(rolloutOf(here, talk))).toBe(true);
  const pruned = backup('prune', '--keep', '1', '--execute');
  expectShape(pruned.document, 'backup-prune');
  expect(fs.readdirSync(backups)).toHaveLength(1);
  const config = path.join(here.root, 'config.toml');
  const folder = path.join(here.root, 'configured');
  fs.writeFileSync(config, `[backup]\nfolder = ${JSON.stringify(folder)}\ncompression = "none"\nkeep_count = 1\n`);
  run('backup', 'create', '-c', config);
  const second = run('backup', 'create', '-c', config, '--json');
  expectShape(second.document, 'backup');
  expect(second.document).toMatchObject({ backup: { form: 'none' }, pruned: [{ form: 'none' }] });
  expect(fs.readdirSync(folder)).toHaveLength(1);
});

test('a skill is installed and taken away by name; what is said of it has its documented shape', () => {
  const folder = writePackage(here, [{ conversation: talk }]);
  for (const name of ['plot', 'other']) addSkill(folder, name);
  const shown = run('inspect-package', folder, '--include-skills', 'plot', 'other').stdout;
  expect(shown).toContain('Skills in the package: other, plot.');
  expect(shown).toContain(`SKILL.md  ${SKILL_MD.length} B`);
  const done = run('sync', folder, '--execute', '--json', '--include-skills', 'plot');
  expectShape(done.document, 'sync');
  expect(done).toMatchObject({
    code: 0,
    document: { package: { skills: ['other', 'plot'] }, skills: [{ name: 'plot', action: 'create' }] },
  });
  expect(done.stderr).toContain('programs that run with your rights');
  fs.writeFileSync(path.join(here.codexHome, 'skills/plot/SKILL.md'), 'mine');
  const again = run('inspect-package', folder, '--json', '--include-skills', 'plot');
  expectShape(again.document, 'inspection');
  expect(again).toMatchObject({ code: 2, document: { skills: [{ action: 'refuse' }] } });
  expectShape(run('list-transactions', '--json').document, 'transactions');
  const undone = run('rollback', '--latest', '--skill', 'plot', '--execute', '--json');
  expectShape(undone.document, 'rollback');
  expect(undone).toMatchObject({ code: 5, document: { sessions: [], skills: [{ name: 'plot', outcome: 'refused' }] } });
});

test('inspect-package and a dry run write and create nothing', () => {
  addSession(here, talk);
  const folder = writePackage(here, [{ conversation: withTurn(talk, 'there') }]);
  const before = fs.readdirSync(here.root, { recursive: true }).sort();
  const content = snapshot(here.root);
  run('inspect-package', folder, '--json');
  run('sync', folder, '--json');
  run('verify', '--json');
  run('list-transactions', '--json');
  expect(fs.readdirSync(here.root, { recursive: true }).sort()).toEqual(before);
  expect(snapshot(here.root)).toEqual(content);
});

describe('exit codes', () => {
  const cases: [string, number, string | null, () => string[]][] = [
    ['a folder that is no package', 4, 'not_a_package', () => ['inspect-package', here.root]],
    ['no such folder', 4, 'not_a_package', () => ['inspect-package', path.join(here.root, 'nowhere')]],
    ['a command that nobody knows', 4, 'usage', () => ['frobnicate']],
    ['no command', 4, 'usage', () => []],
    ['a flag that nobody knows', 4, 'usage', () => ['inspect-package', 'x', '--frobnicate']],
    ['a flag without its value', 4, 'usage', () => ['inspect-package', 'x', '--include-skills']],
    [
      'two path rules that contradict each other',
      4,
      'usage',
      () => ['inspect-package', 'x', '--map-path', '/a=/b', '--map-path', '/a=/c'],
    ],
    ['a path rule that is none', 4, 'usage', () => ['inspect-package', 'x', '--map-path', 'here']],
    [
      'a home that is none',
      4,
      'codex_home_missing',
      () => ['list-transactions', '--codex-home', path.join(here.root, 'nowhere')],
    ],
    ['a rollback of nothing', 4, 'transaction_not_found', () => ['rollback', '--latest']],
    ['a rollback without a target', 4, 'usage', () => ['rollback']],
    ['a packup without a selection', 4, 'usage', () => ['packup', '--output', 'x']],
    [
      'a stale plan',
      5,
      'stale_plan',
      () => ['sync', writePackage(here, [{ conversation: talk }]), '--execute', '--expect-plan', 'sha256:old'],
    ],
    [
      'a session that the package lacks',
      4,
      'nothing_selected',
      () => ['inspect-package', writePackage(here, [{ conversation: talk }]), '--thread-id', parted.id],
    ],
    [
      'a divergence under abort',
      2,
      'divergence_aborted',
      () => {
        addSession(here, withTurn(talk, 'here'));
        return ['sync', writePackage(here, [{ conversation: withTurn(talk, 'there') }]), '--on-divergence', 'abort', '--execute'];
      },
    ],
  ];
  test.each(cases)('%s: exit %i', (_what, code, error, words) => {
    const ran = run(...words(), '--json');
    expect(ran.code).toBe(code);
    expectShape(ran.document, 'error');
    expect(ran.document.code).toBe(error);
  });

  test('a collision asks for a decision: 2; a session that Codex runs the command from is busy: 3; both are left alone', () => {
    const impostor = { ...conversation('other', '/x', ['else']), id: talk.id };
    addSession(here, {
      ...impostor,
      lines: impostor.lines.map((line) => line.replaceAll(conversation('other', '/x', []).id, talk.id)),
    });
    expect(run('sync', writePackage(here, [{ conversation: talk }]), '--json').code).toBe(2);
    addSession(here, parted);
    const folder = writePackage(here, [{ conversation: withTurn(parted, 'there') }]);
    const { status, stdout } = spawnSync(
      process.execPath,
      [LAUNCHER, 'sync', folder, '--execute', '--json', '--codex-home', here.codexHome],
      { encoding: 'utf8', env: { ...process.env, CODEX_THREAD_ID: parted.id } },
    );
    expect(status).toBe(3);
    expect(JSON.parse(stdout)).toMatchObject({ summary: { busy: 1 }, transaction_id: null });
  });
});

test('people get a table, a reason, a digest, and control characters of a package never reach their terminal', () => {
  const { stdout, code } = run(
    'inspect-package',
    writePackage(here, [{ conversation: talk, row: { title: 'evil \u001b[31m\u202etitle', first_user_message: 'x' } }]),
  );
  expect(code).toBe(0);
  expect(stdout).toContain('new_lineage');
  expect(stdout).toMatch(/Plan digest: sha256:[0-9a-f]{64}/);
  expect(stdout).not.toMatch(/[\u001b\u202e]/);
});

test('errors say what, where and what to do', () => {
  const { stderr, stdout } = run('inspect-package', here.root);
  expect(stdout).toBe('');
  expect(stderr).toMatch(/^Codex home: .*\nError: This is not a session package: .*\n {2}at: .*\nHint: .*\n$/);
  // Where the place that fails knows nothing better, what is to be done about every error of its code.
  expect(run('rollback').stderr).toMatch(/^Error: Choose the transaction .*\nHint: The message names the flag; .*\n$/);
});

test('the compiled validators are those of the schemas (npm run schemas)', () => {
  expect(fs.readFileSync(GENERATED, 'utf8')).toBe(buildValidators());
});

test('the sibling finds all that it reads in a package of ours', () => {
  addSession(here, talk);
  const output = path.join(here.root, 'packed');
  run('packup', '--cwd-filter', talk.cwd, '--output', output, '--json');
  const read = (name: string): string => fs.readFileSync(path.join(output, name), 'utf8');
  expect(JSON.parse(read('package_manifest.json'))).toMatchObject({
    format_version: 1,
    package_kind: 'session-skill-package',
    minimum_working_set_only: true,
    cwd_filter: talk.cwd,
    thread_ids: [talk.id],
    skills_included: [],
    preferred_installer_skill: 'codex-session-transfer',
  });
  const row = JSON.parse(read('metadata/threads.jsonl')) as Record<string, string>;
  for (const column of ['id', 'rollout_path', 'cwd', 'title', 'sandbox_policy', 'approval_mode', 'source', 'model_provider'])
    expect(row[column], column).toBeTypeOf('string');
  expect(JSON.parse(read('metadata/session_index.jsonl'))).toMatchObject({ id: talk.id, thread_name: 'first' });
  expect(JSON.parse(read('skeleton/required-directories.json'))).toEqual([talk.cwd]);
  expect(fs.existsSync(path.join(output, 'sessions', path.basename(rolloutOf(here, talk))))).toBe(true);
  for (const name of [
    'README.md',
    'INSTALL_REMOTE.md',
    'metadata/thread_dynamic_tools.jsonl',
    'metadata/path_localization.json',
    'skills',
  ])
    expect(fs.existsSync(path.join(output, name)), name).toBe(true);
  expect(fs.readdirSync(output, { recursive: true }).filter((name) => /auth|config/.test(String(name)))).toEqual([]);
});

test('a rollout that is being written is packed up to its last newline', () => {
  fs.appendFileSync(addSession(here, talk), '{"timestamp":"2026-11-03T10:1');
  const output = path.join(here.root, 'packed');
  expect(run('packup', '--all', '--output', output, '--json').code).toBe(0);
  expect(fs.readFileSync(path.join(output, 'sessions', path.basename(rolloutOf(here, talk))), 'utf8')).toBe(
    talk.lines.map((line) => `${line}\n`).join(''),
  );
  expect(run('packup', '--all', '--output', output, '--json').document.code).toBe('output_exists');
});

test('a reader that has seen enough ends nothing with an error', () => {
  const { stderr } = spawnSync('sh', ['-c', `"${process.execPath}" "${LAUNCHER}" explain --json | true`], {
    encoding: 'utf8',
  });
  expect(stderr).toBe('');
});

test('a reader that closes output and errors alike changes nothing of what the command comes to', () => {
  const command = `"${process.execPath}" "${LAUNCHER}" list-transactions --codex-home "${here.codexHome}"`;
  const { stdout } = spawnSync(
    'bash',
    ['-c', `${command} 2>&1 | true; echo "\${PIPESTATUS[0]}"; ${command} --keep 2>&1 | true; echo "\${PIPESTATUS[0]}"`],
    {
      encoding: 'utf8',
    },
  );
  expect(stdout).toBe('0\n4\n');
});
