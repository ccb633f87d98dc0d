import fs from 'node:fs';
import os from 'node:os';
import { exchangeStatus } from '../../commands/exchange/exchange_status.ts';
import { type ExchangeRequest, type ExchangeResult, exchangeSync } from '../../commands/exchange/exchange_sync.ts';
import { joinExchange } from '../../commands/membership/join.ts';
import type { BackupForm } from '../../domain/backup/backup.ts';
import { SyncError } from '../../domain/codes/errors.ts';
import type { Flags, Verb } from '../command_line/command.ts';
import { exitCodeOfPlan } from '../command_line/exit_codes.ts';
import { codexHomeOf, executionOf, syncOptionsOf, textFlag } from '../command_line/flags.ts';
import { settingOf } from '../command_line/settings.ts';
import { documentOf, type Report } from '../output/report.ts';
import { bytesText, shorten, table, timeText } from '../output/text.ts';
import { reportSync } from '../sync_report/report_sync.ts';
import { folderOf } from './backup_document.ts';

export const exchangeInit: Verb = async (flags, environment) => {
  const home = codexHomeOf(flags, environment);
  const label = textFlag(flags, 'name') ?? os.hostname();
  const { membership, joined, machines } = await joinExchange(
    home,
    {
      place: textFlag(flags, 'place') ?? missingPlace(),
      label,
      encrypt: flags.encrypt === true,
      passphrase: passphraseOf(flags, environment),
    },
    new Date(),
  );
  const found = joined ? `Joined the exchange of ${machines} machine(s)` : 'Made a new exchange';
  return {
    document: documentOf('exchange_init', home.path, { ...membershipFields(membership), joined, machines }),
    lines: [`${found} in ${membership.place}. This machine is called ${label}.`, 'Next: exchange sync'],
  };
};

function missingPlace(): never {
  throw new SyncError('usage', 'PLACE is missing, and `exchange.place` of the configuration is not set.', {
    hint: 'exchange init PLACE',
  });
}

/** The first line of a file, or what the environment says; null where neither does. */
function passphraseOf(flags: Flags, environment: NodeJS.ProcessEnv): string | null {
  const file = textFlag(flags, 'passphraseFile');
  if (file === null) return environment.CODEX_SYNC_PASSPHRASE || null;
  try {
    const [passphrase = ''] = fs.readFileSync(file, 'utf8').split(/\r?\n/);
    if (passphrase !== '') return passphrase;
  } catch (cause) {
    throw new SyncError('usage', 'The passphrase file cannot be read.', { where: file, cause });
  }
  throw new SyncError('usage', 'The first line of the passphrase file is empty.', { where: file });
}

const membershipFields = ({
  exchangeId,
  machine,
  label,
  place,
}: {
  exchangeId: string;
  machine: string;
  label: string;
  place: string;
}) => ({
  place,
  exchange_id: exchangeId,
  machine,
  label,
});

/** Both ways. */
export function exchangeRequestOf(flags: Flags, environment: NodeJS.ProcessEnv): ExchangeRequest {
  const request = { ...syncOptionsOf(flags), ...executionOf(flags), expectPlan: textFlag(flags, 'expectPlan') };
  const form = (textFlag(flags, 'compression') ?? 'zip') as BackupForm;
  const isSaved = flags.noBackup === undefined ? settingOf<boolean>(flags, 'backup.automatic') : flags.noBackup === false;
  const backup = !isSaved ? null : { folder: folderOf(flags, environment), form };
  return { ...request, pulls: true, pushes: true, backup };
}

const running = (pulls: boolean, pushes: boolean): Verb => {
  return async (flags, environment) => {
    const home = codexHomeOf(flags, environment);
    const request = { ...exchangeRequestOf(flags, environment), pulls, pushes };
    return report(home.path, await exchangeSync(home, request, new Date()));
  };
};

export const exchangeSyncVerb = running(true, true);
export const exchangePull = running(true, false);
export const exchangePush = running(false, true);

