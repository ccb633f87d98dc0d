// Every command line, on a machine whose every file and folder is looked at before and after: name, kind, bytes, rights, links, times. What only
// reads changes nothing of it, not even the time of a folder; what writes changes what its plan has shown, and files that are its own.

import fs from 'node:fs';
import path from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, describe, expect, test } from 'vitest';
import { doctor } from '../../scripts/lib/cli/checks/doctor_command.ts';
import { pruneInvalidMappings, sidecarHealth } from '../../scripts/lib/cli/checks/health_commands.ts';
import { verify } from '../../scripts/lib/cli/checks/verify_command.ts';
import type { Verb } from '../../scripts/lib/cli/command_line/command.ts';
import { readCommandLine } from '../../scripts/lib/cli/command_line/command_line.ts';
import { COMMANDS } from '../../scripts/lib/cli/command_table.ts';
import { scheduleInstall, scheduleRemove, status as scheduleStatus } from '../../scripts/lib/cli/unattended/schedule_commands.ts';
import { exchangeWatch } from '../../scripts/lib/cli/unattended/watch_command.ts';
import { adopt } from '../../scripts/lib/cli/verbs/adopt_command.ts';
import * as backup from '../../scripts/lib/cli/verbs/backup_commands.ts';
import {
  exchangeInit,
  exchangePull,
  exchangePush,
  exchangeSyncVerb,
  status,
} from '../../scripts/lib/cli/verbs/exchange_commands.ts';
import {
  exchangeCheck,
  exchangeExport,
  exchangeGc,
  exchangeLeave,
  exchangeMachineList,
} from '../../scripts/lib/cli/verbs/exchange_upkeep_commands.ts';
import { packup } from '../../scripts/lib/cli/verbs/packup_command.ts';
import { rebuildSidecar, replaySidecar } from '../../scripts/lib/cli/verbs/rebuild_commands.ts';
import { relocate } from '../../scripts/lib/cli/verbs/relocate_command.ts';
import { restore } from '../../scripts/lib/cli/verbs/restore_command.ts';
import { inspectPackage, sync } from '../../scripts/lib/cli/verbs/sync_commands.ts';
import { listTransactions, pruneJournal, recover, rollback } from '../../scripts/lib/cli/verbs/transaction_commands.ts';
import { createBackup } from '../../scripts/lib/commands/backup/create_backup.ts';
import { SyncError } from '../../scripts/lib/domain/codes/errors.ts';
import { entriesOf, zip } from '../fixtures/archives.ts';
import { conversation, withTurn } from '../fixtures/conversation.ts';
import { exchangeNow, join } from '../fixtures/exchange.ts';
import { addSession, homeOf, type Machine, NOW, rolloutOf, syncNow, writePackage } from '../fixtures/machine.ts';
import { machinesOfEachTest } from '../fixtures/machines.ts';
import { relativeName } from '../fixtures/relative_name.ts';
import { tmpdirIn } from '../fixtures/tmpdir.ts';

const machine = machinesOfEachTest();
const [talk, fresh, own] = ['talk', 'fresh', 'own'].map((seed) => conversation(seed, '/home/far/x', ['hello'])) as [
  ReturnType<typeof conversation>,
  ReturnType<typeof conversation>,
  ReturnType<typeof conversation>,
];

/** Everything of it but the temporary folder of the system, in which an archive or a copy of a database lies until the process ends. */
function everything({ root }: Machine): Map<string, string> {
  const names = ['', ...(fs.readdirSync(root, { recursive: true }) as string[]).map((name) => name.replaceAll(path.sep, '/'))];
  return new Map(names.filter((name) => !/^tmp(\/|$)/.test(name)).map((name) => [name, seenOf(path.join(root, name))]));
}

function seenOf(place: string): string {
  const { mode, size, mtimeNs, ctimeNs, ino, nlink } = fs.lstatSync(place, { bigint: true });
  // SQLite that runs as root gives a log to the owner of its database, who has it already.
  const changeTime = /-(wal|shm)$/.test(place) ? '' : ctimeNs;
  return [mode, size, mtimeNs, changeTime, ino, nlink].join(' ');
}

const changed = (before: Map<string, string>, after: Map<string, string>): string[] =>
  [...new Set([...before.keys(), ...after.keys()])].filter((name) => before.get(name) !== after.get(name)).sort();

