import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { readPackage } from '../../../scripts/lib/adapters/package/package_folder.ts';
import { SyncError } from '../../../scripts/lib/domain/codes/errors.ts';
import { isValid, type PackageSession, type SessionPackage } from '../../../scripts/lib/domain/package/package.ts';
import {
  damagedFiles,
  damagedNames,
  damagedRollouts,
  manifestFile,
  type PackedSession,
  packedSession,
  threadsFile,
  writeManifest,
  writePackageInto,
  writeRows,
} from '../../fixtures/damaged_packages.ts';
import { idFrom } from '../../fixtures/records_at_places.ts';
import { temporaryFolder } from '../../fixtures/temporary_folder.ts';

const all: ReadonlySet<string> = new Set();
const read = (folder: string): SessionPackage => readPackage(folder, all);
const good = (...seeds: string[]): PackedSession[] => seeds.map((seed) => packedSession(seed));
const written = (...sessions: PackedSession[]): string => writePackageInto(temporaryFolder(), sessions);
const rolloutFile = (folder: string, session: PackedSession): string => path.join(folder, 'sessions', session.rolloutName);

function refused(folder: string): { code: string; where: string | undefined } {
  try {
    read(folder);
  } catch (error) {
    if (error instanceof SyncError) return { code: error.code, where: error.where };
    throw error;
  }
  throw new Error('the package was taken');
}

describe('a package', () => {
  test('is read with its sessions, names, tools and facts', () => {
    const sessions = [packedSession('one'), packedSession('two', 'legacy')];
    const folder = written(...sessions);
    const result = read(folder);
    expect(result).toMatchObject({ path: folder, form: 'directory', warnings: [], skills: { names: [] } });
    expect(result.requiredDirectories).toEqual(['C:\\Users\\jian\\Documents\\R\\x']);
    expect(result.bytes).toBe(sessions.reduce((sum, { rollout }) => sum + rollout.length, 0));
    for (const [at, packed] of sessions.entries()) {
      const session = result.sessions[at] as PackageSession;
      expect(session).toMatchObject({
        threadId: packed.threadId,
        row: packed.row,
        indexName: packed.row.title,
        size: packed.rollout.length,
        digest: `sha256:${createHash('sha256').update(packed.rollout).digest('hex')}`,
        invalid: null,
      });
      expect(session.attachments.rows.get('thread_dynamic_tools')).toEqual([
        expect.objectContaining({ thread_id: packed.threadId, name: 'plot' }),
      ]);
      expect(session.transcript).toMatchObject({ turns: 2, fault: null, bytes: packed.rollout.length });
      expect(isValid(session)).toBe(true);
    }
  });

  test('may lack what is not needed', () => {
    const folder = written(...good('one'));
    for (const name of [
      'README.md',
      'INSTALL_REMOTE.md',
      'metadata/session_index.jsonl',
      'metadata/thread_dynamic_tools.jsonl',
      'metadata/path_localization.json',
    ])
      fs.rmSync(path.join(folder, name));
    fs.rmSync(path.join(folder, 'skeleton'), { recursive: true });
    fs.rmSync(path.join(folder, 'skills'), { recursive: true });
    expect(read(folder)).toMatchObject({
      requiredDirectories: [],
      sessions: [{ invalid: null, indexName: null, attachments: { rows: new Map(), images: [] } }],
    });
  });

  test('is only read where it is wanted', () => {
    const sessions = good('one', 'two');
    const folder = written(...sessions);
    fs.rmSync(rolloutFile(folder, sessions[0]!));
    const result = readPackage(folder, new Set([sessions[1]!.threadId]));
    expect(result.sessions.map(({ threadId, invalid }) => [threadId, invalid])).toEqual([[sessions[1]!.threadId, null]]);
  });

  test('is named by its content, not by its folder', () => {
    const [one, same, other] = [written(...good('one')), written(...good('one')), written(...good('two'))];
    expect(read(one).digest).toBe(read(same).digest);
    expect(read(one).digest).not.toBe(read(other).digest);
    fs.appendFileSync(rolloutFile(same, good('one')[0]!), '{}\n');
    expect(read(one).digest).not.toBe(read(same).digest);
  });

  test('is not changed by being read', () => {
    const folder = written(...good('one'));
    const before = fs.readdirSync(folder, { recursive: true }).sort();
    read(folder);
    expect(fs.readdirSync(folder, { recursive: true }).sort()).toEqual(before);
  });

  test('with rollouts that nobody names says so', () => {
    const sessions = good('one', 'two');
    const folder = written(...sessions);
    writeRows(folder, [sessions[0]!.row]);
    expect(read(folder).warnings).toEqual(['1 rollout file(s) are not named in metadata/threads.jsonl and are left out']);
  });

  test('with values that SQLite cannot hold has them as text', () => {
    const session = packedSession('one');
    Object.assign(session.row, { flag: true, policy: { type: 'x' }, list: [1] });
    expect(read(written(session)).sessions[0]?.row).toMatchObject({ flag: 1, policy: '{"type":"x"}', list: '[1]' });
  });

  test('with U+2028 and U+2029 in a message is split at newlines alone', () => {
    const session = packedSession('a\u2028b\u2029c\u0085d');
    session.rollout = Buffer.from(session.rollout.toString().replaceAll('question', 'que\u2028stion'));
    const lines = session.rollout.filter((byte) => byte === 0x0a).length;
    const [result] = read(written(session)).sessions;
    expect(result).toMatchObject({ invalid: null, transcript: { lines, firstUserMessage: 'a\u2028b\u2029c\u0085d 0' } });
  });

  test.each([
    ['the manifest', manifestFile],
    ['the rows', threadsFile],
    ['the folders', (folder: string) => path.join(folder, 'skeleton', 'required-directories.json')],
  ])('with a byte order mark before %s is read', (_where, fileOf) => {
    const folder = written(...good('one'));
    const file = fileOf(folder);
    fs.writeFileSync(file, `\uFEFF${fs.readFileSync(file, 'utf8')}`);
    expect(read(folder)).toMatchObject({
      sessions: [{ invalid: null }],
      requiredDirectories: ['C:\\Users\\jian\\Documents\\R\\x'],
    });
  });

  test('with \\r\\n between its rows is read', () => {
    const folder = written(...good('one', 'two'));
    fs.writeFileSync(threadsFile(folder), fs.readFileSync(threadsFile(folder), 'utf8').replaceAll('\n', '\r\n'));
    expect(read(folder).sessions.map(({ invalid }) => invalid)).toEqual([null, null]);
  });
});

