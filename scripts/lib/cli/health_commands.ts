import * as prunes from '../commands/prune_mappings.ts';
import { examineSidecar } from '../commands/sidecar_health.ts';
import { hasToBeMended } from '../domain/finding.ts';
import type { Command } from './command.ts';
import { EXIT } from './exit_codes.ts';
import { codexHomeOf, waitFlag } from './flags.ts';
import { reportHealth, reportPruned } from './report_health.ts';

export const sidecarHealth: Command = (flags, environment) => {
  const home = codexHomeOf(flags, environment);
  const health = examineSidecar(home);
  return {
    report: reportHealth(home.path, health),
    exitCode: health.findings.some(hasToBeMended) ? EXIT.findings : EXIT.done,
  };
};

export const pruneInvalidMappings: Command = (flags, environment) => {
  const home = codexHomeOf(flags, environment);
  const request = { execute: flags.execute === true, waitSeconds: waitFlag(flags) };
  return { report: reportPruned(home.path, prunes.pruneMappings(home, request, environment, new Date())), exitCode: EXIT.done };
};
