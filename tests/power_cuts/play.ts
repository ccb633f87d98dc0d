// node --import tsx play.ts SCENARIO PREPARED: the work of one scenario in a process of its own, for strace to look at.

import type { Prepared } from '../transaction/homes.ts';
import { SCENARIOS } from './scenarios.ts';

const [name, prepared] = process.argv.slice(2) as [string, string];
SCENARIOS[name]?.work(JSON.parse(prepared) as Prepared);
