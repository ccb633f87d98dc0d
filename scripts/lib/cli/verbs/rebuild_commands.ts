import { type DeriveRequest, deriveSidecar } from '../../commands/sidecar/derive_sidecar.ts';
import type { Command } from '../command_line/command.ts';
import { EXIT } from '../command_line/exit_codes.ts';
import { codexHomeOf, waitFlag } from '../command_line/flags.ts';
import { reportDerived } from '../reports/report_derived.ts';

const derive =
  (how: DeriveRequest['how']): Command =>
  (flags, environment) => {
    const home = codexHomeOf(flags, environment);
    const request = { how, execute: flags.execute === true, waitSeconds: waitFlag(flags) };
    return { report: reportDerived(home.path, how, deriveSidecar(home, request, new Date())), exitCode: EXIT.done };
  };

export const rebuildSidecar = derive('rebuild');
export const replaySidecar = derive('replay');
