// What is made into one script (build_program.cjs), and what that script gives.

import { hear } from '../adapters/run/interruption.ts';
import { run } from './run.ts';

export const program = { hear, run, extensionPoints: () => import('./extension_points.ts') };
