// What is made into one script (build_program.cjs), and what that script gives.

import { hear } from '../adapters/run/interruption.ts';
import { run, runShort } from './run.ts';

export const program = { hear, run, runShort, extensionPoints: () => import('./extension_points.ts') };
