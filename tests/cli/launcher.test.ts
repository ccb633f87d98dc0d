// What the launcher does before any command runs: which code it loads, and what it says where it cannot.

import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv } from 'ajv';
import { describe, expect, test } from 'vitest';
import { canRunAsOrdinary } from '../fixtures/ordinary_user.ts';
import { temporaryFolder } from '../fixtures/temporary_folder.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const ENTRY = path.join('scripts', 'codex-session-sync.cjs');
const CACHE = path.join('node_modules', '.cache', 'codex-session-sync');

type Ran = { code: number | null; stdout: string; stderr: string };

function node(words: string[], { cwd, env = {} }: { cwd: string; env?: NodeJS.ProcessEnv }): Ran {
  const home = path.join(cwd, 'home');
  fs.mkdirSync(home, { recursive: true });
  fs.writeFileSync(path.join(home, 'config.toml'), '');
  const environment = { ...process.env, CODEX_HOME: home, CODEX_THREAD_ID: '', ...env };
  const { status, stdout, stderr } = spawnSync(process.execPath, words, { cwd, encoding: 'utf8', env: environment });
  return { code: status, stdout, stderr };
}

/** The skill as it is copied; its dependencies are links to ours, but for those of `without`. */
function skill(without: string[] | 'all' = []): string {
  const folder = temporaryFolder();
  for (const name of ['scripts', 'package.json', 'tsconfig.json'])
    fs.cpSync(path.join(ROOT, name), path.join(folder, name), { recursive: true });
  if (without === 'all') return folder;
  fs.mkdirSync(path.join(folder, 'node_modules'));
  for (const name of fs
    .readdirSync(path.join(ROOT, 'node_modules'))
    .filter((one) => !one.startsWith('.') && !without.includes(one)))
    fs.symlinkSync(path.join(ROOT, 'node_modules', name), path.join(folder, 'node_modules', name));
  return folder;
}

/** The program that is kept of a skill that has run. */
function kept(root: string): string {
  const [folder] = fs.readdirSync(path.join(root, CACHE)).filter((name) => /^[0-9a-f]{16}$/.test(name));
  return path.join(root, CACHE, folder as string, 'program.cjs');
}

/** A link's own dependencies are found where it leads to. */
function copyModules(root: string, modules: Record<string, string[]>): void {
  for (const [name, parts] of Object.entries(modules))
    for (const part of parts) {
      const place = path.join('node_modules', name, part);
      fs.cpSync(path.join(ROOT, place), path.join(root, place), { recursive: true });
    }
}