let tmp: ReturnType<typeof tmpdirIn> | null = null;
afterEach(() => tmp?.restore());

const CARRIED_OUT: Record<string, Verb> = {
  'inspect-package': inspectPackage,
  sync,
  adopt,
  relocate,
  packup,
  'backup create': backup.create,
  'backup list': backup.list,
  'backup restore': restore,
  'backup prune': backup.prune,
  'list-transactions': listTransactions,
  'prune-journal': pruneJournal,
  rollback,
  recover,
  'rebuild-sidecar': rebuildSidecar,
  'replay-transactions-sidecar': replaySidecar,
  verify,
  'sidecar-health': sidecarHealth,
  'prune-invalid-mappings': pruneInvalidMappings,
  doctor,
  'exchange init': exchangeInit,
  'exchange sync': exchangeSyncVerb,
  'exchange pull': exchangePull,
  'exchange push': exchangePush,
  'exchange watch': exchangeWatch,
  'exchange status': status,
  'exchange check': exchangeCheck,
  'exchange machines': exchangeMachineList,
  'exchange gc': exchangeGc,
  'exchange export': exchangeExport,
  'exchange leave': exchangeLeave,
  'schedule install': scheduleInstall,
  'schedule status': scheduleStatus,
  'schedule remove': scheduleRemove,
};

test('every command is looked at that looks at a home', () => {
  const others = COMMANDS.map(({ name }) => name).filter((name) => !(name in CARRIED_OUT));
  expect(others).toEqual(['config init', 'config validate', 'config show', 'explain']);
});

/** The document that it prints. */
async function say(here: Machine, words: string[]): Promise<Record<string, unknown>> {
  const all = [...words, '--json', '--codex-home', here.codexHome, '--user-home', here.userHome];
  const { command, flags } = readCommandLine(all, COMMANDS);
  try {
    return (await (CARRIED_OUT[String(command?.name)] as Verb)(flags, {})).document;
  } catch (error) {
    if (error instanceof SyncError) return { kind: 'error', code: error.code, message: error.message };
    throw error;
  }
}

/** A home in use: a session of its own, one that was synced twice and rolled back once, a package with news, as a folder and as an archive. */
async function inUse(): Promise<{ here: Machine; folder: string; archive: string; backups: string }> {
  const here = machine();
  tmp = tmpdirIn(here.root);
  addSession(here, own);
  const at = (minutes: number): Date => new Date(NOW.getTime() + minutes * 60_000);
  syncNow(here, writePackage(here, [{ conversation: talk, name: 'a name' }]), {}, at(0));
  syncNow(here, writePackage(here, [{ conversation: withTurn(talk, 'second') }]), {}, at(1));
  const grown = withTurn(withTurn(talk, 'second'), 'third');
  const folder = writePackage(here, [{ conversation: grown }, { conversation: fresh, name: 'news' }]);
  fs.writeFileSync(
    path.join(folder, 'skeleton', 'required-directories.json'),
    JSON.stringify([`${here.userHome}/a/b`, '/etc/x']),
  );
  fs.mkdirSync(path.join(folder, 'skills', 's'));
  fs.writeFileSync(path.join(folder, 'skills', 's', 'SKILL.md'), '---\nname: s\n---\n');
  const archive = path.join(here.root, 'package.zip');
  fs.writeFileSync(archive, zip(entriesOf(folder).map(({ name, data }) => ({ name, data }))));
  const backups = path.join(here.root, 'backups');
  for (const form of ['zip', 'none'] as const) createBackup(homeOf(here), { folder: backups, form, why: 'by_hand' }, NOW);
  await exchangeWithNews(here);
  return { here, folder, archive, backups };
}

type InUse = Awaited<ReturnType<typeof inUse>>;

/** One in which another machine has published what this one has not seen. */
async function exchangeWithNews(here: Machine): Promise<void> {
  const far = machine();
  addSession(far, conversation('news of the exchange', far.userHome, ['hello']));
  const place = path.join(here.root, 'place');
  await join(here, place, 'here');
  await join(far, place, 'far');
  await exchangeNow(here);
  await exchangeNow(far);
}

