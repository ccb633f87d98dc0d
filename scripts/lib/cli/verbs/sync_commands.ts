import { withPackageFolder } from '../../commands/sync/package_place.ts';
import { sync as runSync } from '../../commands/sync/sync.ts';
import type { SyncOptions } from '../../planning/context/sync_context.ts';
import { planSync } from '../../planning/plan_sync.ts';
import type { Verb } from '../command_line/command.ts';
import { codexHomeOf, executionOf, syncOptionsOf, textFlag } from '../command_line/flags.ts';
import { reportInspection, reportSync } from '../sync_report/report_sync.ts';

export const inspectPackage: Verb = (flags, environment) => {
  const home = codexHomeOf(flags, environment);
  const options = syncOptionsOf(flags);
  return withPackageFolder(placeOf(options), (place) => reportInspection(planSync(home, { ...options, ...place })));
};

export const sync: Verb = (flags, environment) => {
  const request = { ...syncOptionsOf(flags), ...executionOf(flags), expectPlan: textFlag(flags, 'expectPlan') };
  const home = codexHomeOf(flags, environment);
  return withPackageFolder(placeOf(request), (place) => reportSync(runSync(home, { ...request, ...place }, new Date())));
};

const placeOf = ({ package: named, includeSkills: skills = [] }: SyncOptions) => ({ named, skills });