describe.skipIf(process.platform === 'win32')('code that somebody else has put in a place for caches is not run', () => {
  /** As tsx alone does it, which shows that what is planted would run. */
  const unsafe = (folder: string) => [
    '--require',
    path.join(folder, 'node_modules/tsx/dist/cjs/index.cjs'),
    '-e',
    "require('./scripts/lib/cli/run.ts').run(['list-transactions'], process.env)",
  ];
  const OWNED = 'OWNED';

  /** Makes each file of tsx' cache say that it was run. */
  function plantForTsx(cache: string, marker: string): void {
    for (const name of fs.readdirSync(cache)) {
      const file = path.join(cache, name);
      const entry = JSON.parse(fs.readFileSync(file, 'utf8')) as { code: string };
      entry.code = `require('fs').writeFileSync(${JSON.stringify(marker)}, '');\n${entry.code}`;
      fs.writeFileSync(file, JSON.stringify(entry));
    }
  }

  /** Makes the kept program say that it was run, with the digest that it then has. */
  function plant(root: string, marker: string): void {
    const [parts, ...code] = fs.readFileSync(kept(root), 'utf8').split('\n').slice(1);
    const said = `process.getBuiltinModule('fs').writeFileSync(${JSON.stringify(marker)}, '');`;
    const body = [parts, said, ...code].join('\n');
    const digest = createHash('sha256').update(body).digest('hex');
    fs.writeFileSync(kept(root), `${digest}\n${body}`);
  }

  test('in the temporary folder', () => {
    const root = skill();
    const tmp = path.join(root, 'tmp');
    const owned = path.join(root, OWNED);
    fs.mkdirSync(tmp);
    node(unsafe(root), { cwd: root, env: { TMPDIR: tmp } });
    plantForTsx(path.join(tmp, fs.readdirSync(tmp).find((name) => name.startsWith('tsx-')) as string), owned);
    node(unsafe(root), { cwd: root, env: { TMPDIR: tmp } });
    expect(fs.existsSync(owned)).toBe(true);
    fs.rmSync(owned);
    for (let run = 0; run < 2; run++)
      expect(node([ENTRY, 'list-transactions'], { cwd: root, env: { TMPDIR: tmp } }).code).toBe(0);
    expect(fs.existsSync(owned)).toBe(false);
    expect(fs.statSync(path.join(root, CACHE)).mode & 0o022).toBe(0);
  });

  test('in our own, where others may write there', () => {
    const root = skill();
    const owned = path.join(root, OWNED);
    node([ENTRY, 'list-transactions'], { cwd: root });
    plant(root, owned);
    node([ENTRY, 'list-transactions'], { cwd: root });
    expect(fs.existsSync(owned)).toBe(true);
    fs.rmSync(owned);
    fs.chmodSync(path.join(root, CACHE), 0o777);
    expect(node([ENTRY, 'list-transactions'], { cwd: root }).code).toBe(0);
    expect(fs.existsSync(owned)).toBe(false);
  });

  test.runIf(process.geteuid?.() === 0)('in our own, where it belongs to another user', () => {
    const root = skill();
    const owned = path.join(root, OWNED);
    node([ENTRY, 'list-transactions'], { cwd: root });
    plant(root, owned);
    fs.chownSync(path.join(root, CACHE), 65534, 65534);
    expect(node([ENTRY, 'list-transactions'], { cwd: root }).code).toBe(0);
    expect(fs.existsSync(owned)).toBe(false);
  });

  test('in a tsconfig.json of the current folder, which sends imports elsewhere', () => {
    const root = skill();
    const project = path.join(root, 'project');
    const owned = path.join(root, OWNED);
    fs.mkdirSync(project);
    const paths = { 'smol-toml': ['./planted.ts'] };
    fs.writeFileSync(
      path.join(project, 'tsconfig.json'),
      JSON.stringify({ compilerOptions: { baseUrl: '.', paths }, include: ['/**/*'] }),
    );
    fs.writeFileSync(
      path.join(project, 'planted.ts'),
      `require('fs').writeFileSync(${JSON.stringify(owned)}, ''); export const parse = () => ({});`,
    );
    const run = `require(${JSON.stringify(path.join(root, 'scripts/lib/cli/run.ts'))}).run(['list-transactions'], process.env)`;
    node([...unsafe(root).slice(0, 2), '-e', run], { cwd: project });
    expect(fs.existsSync(owned)).toBe(true);
    fs.rmSync(owned);
    expect(node([path.join(root, ENTRY), 'list-transactions'], { cwd: project }).code).toBe(0);
    expect(fs.existsSync(owned)).toBe(false);
  });
});

describe.runIf(process.geteuid?.() === 0 && canRunAsOrdinary)('another user, who may not write there,', () => {
  function listAsNobody(root: string): void {
    const home = path.join(root, 'home');
    const { status, stdout } = spawnSync(process.execPath, [path.join(root, ENTRY), 'list-transactions', '--json'], {
      cwd: root,
      encoding: 'utf8',
      env: { ...process.env, CODEX_HOME: home, HOME: home, CODEX_THREAD_ID: '' },
      uid: 65534,
      gid: 65534,
    });
    expect([status, JSON.parse(stdout)]).toEqual([0, expect.objectContaining({ kind: 'transactions' })]);
  }

  test('runs what its owner has made', () => {
    const root = skill();
    fs.chmodSync(root, 0o755);
    expect(node([ENTRY, 'list-transactions'], { cwd: root }).code).toBe(0);
    fs.unlinkSync(path.join(root, 'node_modules', 'esbuild'));
    listAsNobody(root);
  });

  test('and nobody has before, makes it in memory', () => {
    const root = skill();
    fs.chmodSync(root, 0o755);
    node(['-e', ''], { cwd: root });
    listAsNobody(root);
    expect(fs.existsSync(path.join(root, CACHE))).toBe(false);
  });
});