const READING: [what: string, words: (in_: InUse) => string[]][] = [
  ['inspect-package', ({ folder }) => ['inspect-package', folder, '--include-skills', 's']],
  ['inspect-package of an archive', ({ archive }) => ['inspect-package', archive]],
  ['sync', ({ folder }) => ['sync', folder]],
  ['adopt', () => ['adopt', '--all']],
  ['adopt --repair', () => ['adopt', '--all', '--repair']],
  ['list-transactions', () => ['list-transactions']],
  ['prune-journal', () => ['prune-journal', '--keep', '0']],
  ['rollback', () => ['rollback', '--latest']],
  ['recover', () => ['recover']],
  ['rebuild-sidecar', () => ['rebuild-sidecar']],
  ['replay-transactions-sidecar', () => ['replay-transactions-sidecar']],
  ['verify', () => ['verify']],
  ['sidecar-health', () => ['sidecar-health']],
  ['prune-invalid-mappings', () => ['prune-invalid-mappings']],
  ['doctor', () => ['doctor']],
  ['exchange sync', () => ['exchange', 'sync']],
  ['exchange pull', () => ['exchange', 'pull']],
  ['exchange push', () => ['exchange', 'push']],
  ['exchange watch', () => ['exchange', 'watch']],
  ['exchange status', () => ['exchange', 'status']],
  ['exchange check', () => ['exchange', 'check']],
  ['exchange machines', () => ['exchange', 'machines', '--rename', 'other']],
  ['exchange gc', () => ['exchange', 'gc']],
  ['exchange leave', () => ['exchange', 'leave']],
  ['schedule install', () => ['schedule', 'install']],
  ['schedule status', () => ['schedule', 'status']],
  ['schedule remove', () => ['schedule', 'remove']],
  ['exchange init that is refused', ({ here }) => ['exchange', 'init', here.root]],
  ['relocate', ({ here }) => ['relocate', talk.id, here.userHome]],
  ['backup list', ({ backups }) => ['backup', 'list', '--backup-dir', backups]],
  ['backup list where there is none', ({ here }) => ['backup', 'list', '--backup-dir', path.join(here.root, 'none')]],
  ['backup restore', ({ backups }) => ['backup', 'restore', '--backup-dir', backups]],
  [
    'backup restore of a zip',
    ({ backups }) => ['restore', '--dry-run', '--from', 'backup-20261121T120000000Z.zip', '--backup-dir', backups],
  ],
  ['backup prune', ({ backups }) => ['backup', 'prune', '--keep', '1', '--backup-dir', backups]],
  ['backup create that is refused', ({ here }) => ['backup', 'create', '--backup-dir', path.join(here.codexHome, 'x')]],
  ['packup that is refused', ({ here }) => ['packup', '--all', '--output', path.join(here.codexHome, 'sessions', 'x')]],
  ['sync of what is no package', ({ here }) => ['sync', here.userHome]],
];

/** One that nothing holds any more is closed when it is collected, and SQLite then removes its log. */
const opened: Database.Database[] = [];
afterEach(() => opened.splice(0).forEach((database) => void database.close()));

/** How a Codex leaves its databases. The connections are kept open, as those of one that runs. */
const HOMES: [what: string, make: (here: Machine) => void][] = [
  ['with databases at rest', () => {}],
  [
    'with a Codex that has its databases open',
    ({ codexHome }) => {
      const open = new Database(path.join(codexHome, 'state_5.sqlite'));
      open.exec("UPDATE threads SET title = title || '' ");
      opened.push(open);
    },
  ],
  [
    'with a log that a killed Codex left, and no index of it',
    ({ codexHome }) => {
      const file = path.join(codexHome, 'state_5.sqlite');
      const open = new Database(file);
      open.exec('UPDATE threads SET updated_at = updated_at + 1');
      const bytes = [file, `${file}-wal`].map((name) => fs.readFileSync(name));
      open.close();
      fs.writeFileSync(file, bytes[0] as Buffer);
      fs.writeFileSync(`${file}-wal`, bytes[1] as Buffer);
    },
  ],
];

