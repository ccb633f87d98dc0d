import { checkExchange } from '../../commands/exchange/check_exchange.ts';
import { collectGarbage } from '../../commands/exchange/collect_garbage.ts';
import { exportMachine } from '../../commands/exchange/export_machine.ts';
import { exchangeMachines, type Machines } from '../../commands/exchange/machines.ts';
import { leaveExchange } from '../../commands/membership/leave_exchange.ts';
import type { Verb } from '../command_line/command.ts';
import { EXIT } from '../command_line/exit_codes.ts';
import { codexHomeOf, executionOf, textFlag } from '../command_line/flags.ts';
import { documentOf } from '../output/report.ts';
import { bytesText, shorten, table, timeText } from '../output/text.ts';

const dryRun = (executed: boolean, add: string): string[] =>
  executed ? [] : [`Dry run: nothing was written. To do it: ${add} --execute`];

export const exchangeCheck: Verb = async (flags, environment) => {
  const home = codexHomeOf(flags, environment);
  const { sessions, packs, bytes, findings } = await checkExchange(home, new Date());
  return {
    document: documentOf('exchange_check', home.path, { sessions, packs, bytes, findings }),
    lines: [
      ...findings.map(({ where, message }) => `${where}: ${message}`),
      `${sessions} session(s) in ${packs} pack(s), ${bytesText(bytes)}, were read: ${findings.length} finding(s).`,
    ],
    exitCode: findings.length > 0 ? EXIT.findings : 0,
  };
};

export const exchangeMachineList: Verb = async (flags, environment) => {
  const home = codexHomeOf(flags, environment);
  const change = { rename: textFlag(flags, 'rename'), retire: textFlag(flags, 'retire'), ...executionOf(flags) };
  const { own, machines, executed } = await exchangeMachines(home, change, new Date());
  const asked = change.rename !== null || change.retire !== null;
  return {
    document: documentOf('exchange_machines', home.path, {
      mode: executed ? 'executed' : 'dry-run',
      machine: own,
      machines: machines.map(({ machine, label, seenAt, isRetired }) => ({
        machine,
        label,
        seen_at: seenAt,
        retired: isRetired,
      })),
    }),
    lines: [...machineLines(own, machines), ...(asked ? dryRun(executed, 'exchange machines …') : [])],
  };
};

const machineLines = (own: string, machines: Machines['machines']): string[] =>
  table([
    ['MACHINE', 'LABEL', 'LAST HEARD (UTC)', ''],
    ...machines.map(({ machine, label, seenAt, isRetired }) => [
      machine,
      shorten(label, 32),
      seenAt ? timeText(seenAt) : 'never',
      machine === own ? 'this machine' : isRetired ? 'retired' : '',
    ]),
  ]);

export const exchangeGc: Verb = async (flags, environment) => {
  const home = codexHomeOf(flags, environment);
  const { execute, waitSeconds } = executionOf(flags);
  const { removed, waiting, unheard } = await collectGarbage(home, execute, new Date(), waitSeconds);
  return {
    document: documentOf('exchange_gc', home.path, { mode: execute ? 'executed' : 'dry-run', removed, waiting, unheard }),
    lines: [
      ...(unheard.length > 0
        ? [`Nothing can go until these machines have synced, or are retired: ${unheard.join(', ')}`]
        : [`${removed.length} file(s) of this machine ${execute ? 'were' : 'can be'} removed.`]),
      ...(waiting > 0 ? [`${waiting} file(s) are not needed now; they go when that is still so after seven days.`] : []),
      ...dryRun(execute, 'exchange gc'),
    ],
  };
};

export const exchangeExport: Verb = async (flags, environment) => {
  const home = codexHomeOf(flags, environment);
  const { output, machine, label, sessions, pending } = await exportMachine(
    home,
    String(flags.machine),
    String(flags.output),
    new Date(),
  );
  return {
    document: documentOf('exchange_export', home.path, {
      package: { path: output, form: 'directory', sessions: sessions.length },
      machine,
      label,
      sessions: sessions.map(({ thread_id }) => thread_id),
      pending,
    }),
    lines: [`Package of ${sessions.length} session(s) of ${label} written: ${output}`],
    warnings: pending.map((id) => `${id} has not arrived completely and is not in the package`),
  };
};

export const exchangeLeave: Verb = (flags, environment) => {
  const home = codexHomeOf(flags, environment);
  const { membership, executed } = leaveExchange(home, flags.execute === true);
  const { place, machine, label } = membership;
  return {
    document: documentOf('exchange_leave', home.path, { mode: executed ? 'executed' : 'dry-run', place, machine, label }),
    lines: [
      `${label} ${executed ? 'takes' : 'would take'} part in the exchange in ${place} no more. Its sessions stay here, and what it has published stays there.`,
      ...dryRun(executed, 'exchange leave'),
    ],
  };
};
