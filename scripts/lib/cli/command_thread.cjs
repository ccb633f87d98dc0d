// The thread that runs a command.
'use strict';
const { parentPort, workerData } = require('node:worker_threads');

const words = process.argv.slice(2);

async function runCommand() {
  require('./private_tsx.cjs');
  const { hear } = require('../adapters/run/interruption.ts');
  const { run } = require('./run.ts');
  hear(() => Atomics.load(workerData.interruption, 0) === 1, parentPort);
  return await run(words, process.env);
}

// What is thrown here goes to the launcher, which tells it once, whatever else may fail after it.
runCommand().then((exitCode) => {
  process.exitCode = exitCode;
  parentPort.unref();
});
