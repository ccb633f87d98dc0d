// The shape of the house, as references/ and the design card promise it. Reads the sources as text; runs nothing of them.

import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { CANNOT } from './windows/cannot.ts';

const SCRIPTS = path.resolve(import.meta.dirname, '../scripts');
const LIB = path.join(SCRIPTS, 'lib');
/** Each layer may import itself and what stands before it. */
const LAYERS = ['domain', 'adapters', 'transaction', 'planning', 'commands', 'cli'];
/** Of two layers that do not know each other, the one says what is to be done and the other does it. */
const STRANGERS = ['planning', 'transaction'];
/** The rooms of a layer. Each may import itself and, of its layer, what stands before it; the layer's own files stand last. */
const ROOMS: Record<string, string[]> = {
  domain:
    'codes reasons findings ids paths operation json schedule config logging rollout localize compare extension legacy rights thread attachments package backup sidecar plan exchange'.split(
      ' ',
    ),
  adapters:
    'run paths open_files disk temporary_folders documents journal lines locks holders sqlite process config rollout codex_home local_sessions package archive logging backups place exchange'.split(
      ' ',
    ),
  transaction: ['exclusion', 'space', 'operations', 'staging'],
  planning: ['context', 'match', 'rights', 'changes', 'skills', 'exchange'],
  commands: [
    'config',
    'adopt',
    'transactions',
    'rollback',
    'sidecar',
    'doctor',
    'health',
    'packup',
    'sync',
    'backup',
    'membership',
    'exchange',
    'schedule',
  ],
  cli: ['output', 'command_line', 'sync_report', 'checks', 'verbs', 'unattended'],
};
const ROOM_SIZE = 12;
/** The one way in, where a room has one: nothing outside imports another file of it. */
const FRONT_DOORS: Record<string, string[]> = {
  'domain/legacy': ['legacy_form.ts'],
  'adapters/archive': ['archive_file.ts', 'zip_writer.ts'],
  'adapters/holders': ['thread_holders.ts'],
  'adapters/documents': ['documents.ts'],
  'commands/adopt': ['adopt.ts'],
  'commands/doctor': ['doctor.ts', 'doctor_database.ts'],
  'commands/health': ['sidecar_health.ts', 'verify.ts'],
  'commands/rollback': ['rollback.ts'],
  'commands/packup': ['packup.ts'],
};

type Source = { file: string; layer: string; code: string; imports: string[] };

/** Comments and the contents of strings hold words that are no code. */
const withoutComments = (text: string): string =>
  text
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/^\s*\/\/.*$/gm, '')
    .replace(/\s\/\/ .*$/gm, '');
const withoutTexts = (code: string): string => code.replace(/'(?:\\.|[^'\\\n])*'/g, "''").replace(/`(?:\\.|[^`\\])*`/g, '``');