describe.each(HOMES)('in a home %s', (_home, make) => {
  test('whatever only reads, or is refused, changes nothing', async () => {
    const in_ = await inUse();
    make(in_.here);
    for (const [what, words] of READING) {
      const before = everything(in_.here);
      const { kind } = await say(in_.here, words(in_));
      expect(kind === 'error', what).toBe(/refused|no package/.test(what));
      expect(changed(before, everything(in_.here)), what).toEqual([]);
    }
  });
});

/** What of ours and of Codex a run may write without a word of the plan: databases, the index of names, the two folders of ours. */
const isOurs = (name: string): boolean =>
  /^user\/\.codex(\/(sync-journal|sync-sidecar|sync-exchange)(\/.*)?|\/[a-z_]+_\d\.sqlite(-wal|-shm)?|\/session_index\.jsonl)?$/.test(
    name,
  );
const isOnTheWay = (name: string, files: readonly string[]): boolean =>
  files.some((file) => file === name || file.startsWith(`${name}/`));

test('a sync writes the rollouts, folders and skills that its plan shows, and a rollback takes them away', async () => {
  const { here, folder } = await inUse();
  const shown = (await say(here, ['sync', folder, '--include-skills', 's'])) as {
    plan_digest: string;
    folders: { make: string[] };
    skills: { path: string; files: { path: string }[] }[];
    sessions: { rollout_path: string | null }[];
  };
  const before = everything(here);
  await say(here, ['sync', folder, '--include-skills', 's', '--execute', '--expect-plan', shown.plan_digest]);
  const asked = [
    ...shown.folders.make,
    ...shown.skills.flatMap((skill) => skill.files.map((file) => path.join(skill.path, file.path))),
    ...shown.sessions.flatMap(({ rollout_path }) => rollout_path ?? []),
  ].map((place) => relativeName(here.root, place));
  const written = changed(before, everything(here)).filter((name) => !isOurs(name));
  expect(written.filter((name) => !isOnTheWay(name, asked))).toEqual([]);
  expect(asked.filter((name) => !written.includes(name))).toEqual([]);
  const made = written.filter((name) => !before.has(name) && !name.startsWith('user/.codex/'));
  expect(made).toEqual(['user/a', 'user/a/b']);
  expect(made.filter((name) => !asked.includes(name))).toEqual([]);
  expect(asked).toContain(relativeName(here.root, rolloutOf(here, fresh)));

  const between = everything(here);
  await say(here, ['rollback', '--latest', '--execute']);
  const taken = changed(between, everything(here)).filter((name) => !isOurs(name));
  expect(taken.filter((name) => !isOnTheWay(name, asked))).toEqual([]);
  const left = [...everything(here).keys()].filter((name) => !before.has(name) && !isOurs(name));
  expect(left).toEqual([]);
});

test.each([
  ['adopt', ['adopt', '--all', '--execute']],
  ['prune-journal', ['prune-journal', '--keep', '0', '--execute']],
  ['recover', ['recover', '--execute']],
  ['rebuild-sidecar', ['rebuild-sidecar', '--execute']],
  ['replay-transactions-sidecar', ['replay-transactions-sidecar', '--execute']],
  ['prune-invalid-mappings', ['prune-invalid-mappings', '--execute']],
])('%s writes databases and files of this tool, and nothing else', async (_what, words) => {
  const { here } = await inUse();
  const before = everything(here);
  expect((await say(here, words)).kind).not.toBe('error');
  expect(changed(before, everything(here)).filter((name) => !isOurs(name))).toEqual([]);
});

test('packup writes its output and nothing else', async () => {
  const { here } = await inUse();
  const before = everything(here);
  expect((await say(here, ['packup', '--all', '--output', path.join(here.root, 'out')])).kind).toBe('packup');
  expect(changed(before, everything(here)).filter((name) => name !== '' && name.split('/')[0] !== 'out')).toEqual([]);
});

test.each([['create'], ['create', '--compression', 'none'], ['prune', '--keep', '1', '--execute']])(
  'backup %s writes the folder of the backups and nothing else',
  async (...words) => {
    const { here, backups } = await inUse();
    const before = everything(here);
    expect((await say(here, ['backup', ...words, '--backup-dir', backups])).kind).toMatch(/^backup/);
    const written = changed(before, everything(here));
    expect(written.filter((name) => name.split('/')[0] !== 'backups')).toEqual([]);
    expect(written.length).toBeGreaterThan(1);
  },
);
