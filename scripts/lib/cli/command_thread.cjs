// The thread that runs a command.
'use strict';
const { parentPort, workerData } = require('node:worker_threads');
const { loadProgram } = require('./load_program.cjs');

const words = process.argv.slice(2);

async function runCommand() {
  const { hear, run, done } = await loadProgram(words);
  hear(
    () => Atomics.load(workerData.interruption, 0) === 1,
    parentPort,
    () => Atomics.store(workerData.interruption, 1, 1),
  );
  const exitCode = await run(words, process.env);
  done(exitCode);
  return exitCode;
}

// What is thrown here goes to the launcher, which tells it once, whatever else may fail after it.
runCommand().then((exitCode) => {
  process.exitCode = exitCode;
  parentPort.unref();
});
