// Loaded before the program in a process of its own: SIGKILL comes before its call KILLED_AT_CALL that changes the disk or a database.
// Where none is named, the last word on stderr is how many there are.

import { replaceCalls } from './failing_disk.ts';

const at = Number(process.env.KILLED_AT_CALL);
let calls = 0;
const putBack = replaceCalls((_name, call) => {
  if (++calls === at) process.kill(process.pid, 'SIGKILL');
  return call();
});
if (!at)
  process.once('exit', () => {
    putBack();
    process.stderr.write(` ${calls}`);
  });
