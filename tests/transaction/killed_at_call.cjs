// Loaded before the program in each of its threads. Node strips the types itself, which takes less than to start tsx does; a main thread, which only
// starts the command's and hears signals, needs none of it.
'use strict';
if (!require('node:worker_threads').isMainThread) require('./killed_at_call.ts');
