// The thread that runs a command. What cannot be loaded is told in plain words, as JSON where that was asked for.
'use strict';
const { parentPort, workerData } = require('node:worker_threads');
const unready = require('./unready.cjs');

const words = process.argv.slice(2);

async function runCommand() {
  require('./private_tsx.cjs');
  const { hear } = require('../adapters/interruption.ts');
  const { run } = require('./run.ts');
  hear(() => Atomics.load(workerData.interruption, 0) === 1, parentPort);
  return await run(words, process.env);
}

runCommand()
  .catch((error) => unready.tell(unready.described(error), words))
  .then((exitCode) => {
    process.exitCode = exitCode;
    parentPort.unref();
  });
