// Loaded (by killed_at_call.cjs) in the thread that runs the command of a process of its own: SIGKILL comes before its call KILLED_AT_CALL that changes the disk or a database.
// Where none is named, stderr says how many there are: `calls: 12`.

import fs from 'node:fs';
import { replaceCalls } from './failing_disk.ts';

const { writeSync } = fs;
const at = Number(process.env.KILLED_AT_CALL);
let calls = 0;
replaceCalls((_name, call) => {
  if (++calls === at) process.kill(process.pid, 'SIGKILL');
  return call();
});
if (!at) process.once('exit', () => void writeSync(2, `calls: ${calls}\n`));
