import { withPackageFolder } from '../../commands/sync/package_place.ts';
import * as commands from '../../commands/sync/sync.ts';
import type { SyncOptions } from '../../planning/context/sync_context.ts';
import { planSync } from '../../planning/plan_sync.ts';
import type { Command } from '../command_line/command.ts';
import { exitCodeOfPlan } from '../command_line/exit_codes.ts';
import { codexHomeOf, syncOptionsOf, textFlag, waitFlag } from '../command_line/flags.ts';
import { reportInspection, reportSync } from '../reports/report_sync.ts';

export const inspectPackage: Command = (flags, environment) => {
  const home = codexHomeOf(flags, environment);
  const options = syncOptionsOf(flags);
  return withPackageFolder(placeOf(options), (place) => {
    const planned = planSync(home, { ...options, ...place });
    return { report: reportInspection(planned), exitCode: exitCodeOfPlan(planned.plan) };
  });
};

export const sync: Command = (flags, environment) => {
  const request = {
    ...syncOptionsOf(flags),
    execute: flags.execute === true,
    expectPlan: textFlag(flags, 'expectPlan'),
    waitSeconds: waitFlag(flags),
  };
  const home = codexHomeOf(flags, environment);
  return withPackageFolder(placeOf(request), (place) => {
    const result = commands.sync(home, { ...request, ...place }, new Date());
    return { report: reportSync(result), exitCode: exitCodeOfPlan(result.plan) };
  });
};

const placeOf = ({ package: named, includeSkills: skills = [] }: SyncOptions) => ({ named, skills });