describe('a torn last line', () => {
  const lastLine = ({ rollout }: PackedSession): number => rollout.lastIndexOf('\n', rollout.length - 2) + 1;

  test('is not there yet, and the session is valid', () => {
    const session = packedSession('one');
    const at = lastLine(session);
    session.rollout = session.rollout.subarray(0, at + 30);
    expect(read(written(session)).sessions[0]).toMatchObject({ invalid: null, transcript: { tornAt: at, fault: null } });
  });

  test('that is one run of NUL bytes, as a power cut leaves it, is not there yet', () => {
    const session = packedSession('one');
    const at = session.rollout.length;
    session.rollout = Buffer.concat([session.rollout, Buffer.alloc(8192)]);
    expect(read(written(session)).sessions[0]).toMatchObject({ invalid: null, transcript: { tornAt: at } });
  });

  test('that was closed by a later record is carried through', () => {
    const session = packedSession('one');
    const at = lastLine(session);
    const [kept, last] = [session.rollout.subarray(0, at), session.rollout.subarray(at)];
    session.rollout = Buffer.concat([kept, last.subarray(0, 30), Buffer.from('\n'), last]);
    expect(read(written(session)).sessions[0]).toMatchObject({
      invalid: null,
      transcript: { skippedLines: 1, skippedAt: at, tornAt: null },
    });
  });
});

/** The bad one between two good ones: they are always read. */
function amongGoodOnes(bad: PackedSession, damage: (folder: string) => void = () => undefined): PackageSession {
  const [first, last] = good('first', 'last') as [PackedSession, PackedSession];
  const folder = written(first, bad, last);
  damage(folder);
  const { sessions } = read(folder);
  expect(sessions.map(({ invalid }) => invalid === null)).toEqual([true, false, true]);
  expect([sessions[0]?.threadId, sessions[2]?.threadId]).toEqual([first.threadId, last.threadId]);
  return sessions[1] as PackageSession;
}