function report(home: string, result: ExchangeResult): Report {
  const { place, machine, executed, backup, pulled, pushed, findings } = result;
  const syncs = pulled.flatMap(({ result: one }) => (one ? [{ plan: one.plan, report: reportSync(one, 'exchange sync') }] : []));
  const pending = pulled.flatMap((one) => one.pending.map(({ thread_id }) => thread_id));
  const later = pulled.at(-1)?.later ?? 0;
  return {
    document: documentOf('exchange_sync', home, {
      place,
      machine,
      mode: executed ? 'executed' : 'dry-run',
      backup,
      pulled: syncs.map(({ report: { document } }) => document),
      pending,
      later,
      deleted: pulled.at(-1)?.deleted ?? [],
      pushed: pushed && {
        sessions: pushed.sessions,
        bytes: pushed.bytes,
        commit: pushed.commit,
        in_turn: pushed.inTurn,
        left_out: pushed.leftOut,
      },
      findings,
    }),
    get lines() {
      return [
        ...(backup ? [backupLine(backup)] : []),
        ...syncs.flatMap((one) => one.report.lines),
        ...(syncs.length === 0 ? ['Nothing new has arrived.'] : []),
        ...(pending.length > 0 ? [`${pending.length} session(s) have not arrived completely; they come next time.`] : []),
        ...(later > 0 ? [`${later} further state(s) of the same conversations come after this one.`] : []),
        ...(pulled.at(-1)?.deleted ?? []).map((id) => `${id} was deleted here and stays away (--resurrect brings it back).`),
        ...(pushed ? pushLines(pushed, executed) : []),
        ...(pushed?.inTurn ?? []).map((id) => `${id} is in the middle of a turn; it is published when that has ended.`),
      ];
    },
    warnings: [...(pushed?.leftOut ?? []), ...findings.map(({ where, message }) => `${where}: ${message}`)],
    exitCode: Math.max(0, ...syncs.map(({ plan }) => exitCodeOfPlan(plan))),
  };
}

const backupLine = ({ sessions, bytes, path: place }: NonNullable<ExchangeResult['backup']>): string =>
  place === null
    ? `A backup of ${sessions} session(s), ${bytesText(bytes)}, is made before the first sync of this machine (--no-backup: none).`
    : `Backup of ${sessions} session(s), ${bytesText(bytes)}, before the first sync of this machine: ${place}`;

function pushLines({ sessions, bytes }: NonNullable<ExchangeResult['pushed']>, executed: boolean): string[] {
  if (sessions.length === 0) return ['Nothing new to publish.'];
  const count = `${sessions.length} session(s)`;
  return [
    executed ? `Published ${count}, ${bytesText(bytes)}.` : `To publish: ${count}. To do all this: exchange sync --execute`,
  ];
}

export const status: Verb = async (flags: Flags, environment) => {
  const home = codexHomeOf(flags, environment);
  const { membership, machines, toCome, toGo, findings } = await exchangeStatus(home, new Date());
  const rows = machines.map(({ machine, label, sessions, bytes, seenAt }) => [
    machine.slice(0, 8),
    shorten(label, 32),
    `${sessions}`,
    bytesText(bytes),
    seenAt ? timeText(seenAt) : 'never',
    machine === membership.machine ? 'this machine' : '',
  ]);
  return {
    document: documentOf('exchange_status', home.path, {
      ...membershipFields(membership),
      machines: machines.map(({ seenAt, ...machine }) => ({ ...machine, seen_at: seenAt })),
      to_come: toCome,
      to_go: toGo,
      findings,
    }),
    lines: [
      `Exchange in ${membership.place}`,
      '',
      ...table([['MACHINE', 'LABEL', 'SESSIONS', 'SIZE', 'LAST HEARD (UTC)', ''], ...rows]),
      '',
      `To come: ${toCome} session(s). To publish: ${toGo} session(s).`,
    ],
    warnings: findings.map(({ where, message }) => `${where}: ${message}`),
  };
};
