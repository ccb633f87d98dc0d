// Homes in each of the states that `doctor` names; each is built with its damage and nothing else.

import fs from 'node:fs';
import path from 'node:path';
import { v7 as uuidv7 } from 'uuid';
import { expect, test, vi } from 'vitest';
import { isNodeNewEnough } from '../../scripts/lib/adapters/process/runtime_environment.ts';
import { examine } from '../../scripts/lib/commands/doctor/doctor.ts';
import { inState, type Machine } from '../fixtures/machine.ts';
import { machinesOfEachTest } from '../fixtures/machines.ts';
import { snapshot } from '../fixtures/snapshot.ts';

const makeMachine = machinesOfEachTest();

const codes = ({ codexHome }: Machine, environment: NodeJS.ProcessEnv = {}): string[] =>
  examine(codexHome, environment).findings.map(({ code }) => code);

test('a home of a real Codex has nothing in the way, and is not touched by the look', () => {
  const here = makeMachine();
  const before = snapshot(here.codexHome);
  const { findings, home } = examine(here.codexHome, {});
  expect([findings, home?.databases]).toMatchObject([[], { chosen_by: 'home', state: { threads: 0, oldest_codex: '0.165.0' } }]);
  expect(snapshot(here.codexHome)).toEqual(before);
});

const state = ({ codexHome }: Machine): string => path.join(codexHome, 'state_5.sqlite');

test.each<[what: string, damage: (here: Machine) => void, code: string]>([
  [
    'a folder that is no home',
    ({ codexHome }) => {
      fs.rmSync(codexHome, { recursive: true });
      fs.mkdirSync(codexHome);
    },
    'home_unrecognised',
  ],
  ['no home', ({ codexHome }) => fs.rmSync(codexHome, { recursive: true }), 'home_missing'],
  ['no database yet', (here) => fs.rmSync(state(here)), 'no_database_yet'],
  [
    'a database that is none',
    (here) => fs.writeFileSync(state(here), 'not SQLite at all, but long enough to be looked at'),
    'database_damaged',
  ],
  ['a database with a damaged page', damagePages, 'database_damaged'],
  [
    'a database without migrations',
    (here) => inState(here, (database) => database.exec('DROP TABLE _sqlx_migrations')),
    'database_hand_made',
  ],
  [
    'a column of a later Codex',
    (here) => inState(here, (database) => database.exec('ALTER TABLE threads ADD COLUMN mood TEXT')),
    'unknown_columns',
  ],
  [
    'a broken configuration',
    ({ codexHome }) => fs.writeFileSync(path.join(codexHome, 'config.toml'), 'model = '),
    'config_unreadable',
  ],
  ['a sidecar that is none', writeSidecar, 'sidecar_unusable'],
  [
    'a transaction that was interrupted',
    ({ codexHome }) => fs.mkdirSync(path.join(codexHome, 'sync-journal', uuidv7()), { recursive: true, mode: 0o700 }),
    'interrupted_transaction',
  ],
  [
    'a journal that others can read',
    ({ codexHome }) => {
      fs.mkdirSync(path.join(codexHome, 'sync-journal'));
      fs.chmodSync(path.join(codexHome, 'sync-journal'), 0o755);
    },
    'open_to_others',
  ],
])('%s is found, and only that', (_what, damage, code) => {
  const here = makeMachine();
  damage(here);
  expect(codes(here)).toEqual([code]);
});

// Played on a system whose paths are those of macOS.
test.skipIf(process.platform === 'win32')(
  'a macOS on which other processes are not seen is told, with what may be open there',
  () => {
    const here = makeMachine();
    const own = process.platform;
    vi.stubEnv('CODEX_SANDBOX', 'seatbelt');
    Object.defineProperty(process, 'platform', { value: 'darwin' });
    try {
      const [finding, ...others] = examine(here.codexHome, {}).findings;
      expect(others).toEqual([]);
      expect(finding).toMatchObject({
        code: 'open_sessions_unseen',
        severity: 'warning',
        where: here.codexHome,
        message: expect.stringMatching(
          /^Not every session that a running Codex has open is seen: .*; close Codex before you sync\.$/,
        ),
      });
    } finally {
      Object.defineProperty(process, 'platform', { value: own });
      vi.unstubAllEnvs();
    }
  },
);

/** The pages behind the first hold the tables' rows; the header and the schema stay readable. */
function damagePages(here: Machine): void {
  inState(here, (database) => {
    const insert = database.prepare("INSERT INTO _sqlx_migrations VALUES (?, ?, CURRENT_TIMESTAMP, 1, x'00', 1)");
    for (let version = 10_000; version < 10_400; version++) insert.run(version, 'x'.repeat(200));
    database.pragma('wal_checkpoint(TRUNCATE)');
  });
  const bytes = fs.readFileSync(state(here));
  bytes.fill(0xff, bytes.length - 12_288, bytes.length - 4096);
  fs.writeFileSync(state(here), bytes);
}

function writeSidecar({ codexHome }: Machine): void {
  fs.mkdirSync(path.join(codexHome, 'sync-sidecar'), { mode: 0o700 });
  fs.writeFileSync(path.join(codexHome, 'sync-sidecar', 'sidecar.sqlite'), 'not SQLite at all, but long enough to be looked at');
}

test('databases are looked for where Codex looks', () => {
  const [here, elsewhere] = [makeMachine(), makeMachine('0.117.0')];
  const { home } = examine(here.codexHome, { CODEX_SQLITE_HOME: elsewhere.codexHome });
  expect(home?.databases).toMatchObject({
    folder: elsewhere.codexHome,
    chosen_by: 'CODEX_SQLITE_HOME',
    state: { oldest_codex: '0.117.0' },
  });
});

test.each([
  ['v20.19.0', true],
  ['v24.0.1', true],
  ['v20.18.9', false],
  ['v18.20.0', false],
])('Node %s is new enough: %s', (version, isEnough) => expect(isNodeNewEnough(version, '20.19')).toBe(isEnough));

test('a journal that cannot be read does not end the look', () => {
  const here = makeMachine();
  const folder = path.join(here.codexHome, 'sync-journal', uuidv7());
  fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
  fs.writeFileSync(path.join(folder, 'manifest.json'), '{');
  expect(codes(here)).toEqual(['journal_unreadable']);
});