describe('one bad session never hides the good ones, and says where it is bad:', () => {
  test.each(Object.entries(damagedRollouts))('%s', (_name, damage) => {
    const bad = packedSession('bad');
    const { reason, at } = damage(bad);
    const where = `sessions/${bad.rolloutName} at byte ${at}`;
    expect(amongGoodOnes(bad)).toMatchObject({ invalid: { reason, where }, size: bad.rollout.length });
  });

  test.each(Object.entries(damagedNames))('%s', (_name, damage) => {
    const bad = packedSession('bad');
    const reason = damage(bad);
    expect(amongGoodOnes(bad).invalid).toMatchObject({ reason, where: 'metadata/threads.jsonl' });
  });

  test.each(Object.entries(damagedFiles))('%s', (_name, damage) => {
    const bad = packedSession('bad');
    let reason = '';
    const found = amongGoodOnes(bad, (folder) => {
      reason = damage(rolloutFile(folder, bad));
    });
    expect(found.invalid).toMatchObject({ reason, where: `sessions/${bad.rolloutName}` });
  });

  test('a pipe', () => {
    const bad = packedSession('bad');
    const found = amongGoodOnes(bad, (folder) => {
      fs.rmSync(rolloutFile(folder, bad));
      execFileSync('mkfifo', [rolloutFile(folder, bad)]);
    });
    expect(found.invalid?.reason).toBe('its rollout is not a regular file');
  });

  test('a line beyond 64 MiB', () => {
    const bad = packedSession('bad');
    const found = amongGoodOnes(bad, (folder) => {
      const file = fs.openSync(rolloutFile(folder, bad), 'a');
      fs.writeSync(file, '{"timestamp":"x","type":"y","payload":{"a":"');
      for (let at = 0; at < 67; at++) fs.writeSync(file, Buffer.alloc(1 << 20, 0x61));
      fs.writeSync(file, '"}}\n');
      fs.closeSync(file);
    });
    expect(found.invalid?.reason).toBe('A line is longer than 64 MiB.');
    expect(found.invalid?.where).toContain(`sessions/${bad.rolloutName}`);
  });

  test('an id that two rows have is one invalid session', () => {
    const [one, two, three] = good('one', 'two', 'three') as [PackedSession, PackedSession, PackedSession];
    const folder = written(one, two, three);
    writeRows(folder, [one.row, two.row, { ...two.row, title: 'other' }, three.row]);
    expect(read(folder).sessions.map(({ threadId, invalid }) => [threadId, invalid?.reason ?? null])).toEqual([
      [one.threadId, null],
      [two.threadId, 'metadata/threads.jsonl lists this thread more than once'],
      [three.threadId, null],
    ]);
  });

  test('a path of another thread’s folder is never opened', () => {
    const session = packedSession('one');
    session.row.rollout_path = `../../../../../tmp/${session.rolloutName}`;
    const folder = written(session);
    expect(read(folder).sessions[0]).toMatchObject({
      invalid: null,
      ranges: [{ file: rolloutFile(folder, session) }],
    });
  });
});

/** An empty folder in the place of whatever was there. */
function emptyFolder(place: string): void {
  fs.rmSync(place, { recursive: true });
  fs.mkdirSync(place);
}