describe('the program that is kept', () => {
  const versionOf = (root: string): string => node([ENTRY, '--version'], { cwd: root }).stdout.trim();
  const names = (root: string): string[] => fs.readdirSync(path.dirname(kept(root))).map((name) => path.extname(name));
  const SOURCE = path.join('scripts/lib/adapters/process/tool_version.ts');

  test('is never that of other sources, even of the same size and time', () => {
    const root = skill();
    const source = path.join(root, SOURCE);
    const before = versionOf(root);
    const { atime, mtime, size } = fs.statSync(source);
    fs.writeFileSync(source, fs.readFileSync(source, 'utf8').replace('packageJson().version', "'edited here' .trim()"));
    fs.utimesSync(source, atime, mtime);
    expect(fs.statSync(source).size).toBe(size);
    expect([versionOf(root), versionOf(root)]).toEqual(['edited here', 'edited here']);
    fs.copyFileSync(path.join(ROOT, SOURCE), source);
    expect(versionOf(root)).toBe(before);
  });

  test.each(['program.cjs', '.compiled'])('is made again where %s is not what was written', (name) => {
    const root = skill();
    const version = versionOf(root);
    const folder = path.dirname(kept(root));
    const file = path.join(folder, fs.readdirSync(folder).find((one) => one.endsWith(name)) as string);
    const whole = fs.readFileSync(file);
    const flipped = Buffer.from(whole);
    flipped.writeUInt8(flipped.readUInt8(whole.length >> 1) ^ 1, whole.length >> 1);
    for (const damaged of [Buffer.alloc(0), whole.subarray(0, whole.length >> 1), Buffer.alloc(whole.length), flipped]) {
      fs.writeFileSync(file, damaged);
      expect(versionOf(root)).toBe(version);
      expect(fs.readFileSync(file).equals(damaged)).toBe(false);
    }
  });

  test('is made by several at once, and by one after some that were killed', async () => {
    const root = skill();
    const start = () => spawn(process.execPath, [path.join(root, ENTRY), '--version'], { stdio: ['ignore', 'pipe', 'inherit'] });
    const killed = [50, 100, 150, 200, 250, 300].map(async (after) => {
      const child = start();
      setTimeout(() => child.kill('SIGKILL'), after);
      await once(child, 'exit');
    });
    await Promise.all(killed);
    fs.mkdirSync(path.join(root, CACHE), { recursive: true });
    const codes = Array.from({ length: 4 }, async () => (await once(start(), 'exit'))[0]);
    expect(await Promise.all(codes)).toEqual([0, 0, 0, 0]);
    fs.rmSync(kept(root));
    versionOf(root);
    expect(names(root).sort()).toEqual(['.cjs', '.compiled', '.map']);
  });

  test('imports a dependency when it is needed', () => {
    const root = skill();
    const words = ['exchange', 'init', temporaryFolder(), '--encrypt'];
    expect(node([ENTRY, ...words], { cwd: root, env: { CODEX_SYNC_PASSPHRASE: 'of many words' } })).toMatchObject({
      code: 0,
      stderr: '',
    });
  });

  test('says of a bug where it is in the sources', () => {
    const root = skill();
    const source = path.join(root, SOURCE);
    fs.appendFileSync(source, '\nexport const broken = (): string => {\n  throw new Error("broken");\n};\n');
    fs.writeFileSync(source, fs.readFileSync(source, 'utf8').replace('packageJson().version', 'broken()'));
    const line = fs.readFileSync(source, 'utf8').split('\n').indexOf('  throw new Error("broken");') + 1;
    for (let start = 0; start < 2; start++)
      expect(node([ENTRY, '--version'], { cwd: root }).stderr).toContain(`${source}:${line}:9`);
  });
});

test('flags of Node do not keep the command from its thread', () => {
  const { code, stdout } = node(['--max-old-space-size=300', '--expose-gc', path.join(ROOT, ENTRY), 'recover', '--execute'], {
    cwd: temporaryFolder(),
  });
  expect([code, stdout]).toEqual([0, expect.stringContaining('Nothing to recover.')]);
});

describe('what does not load is told in plain words, doctor and --json answer', () => {
  const ajv = new Ajv({ strict: false });
  const { $id: _id, ...shape } = JSON.parse(
    fs.readFileSync(path.join(ROOT, 'references/schemas/examination.schema.json'), 'utf8'),
  ) as Record<string, unknown>;
  const isExamination = ajv.compile(shape);

  function expectTold(root: string, code: string, finding: string, said: RegExp, exit: number): void {
    const listed = node([ENTRY, 'list-transactions', '--json'], { cwd: root });
    expect([listed.code, JSON.parse(listed.stdout)]).toEqual([exit, expect.objectContaining({ kind: 'error', code })]);
    expect(JSON.parse(listed.stdout).message).toMatch(said);
    const doctor = node([ENTRY, 'doctor', '--json'], { cwd: root });
    const examination = JSON.parse(doctor.stdout) as { findings: { code: string }[] };
    expect([doctor.code, examination.findings.map((one) => one.code)]).toEqual([6, expect.arrayContaining([finding])]);
    expect(isExamination(examination), JSON.stringify(isExamination.errors)).toBe(true);
    expect(node([ENTRY, 'doctor'], { cwd: root }).stdout).toContain(finding);
  }

  test('no dependencies', () => {
    expectTold(skill('all'), 'configuration', 'dependencies_missing', /^The dependencies are not installed/, 4);
  });

  test('one is missing', () => {
    expectTold(skill(['smol-toml']), 'configuration', 'dependencies_missing', /^The dependency smol-toml is not installed/, 4);
  });

  test('esbuild of another system', () => {
    const root = skill(['esbuild', '@esbuild']);
    copyModules(root, { esbuild: ['lib', 'package.json'] });
    expectTold(root, 'configuration', 'dependencies_unusable', /does not load/, 4);
  });

  test('the native module was never built', () => {
    const root = skill(['better-sqlite3']);
    copyModules(root, { 'better-sqlite3': ['lib', 'package.json'] });
    const doctor = node([ENTRY, 'doctor', '--json'], { cwd: root });
    expect([doctor.code, doctor.stdout]).toEqual([6, expect.stringContaining('native_module_missing')]);
    const recovered = node([ENTRY, 'recover', '--execute', '--json'], { cwd: root });
    expect([recovered.code, JSON.parse(recovered.stdout)]).toEqual([4, expect.objectContaining({ code: 'configuration' })]);
    expect(fs.readdirSync(path.join(root, 'home'))).toEqual(['config.toml']);
  });

  test.runIf(process.platform === 'linux' && process.getuid?.() !== 0)('a dependency that may not be read', () => {
    const root = skill(['esbuild']);
    fs.mkdirSync(path.join(root, 'node_modules/esbuild'), { mode: 0 });
    expectTold(root, 'not_permitted', 'dependencies_unusable', /does not load/, 5);
    fs.chmodSync(path.join(root, 'node_modules/esbuild'), 0o700);
  });

  test('a Node that is too old', () => {
    const root = skill('all');
    const manifest = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8')) as { engines: { node: string } };
    manifest.engines.node = '>=99.1';
    fs.writeFileSync(path.join(root, 'package.json'), JSON.stringify(manifest));
    expectTold(root, 'configuration', 'node_too_old', /^Node v.* is older than 99.1/, 4);
  });
});

