import type { Report } from '../output/output.ts';
import type { Flags } from './command_line.ts';

/** What a command line comes to: something to print and a number for the caller. */
export type Outcome = { report: Report; exitCode: number };

export type Command = (flags: Flags, environment: NodeJS.ProcessEnv) => Outcome | Promise<Outcome>;