describe('what is no package is refused with one clear error:', () => {
  test.each<[string, (folder: string) => void, string, (folder: string) => string]>([
    ['a folder that is not there', (folder) => fs.rmSync(folder, { recursive: true }), 'not_a_package', (folder) => folder],
    ['an empty folder', (folder) => emptyFolder(folder), 'not_a_package', (folder) => folder],
    ['no manifest', (folder) => fs.rmSync(manifestFile(folder)), 'not_a_package', (folder) => folder],
    ['a manifest that is torn', (folder) => fs.truncateSync(manifestFile(folder), 40), 'malformed_document', manifestFile],
    ['an empty manifest', (folder) => fs.truncateSync(manifestFile(folder), 0), 'malformed_document', manifestFile],
    ['a manifest that is an array', (folder) => fs.writeFileSync(manifestFile(folder), '[]'), 'malformed_document', manifestFile],
    [
      'a manifest without its version',
      (folder) => writeManifest(folder, { format_version: undefined }),
      'malformed_document',
      manifestFile,
    ],
    ['a version that is text', (folder) => writeManifest(folder, { format_version: '1' }), 'malformed_document', manifestFile],
    ['format_version 2', (folder) => writeManifest(folder, { format_version: 2 }), 'unsupported_format_version', manifestFile],
    ['another kind', (folder) => writeManifest(folder, { package_kind: 'recipe' }), 'not_a_package', manifestFile],
    [
      'another kind in another version',
      (folder) => writeManifest(folder, { package_kind: 'recipe', format_version: 9 }),
      'not_a_package',
      manifestFile,
    ],
    [
      'a manifest of 17 MiB',
      (folder) => fs.writeFileSync(manifestFile(folder), `{"a":"${'a'.repeat(17 << 20)}"}`),
      'malformed_document',
      manifestFile,
    ],
    ['a manifest that is a folder', (folder) => emptyFolder(manifestFile(folder)), 'unsafe_package', manifestFile],
    ['no rows', (folder) => fs.truncateSync(threadsFile(folder), 0), 'not_a_package', (folder) => folder],
    ['no file of rows', (folder) => fs.rmSync(threadsFile(folder)), 'not_a_package', (folder) => folder],
    [
      'a row that is not JSON',
      (folder) => fs.writeFileSync(threadsFile(folder), '{}\n{"id"\n'),
      'malformed_document',
      (folder) => `${threadsFile(folder)} at byte 3`,
    ],
    [
      'a row that is a list',
      (folder) => fs.writeFileSync(threadsFile(folder), '[]\n'),
      'malformed_document',
      (folder) => `${threadsFile(folder)} at byte 0`,
    ],
  ])('%s', (_what, damage, code, whereOf) => {
    const folder = written(...good('one'));
    damage(folder);
    expect(refused(folder)).toEqual({ code, where: whereOf(folder) });
  });

  test('a file', () => {
    const file = path.join(temporaryFolder(), 'package.zip');
    fs.writeFileSync(file, 'PK');
    expect(refused(file)).toEqual({ code: 'not_a_package', where: file });
  });

  test.each([
    'package_manifest.json',
    'metadata/threads.jsonl',
    'metadata/session_index.jsonl',
    'metadata/thread_dynamic_tools.jsonl',
    'skeleton/required-directories.json',
  ])('a symbolic link for %s', (name) => {
    const folder = written(...good('one'));
    const file = path.join(folder, name);
    fs.renameSync(file, `${file}.elsewhere`);
    fs.symlinkSync(`${file}.elsewhere`, file);
    expect(refused(folder)).toEqual({ code: 'unsafe_package', where: file });
  });

  test.each(['metadata', 'sessions', 'skeleton'])('a symbolic link for the folder %s', (name) => {
    const folder = written(...good('one'));
    const elsewhere = path.join(path.dirname(folder), 'elsewhere');
    fs.renameSync(path.join(folder, name), elsewhere);
    fs.symlinkSync(elsewhere, path.join(folder, name));
    expect(refused(folder)).toEqual({ code: 'unsafe_package', where: path.join(folder, name) });
  });

  test.each(['package_manifest.json', 'metadata/threads.jsonl'])('a pipe for %s, which is not waited for', (name) => {
    const folder = written(...good('one'));
    fs.rmSync(path.join(folder, name));
    execFileSync('mkfifo', [path.join(folder, name)]);
    const script = `import { readPackage } from '${process.cwd()}/scripts/lib/adapters/package/package_folder.ts';
      try { readPackage(process.argv[1], new Set()); } catch (error) { console.log(error.code); }`;
    const node = ['--import', 'tsx', '--input-type=module', '-e', script, folder];
    const outcome = spawnSync(process.execPath, node, { encoding: 'utf8', timeout: 5_000 });
    expect([outcome.signal, outcome.stdout.trim()]).toEqual([null, 'unsafe_package']);
  });

  test('every violation of the form is named at once', () => {
    const folder = written(...good('one'));
    writeManifest(folder, { format_version: 'x', package_kind: 7 });
    expect(() => read(folder)).toThrow(/format_version.*package_kind|package_kind.*format_version/);
  });
});

test('a manifest that knows more than we do is taken', () => {
  const folder = written(...good('one'));
  writeManifest(folder, { from_the_future: { a: 1 }, cwd_filter: null, skills_included: ['plot'] });
  expect(read(folder).manifest).toMatchObject({ from_the_future: { a: 1 }, skills_included: ['plot'] });
  // What is not in the folder cannot be installed.
  expect(read(folder).skills.names).toEqual([]);
});

test('the facts that we add are checked too', () => {
  const folder = written(...good('one'));
  const facts = { lines: 1, turns: 1, bytes: 1, digest: 'md5:x' };
  writeManifest(folder, { sync: { tool_version: '1', machine: 'm', created_at: 'x', sessions: { [idFrom('one')]: facts } } });
  expect(refused(folder).code).toBe('malformed_document');
});