describe('a Node that is too old', () => {
  const says = (version: string): string =>
    `Object.defineProperty(process, 'versions', { configurable: true, value: { ...process.versions, node: '${version}' } });\n`;

  /** The skill for a Node of the future, and such a Node beside it: this one, which says that it is another. */
  function withNewerNode(folder: string, version: string): string {
    const root = skill(['node']);
    const manifest = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8')) as { engines: { node: string } };
    manifest.engines.node = '>=99.1';
    fs.writeFileSync(path.join(root, 'package.json'), JSON.stringify(manifest));
    const beside = path.join(root, folder, 'node');
    fs.mkdirSync(path.join(beside, 'bin'), { recursive: true });
    fs.writeFileSync(path.join(beside, 'package.json'), JSON.stringify({ version }));
    fs.writeFileSync(path.join(root, 'says.cjs'), says(version));
    const script = `#!/bin/sh\nexec ${JSON.stringify(process.execPath)} --require ${JSON.stringify(path.join(root, 'says.cjs'))} "$@"\n`;
    fs.writeFileSync(path.join(beside, 'bin/node'), script, { mode: 0o755 });
    return root;
  }

  test.skipIf(process.platform === 'win32').each(['node_modules', '.node/node_modules'])(
    'runs the command with the one in %s: output, exit code and arguments are its own',
    (folder) => {
      const root = withNewerNode(folder, '99.2.0');
      const listed = node([ENTRY, 'list-transactions', '--json'], { cwd: root });
      expect([listed.code, JSON.parse(listed.stdout)]).toEqual([0, expect.objectContaining({ kind: 'transactions' })]);
      expect(node([ENTRY, 'sync', 'no such folder', '--json'], { cwd: root }).code).toBe(4);
    },
  );

  test.skipIf(process.platform === 'win32')('ends as that one does where a signal ends it', () => {
    const root = withNewerNode('node_modules', '99.2.0');
    fs.writeFileSync(path.join(root, 'node_modules/node/bin/node'), '#!/bin/sh\nkill -KILL $$\n');
    const { signal } = spawnSync(process.execPath, [path.join(root, ENTRY), 'list-transactions'], { cwd: root });
    expect(signal).toBe('SIGKILL');
  });

  test.skipIf(process.platform === 'win32').each([
    ['says so', '99.0.0', '99.0.0'],
    ['is not what its package says', '99.2.0', '24.0.0'],
  ])('is not helped by another that is too old and %s, which is told once', (_what, packaged, version) => {
    const root = withNewerNode('node_modules', packaged);
    fs.appendFileSync(path.join(root, 'says.cjs'), says(version));
    const { code, stderr } = node([ENTRY, 'list-transactions'], { cwd: root });
    expect([code, stderr.match(/is older than 99.1/g)]).toEqual([4, ['is older than 99.1']]);
    expect(stderr).toMatch(/npm install --prefix ".*\.node" node@/);
  });
});

test.runIf(process.platform === 'linux')('a current folder that was removed is told as what it is', () => {
  const gone = temporaryFolder();
  const start = `cd '${gone}' && rmdir '${gone}' && exec '${process.execPath}' '${path.join(ROOT, ENTRY)}' doctor --json`;
  const { status, stdout } = spawnSync('/bin/sh', ['-c', start], { encoding: 'utf8' });
  expect([status, JSON.parse(stdout).findings.map(({ code }: { code: string }) => code)]).toEqual([6, ['current_folder_gone']]);
});