function importsOf(code: string): string[] {
  const statements = code.matchAll(/^(?:import|export)\b(?:[^;'"]*?\bfrom)?\s*'([^']+)'/gm);
  const calls = code.matchAll(/\b(?:import|require|createRequire\([^)]*\))\(\s*'([^']+)'/g);
  return [...statements, ...calls].map((match) => match[1] as string);
}

const sources: Source[] = fs
  .readdirSync(LIB, { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.(ts|mts|mjs|js|cjs)$/.test(name))
  .sort()
  .map((name) => {
    const code = withoutComments(fs.readFileSync(path.join(LIB, name), 'utf8'));
    return { file: name, layer: name.split(path.sep)[0] as string, code, imports: importsOf(code) };
  });
const written = sources.filter(({ file }) => !file.includes('.generated.'));
const known = new Set(sources.map(({ file }) => file));
const target = (from: Source, specifier: string): string =>
  path.relative(LIB, path.resolve(LIB, path.dirname(from.file), specifier));
const layerOf = (file: string): string => file.split(path.sep)[0] as string;
/** Layers whose files all lie in rooms. */
const isRoomsOnly = (layer: string): boolean => ['domain', 'adapters', 'commands'].includes(layer);
/** The place of a file's room among those of its layer; the layer's own files stand behind all. */
function rankInLayer(file: string): number {
  const [layer, room, inside] = file.split(path.sep) as [string, string, string?];
  return inside === undefined ? Number.POSITIVE_INFINITY : (ROOMS[layer]?.indexOf(room) ?? -1);
}
const imports = (source: Source): string[] =>
  source.imports
    .filter((specifier) => specifier.startsWith('.') && !specifier.endsWith('.json'))
    .map((one) => target(source, one));

/** `file: what` for every offence, so that a red test says all of them. */
const offences = (find: (source: Source) => string[], among: Source[] = sources): string[] =>
  among.flatMap((source) => find(source).map((what) => `${source.file}: ${what}`));

test('the sources are found, with their imports', () => {
  expect(sources.length).toBeGreaterThan(40);
  expect(sources.find(({ file }) => file === 'domain/compare/lineage.ts')?.imports).toContain('./canonical_line.ts');
  expect(sources.find(({ file }) => file === 'adapters/sqlite/sqlite_connection.ts')?.imports).toContain('better-sqlite3');
});

describe('layers', () => {
  test('every file lies in a room of one', () => {
    const isPlaced = ({ file, layer }: Source): boolean => {
      const folders = path.dirname(file).split(path.sep);
      return folders.length === 1 ? layer in ROOMS && !isRoomsOnly(layer) : folders.length === 2 && rankInLayer(file) >= 0;
    };
    expect(offences((source) => (isPlaced(source) ? [] : ['lies elsewhere']))).toEqual([]);
    expect(fs.readdirSync(LIB).sort()).toEqual([...LAYERS].sort());
  });

  test('a file imports its own or a lower one', () => {
    const rank = (file: string): number => LAYERS.indexOf(layerOf(file));
    expect(offences((source) => imports(source).filter((file) => rank(file) > rank(source.file) || rank(file) < 0))).toEqual([]);
    const areStrangers = (one: string, other: string): boolean =>
      one !== other && STRANGERS.includes(one) && STRANGERS.includes(other);
    expect(offences((source) => imports(source).filter((file) => areStrangers(source.layer, layerOf(file))))).toEqual([]);
  });

  test('a file imports what is there, by its full name', () => {
    expect(offences((source) => imports(source).filter((file) => !known.has(file)))).toEqual([]);
  });

  test('only the tools at the top of scripts/ start anything, and they import only the command line', () => {
    const tools = fs.readdirSync(SCRIPTS).filter((name) => name !== 'lib');
    for (const name of tools.filter((tool) => tool.endsWith('.ts')))
      for (const specifier of importsOf(fs.readFileSync(path.join(SCRIPTS, name), 'utf8')))
        expect([name, specifier]).toEqual([name, expect.stringMatching(/^(\.\/lib\/|\.\/codex-session-sync\.cjs$|node:)/)]);
  });
});

describe('rooms', () => {
  const own = (source: Source): string[] => imports(source).filter((file) => layerOf(file) === source.layer);

  test('a file imports its own room or one that stands before it', () => {
    expect(offences((source) => own(source).filter((file) => rankInLayer(file) > rankInLayer(source.file)))).toEqual([]);
  });

  test('a room with a front door is entered by it', () => {
    const isInside = (file: string): boolean => {
      const doors = FRONT_DOORS[path.dirname(file)];
      return doors !== undefined && !doors.includes(path.basename(file));
    };
    const fromOutside = (source: Source) => imports(source).filter((file) => path.dirname(file) !== path.dirname(source.file));
    expect(offences((source) => fromOutside(source).filter(isInside))).toEqual([]);
    for (const [room, doors] of Object.entries(FRONT_DOORS))
      for (const door of doors) expect(known).toContain(path.join(room, door));
  });

  test('none is so full that nothing is found in it', () => {
    const rooms = new Set(sources.map(({ file }) => path.dirname(file)));
    const sizeOf = (room: string): number => sources.filter(({ file }) => path.dirname(file) === room).length;
    expect([...rooms].filter((room) => sizeOf(room) > ROOM_SIZE)).toEqual([]);
  });
});

test('no imports go in a circle', () => {
  const graph = new Map(sources.map((source) => [source.file, imports(source)]));
  const circles: string[] = [];
  const done = new Set<string>();
  const walk = (file: string, way: string[]): void => {
    if (way.includes(file)) circles.push([...way.slice(way.indexOf(file)), file].join(' > '));
    else if (!done.has(file)) for (const next of graph.get(file) ?? []) walk(next, [...way, file]);
    done.add(file);
  };
  for (const file of graph.keys()) walk(file, []);
  expect(circles).toEqual([]);
});

describe('the domain is pure', () => {
  const domain = sources.filter(({ layer }) => layer === 'domain');

  test('it imports only itself and node:crypto', () => {
    expect(offences(({ imports: all }) => all.filter((one) => !one.startsWith('.') && one !== 'node:crypto'), domain)).toEqual(
      [],
    );
  });

  test('it asks no clock, no dice and no environment', () => {
    const impure =
      /\bDate\.now\b|\bnew Date\(\)|\bMath\.random\b|\brandomUUID\b|\brandomBytes\b|\bprocess\.|\bperformance\.|\bsetTimeout\b|\bfetch\(/g;
    expect(offences(({ code }) => withoutTexts(code).match(impure) ?? [], domain)).toEqual([]);
  });
});

test('files and folders are removed in one way (adapters/disk/removal.ts says why)', () => {
  expect(offences(({ code }) => withoutTexts(code).match(/\brmSync\b|\bfs\.rm\b/g) ?? [])).toEqual([]);
});

test('paths are compared, and links followed, in one way (adapters/paths/local_paths.ts says why)', () => {
  const byText = /\.startsWith\([^\n]*\bsep\b|\brelative\([^\n]*\)\.startsWith\(/g;
  expect(offences(({ code }) => withoutTexts(code).match(byText) ?? [], written)).toEqual([]);
  const rooms = ['paths', 'open_files'].map((room) => path.join('adapters', room));
  const elsewhere = written.filter(({ file }) => !rooms.includes(path.dirname(file)));
  expect(offences(({ code }) => withoutTexts(code).match(/\brealpath\w*/g) ?? [], elsewhere)).toEqual([]);
});

describe('only the command line', () => {
  const below = written.filter(({ layer }) => layer !== 'cli');

  test('prints', () => {
    expect(
      offences(({ code }) => withoutTexts(code).match(/\bconsole\.\w+|\bprocess\.(stdout|stderr|stdin)\b/g) ?? [], below),
    ).toEqual([]);
  });

  test('reads arguments and ends the process', () => {
    expect(offences(({ code }) => withoutTexts(code).match(/\bprocess\.(argv|exit|exitCode|abort)\b/g) ?? [], below)).toEqual([]);
    expect(offences(({ imports: all }) => all.filter((one) => /^yargs|exit_codes/.test(one)), below)).toEqual([]);
  });
});

describe('files', () => {
  test('are named after what they are about', () => {
    const vague = /^(utils?|common|core|helpers?|types?|index|misc|shared|lib|main)\b/;
    expect(offences(({ file }) => (vague.test(path.basename(file)) ? ['says nothing'] : []))).toEqual([]);
    expect(
      offences(({ file }) => (/(manager|helper|util|service|handler|processor)s?\./i.test(file) ? ['says nothing'] : [])),
    ).toEqual([]);
    expect(
      offences(({ file }) =>
        /^[a-z0-9_]+(\.generated(\.d)?)?\.(ts|mjs|mts|cjs)$/.test(path.basename(file)) ? [] : ['is no snake_case'],
      ),
    ).toEqual([]);
  });

  test('name only files in their comments that are there', () => {
    const root = path.dirname(SCRIPTS);
    const namesIn = (folder: string, recursive: boolean): string[] =>
      fs
        .readdirSync(path.join(root, folder), { recursive, encoding: 'utf8' })
        .map((name) => `/${path.posix.join(folder, name.replaceAll(path.sep, '/'))}`);
    const all = ['scripts', 'references'].flatMap((folder) => namesIn(folder, true));
    all.push(...['.', 'tests/real-codex', '.github'].flatMap((folder) => namesIn(folder, false)));
    const commentsOf = (file: string): string[] =>
      fs.readFileSync(path.join(LIB, file), 'utf8').match(/\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/ .*$/gm) ?? [];
    const namedIn = (comment: string): string[] => comment.match(/(?<![\w./-])[\w-][\w./-]*\.(?:ts|cjs|md)\b/g) ?? [];
    const isThere = (name: string): boolean => all.some((place) => place.endsWith(`/${name}`));
    expect(
      offences(({ file }) =>
        commentsOf(file)
          .flatMap(namedIn)
          .filter((name) => !isThere(name)),
      ),
    ).toEqual([]);
    expect(written.flatMap(({ file }) => commentsOf(file).flatMap(namedIn)).length).toBeGreaterThan(20);
  });

  test('export no default and pass nothing through', () => {
    expect(
      offences(
        ({ code }) => withoutTexts(code).match(/^export default\b|^export \*|^export (type )?\{[^}]*\} from/gm) ?? [],
        written,
      ),
    ).toEqual([]);
  });
});

describe('references/architecture.md', () => {
  const root = path.dirname(SCRIPTS);
  const page = fs.readFileSync(path.join(root, 'references/architecture.md'), 'utf8');

  test('names only paths that exist', () => {
    const named = [...page.matchAll(/`([\w.-]+\/[\w./-]*)`/g)].map((match) => match[1] as string);
    const isThere = (name: string): boolean => [root, LIB].some((folder) => fs.existsSync(path.join(folder, name)));
    expect(named.length).toBeGreaterThan(20);
    expect(named.filter((name) => !isThere(name))).toEqual([]);
  });

  test('shows every layer and every room in its picture', () => {
    const picture = page.match(/```mermaid\n([\s\S]*?)```/)?.[1] ?? '';
    const rooms = new Set(sources.flatMap(({ file }) => path.dirname(file).split(path.sep)));
    expect([...rooms].filter((room) => !new RegExp(`\\b${room}\\b`).test(picture))).toEqual([]);
  });
});

test('what cannot be on Windows is told of tests that are there, by a name that one of them may have', () => {
  const offending = CANNOT.filter(({ file, test: name }) => {
    const place = path.join(import.meta.dirname, `${file}.test.ts`);
    // A name may be made of a table, so only that the file has any of its words is asked.
    const words = name.source.replaceAll(/\\[a-z]/g, ' ').match(/[A-Za-z]{4,}/g) ?? [];
    const text = fs.existsSync(place) ? fs.readFileSync(place, 'utf8') : '';
    return text === '' || (words.length > 0 && !words.some((word) => text.includes(word)));
  });
  expect(offending).toEqual([]);
});
