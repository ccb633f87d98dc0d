// Archives that were made to do harm, or were harmed. Each is refused before a byte of it is unpacked or while it is, and nothing is left.

import fs from 'node:fs';
import path from 'node:path';
import { deflateRawSync, gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { withPackageFolder } from '../../scripts/lib/commands/sync/package_place.ts';
import type { SyncError } from '../../scripts/lib/domain/codes/errors.ts';
import { entriesOf, tar, tarHeader, tgz, type Zipped, zip } from '../fixtures/archives.ts';
import { conversation } from '../fixtures/conversation.ts';
import { type Machine, makeMachine, removeMachine, writePackage } from '../fixtures/machine.ts';
import { tmpdirIn } from '../fixtures/tmpdir.ts';

let here: Machine;
let temporary: ReturnType<typeof tmpdirIn>;
let good: { name: string; data: Buffer }[];

beforeAll(() => {
  here = makeMachine('never started');
  temporary = tmpdirIn(here.root);
  good = entriesOf(writePackage(here, [{ conversation: conversation('hostile', '/home/far/project', ['hello']) }]), 'p/');
});
afterEach(() => {
  expect(fs.readdirSync(temporary.folder)).toEqual([]);
  expect(fs.readdirSync(here.root).filter((name) => name.includes('escaped'))).toEqual([]);
});
afterAll(() => {
  temporary.restore();
  removeMachine(here);
});

/** What the refusal says; the work is never begun. */
async function refusal(bytes: Buffer): Promise<SyncError> {
  const file = path.join(here.root, 'archive.bin');
  fs.writeFileSync(file, bytes);
  let isOpened = false;
  const error = await withPackageFolder({ named: file, skills: [] }, () => {
    isOpened = true;
  }).catch((caught: unknown) => caught as SyncError);
  expect(isOpened).toBe(false);
  expect((error as SyncError).where).toContain(file);
  return error as SyncError;
}

const ROLLOUT = 'p/sessions/x.jsonl';
const unsafe = { code: 'unsafe_package' };

describe('in a zip and in a tar, refused by its name:', () => {
  test.each<[string, string, string]>([
    ['a name that climbs', 'p/sessions/../../../escaped', 'leads outside the archive'],
    ['a name that climbs as Windows writes it', 'p\\..\\..\\escaped', 'leads outside the archive'],
    ['a name that climbs where nothing is read', '../escaped', 'leads outside the archive'],
    ['an absolute name', '/tmp/escaped', 'is an absolute path'],
    ['an absolute name as Windows writes it', '\\\\server\\share\\x', 'is an absolute path'],
    ['a drive', 'C:\\escaped', 'names a drive'],
    ['a drive without a root', 'C:escaped', 'names a drive'],
    ['a device of Windows', 'p/sessions/CON', 'has a name that some system cannot create'],
    ['a device of Windows with an end', 'p/sessions/nul.jsonl', 'has a name that some system cannot create'],
    ['a dot at the end', 'p/sessions/x.jsonl.', 'has a name that some system cannot create'],
    ['a stream of NTFS', 'p/sessions/x.jsonl:stream', 'has a name that some system cannot create'],
    ['a control character', 'p/sessions/x\u001b.jsonl', 'has a name that some system cannot create'],
    ['a name of 300 bytes', `p/sessions/${'x'.repeat(300)}`, 'has a name that some system cannot create'],
    ['the same name', 'p/metadata/threads.jsonl', 'appears twice'],
    ['the same name, in other letters', 'p/Metadata/THREADS.jsonl', 'where case does not matter'],
    ['a folder of the same name', 'p/metadata/threads.jsonl/x', 'is a file and a folder'],
    ['a file for a folder', 'p/sessions', 'is a file where a folder should be'],
  ])('%s', async (_what, name, said) => {
    for (const made of [zip, tar, tgz]) {
      const error = await refusal(made([...good, { name, data: 'x' }]));
      expect(error).toMatchObject({ ...unsafe, message: expect.stringContaining(said) });
    }
  });
});

test('a NUL byte in a name of a zip, and of a tar by its extended header', async () => {
  const name = 'p/sessions/x.jsonl\0.txt';
  expect(await refusal(zip([...good, { name, data: 'x' }]))).toMatchObject(unsafe);
  const record = `path=p/metadata/threads.jsonl\0.txt\n`;
  const pax = { name: 'pax', type: 'x', data: `${record.length + 3} ${record}` };
  expect(await refusal(tar([...good, pax, { name: 'x', data: 'x' }]))).toMatchObject(unsafe);
});

const KINDS: [what: string, type: string, mode: number][] = [
  ['a symbolic link', '2', 0o120777],
  ['a hard link', '1', 0],
  ['a device', '3', 0o020644],
  ['a device', '4', 0o060644],
  ['a pipe', '6', 0o010644],
  ['a socket', '', 0o140644],
];

describe.each(['p/package_manifest.json', ROLLOUT, 'p/metadata', 'p/files/generated_images', 'p'])('%s is refused as', (name) => {
  test.each(KINDS)('%s (%s)', async (what, type, mode) => {
    const others = good.filter((entry) => entry.name !== name);
    const link = '/etc/hostname';
    const archives = [
      ...(mode ? [zip([{ name, mode, data: link }, ...others])] : []),
      ...(type ? [tar([{ name, type, link: '12'.includes(type) ? link : '' }, ...others])] : []),
    ];
    for (const bytes of archives) {
      const { code, message } = await refusal(bytes);
      const said = name.endsWith('manifest.json') ? ['unsafe_package', 'not_a_package'] : ['unsafe_package'];
      expect(said).toContain(code);
      if (code === 'unsafe_package') expect(message).toContain(`\`${name}\` is ${what}`);
    }
  });
});

test('the same name, composed and not', async () => {
  const names = ['\u00e9', 'e\u0301'].map((letter) => ({ name: `p/sessions/${letter}.jsonl`, data: 'x' }));
  expect(await refusal(zip([...good, ...names]))).toMatchObject({
    ...unsafe,
    message: expect.stringContaining('is the same file as'),
  });
});

test('a name that is no UTF-8, as DOS wrote it, and one that is and does not say so', async () => {
  const [dos, unix] = [Buffer.from('p/sessions/\x81\x9d..jsonl', 'latin1'), 'p/sessions/\u00fc|.jsonl'];
  const plain = (name: Buffer | string) => ({ name, data: 'x', isPlain: true });
  const { message } = await refusal(zip([...good, plain(Buffer.concat([dos, Buffer.from('|')])), plain(unix)]));
  expect(message).toContain('`p/sessions/\u00fc\u00a5..jsonl|` has a name');
  expect(message).toContain('`p/sessions/\u00fc|.jsonl` has a name');
});

test('an archive that this user may not read', async () => {
  const spy = vi.spyOn(fs, 'openSync').mockImplementation(() => {
    throw Object.assign(new Error('EACCES'), { code: 'EACCES', syscall: 'open' });
  });
  const refused = await withPackageFolder({ named: path.resolve('package.json'), skills: [] }, () => null).catch(
    (error: unknown) => error,
  );
  spy.mockRestore();
  expect(refused).toMatchObject({ code: 'archive_unreadable', message: expect.stringContaining('EACCES') });
});

test('all that is wrong is said at once, and no more than twenty of it', async () => {
  const many = Array.from({ length: 30 }, (_, at) => ({ name: `../escaped-${at}`, data: 'x' }));
  const { message } = await refusal(zip([...good, ...many, { name: ROLLOUT, data: 'x', flags: 1 }]));
  expect(message.match(/escaped/g)).toHaveLength(20);
  expect(message).toContain('and 11 more');
});

const rollout = (change: Partial<Zipped>): Buffer => zip([...good, { name: ROLLOUT, data: 'hello\n', ...change }]);
const cut = (bytes: Buffer, less: number): Buffer => bytes.subarray(0, bytes.length - less);
const flipped = (bytes: Buffer, at: number): Buffer => {
  const changed = Buffer.from(bytes);
  changed[at] = (changed[at] as number) ^ 0xff;
  return changed;
};

describe('what cannot be unpacked is refused, with the entry where one is known:', () => {
  test.each<[string, () => Buffer, string, string]>([
    ['a zip entry with a password', () => rollout({ flags: 1 }), 'is encrypted', ''],
    ['a zip entry with strong encryption', () => rollout({ flags: 0x41 }), 'encrypt', ''],
    ['a zip entry of an unknown method', () => rollout({ method: 93 }), 'method 93', ''],
    ['a zip entry larger than it says', () => rollout({ size: 2 }), 'too many bytes', ROLLOUT],
    ['a zip entry smaller than it says', () => rollout({ size: 200 }), 'not enough bytes', ROLLOUT],
    ['a stored zip entry of two sizes', () => rollout({ size: 200, method: 0 }), 'size mismatch', ''],
    ['a zip entry of another checksum', () => rollout({ crc: 1 }), 'checksum', ROLLOUT],
    ['a zip entry that is no deflate', () => rollout({ deflated: Buffer.from('never deflated') }), '', ROLLOUT],
    ['a zip without its end', () => cut(rollout({}), 30), '', ''],
    ['a zip without its beginning', () => Buffer.concat([Buffer.from('PK\x03\x04'), rollout({}).subarray(300)]), '', ''],
    [
      'a tar that is cut in a file',
      () => tar([...good, { name: ROLLOUT, data: 'x'.repeat(5000) }]).subarray(0, -4000),
      'Truncated',
      '',
    ],
    ['a tar that is cut behind a file', () => cut(tar(good), 1024), 'truncated', ''],
    [
      'a tar that is cut in a header',
      () => Buffer.concat([cut(tar(good), 1024), tarHeader(ROLLOUT, 1, '0', '').subarray(0, 200)]),
      'truncated',
      '',
    ],
    ['a tar with a header that is not its sum', () => flipped(tar([{ name: 'x', data: '' }, ...good]), 520), 'checksum', ''],
    ['a tar with a file without end', () => tarHeader(ROLLOUT, 2 ** 33 - 1, '0', ''), 'Truncated', ''],
    ['a tar.gz that is cut', () => cut(tgz(good), 20), 'unexpected end of file', ''],
    ['a tar.gz of another checksum', () => flipped(tgz(good), tgz(good).length - 6), 'incorrect data check', ''],
    ['a gzip of a gzip', () => gzipSync(tgz(good)), 'not contain a tar', ''],
    ['a gzip of a text', () => gzipSync('hello'), 'not contain a tar', ''],
  ])('%s', async (_what, made, said, entry) => {
    const error = await refusal(made());
    expect(error).toMatchObject({ code: 'archive_unreadable', message: expect.stringContaining(said) });
    expect(error.where).toContain(entry);
  });
});

describe('what is no package is refused as that:', () => {
  test.each<[string, () => Buffer, string]>([
    ['a text', () => Buffer.from('hello'), 'it is a file but not an archive'],
    ['nothing', () => Buffer.alloc(0), 'it is a file but not an archive'],
    ['a 7z', () => Buffer.from('7z\xbc\xaf\x27\x1c....', 'latin1'), 'a 7z file'],
    ['an xz', () => Buffer.from('\xfd7zXZ\0....', 'latin1'), 'a xz file'],
    ['an empty zip', () => Buffer.concat([Buffer.from('PK\x05\x06'), Buffer.alloc(18)]), 'no package_manifest.json'],
    ['an archive of other things', () => tgz([{ name: 'a/b', data: 'c' }]), 'no package_manifest.json'],
    [
      'a package that lies deeper',
      () => zip(good.map((entry) => ({ ...entry, name: `a/${entry.name}` }))),
      'no package_manifest.json',
    ],
    [
      'two packages',
      () => zip([...good, ...good.map((entry) => ({ ...entry, name: entry.name.replace('p/', 'q/') }))]),
      '2 packages (p, q)',
    ],
  ])('%s', async (_what, made, said) => {
    const error = await refusal(made());
    expect(error).toMatchObject({ code: 'not_a_package', message: expect.stringContaining(said) });
    expect(error.hint).toContain('.tar.gz');
  });
});

/** Deflates to a thousandth. */
const zeros = (megabytes: number): Buffer => deflateRawSync(Buffer.alloc(megabytes << 20));

describe('more in it than a package has:', () => {
  test('a zip that says so', async () => {
    const bomb = rollout({ deflated: zeros(1), size: 2 ** 31 });
    expect(await refusal(bomb)).toMatchObject({ ...unsafe, message: expect.stringContaining('2147 MB') });
  });

  test('a zip whose entries share their bytes', async () => {
    const deflated = zeros(1);
    const many = Array.from({ length: 3000 }, (_, at) => ({ name: `p/sessions/${at}`, size: 1 << 20, deflated }));
    expect(await refusal(zip([...good, ...many]))).toMatchObject(unsafe);
  });

  test('a tar.gz, as it comes', async () => {
    const ten = gzipSync(Buffer.alloc(10 << 20));
    const bomb = [gzipSync(tarHeader(ROLLOUT, 300 << 20, '0', '')), ...Array.from({ length: 30 }, () => ten)];
    expect(await refusal(Buffer.concat(bomb))).toMatchObject({ ...unsafe, message: expect.stringContaining('268 MB') });
  });

  test('200,001 entries', async () => {
    const header = tar([{ name: 'a' }]).subarray(0, 512);
    const tarred = Buffer.concat([...Array.from({ length: 200_001 }, () => header), Buffer.alloc(1024)]);
    expect(await refusal(tarred)).toMatchObject({ ...unsafe, message: expect.stringContaining('200000 entries') });
  });
});
