import { examineSidecar } from '../../commands/health/sidecar_health.ts';
import * as prunes from '../../commands/sidecar/prune_mappings.ts';
import type { Command } from '../command_line/command.ts';
import { EXIT, exitCodeOfFindings } from '../command_line/exit_codes.ts';
import { codexHomeOf, waitFlag } from '../command_line/flags.ts';
import { reportHealth, reportPruned } from '../reports/report_health.ts';

export const sidecarHealth: Command = (flags, environment) => {
  const home = codexHomeOf(flags, environment);
  const health = examineSidecar(home);
  return {
    report: reportHealth(home.path, health),
    exitCode: exitCodeOfFindings(health.findings),
  };
};

export const pruneInvalidMappings: Command = (flags, environment) => {
  const home = codexHomeOf(flags, environment);
  const request = { execute: flags.execute === true, waitSeconds: waitFlag(flags) };
  return { report: reportPruned(home.path, prunes.pruneMappings(home, request, new Date())), exitCode: EXIT.done };
};
