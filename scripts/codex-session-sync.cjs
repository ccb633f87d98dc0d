#!/usr/bin/env node
// The way to start from any folder. A command that writes, or takes long, runs in a thread of its own: its work is synchronous, so a signal could
// not be heard beside it. This thread hears signals, says so, and tells the other one, which stops at its next safe point.
// Written for any Node: an old one is to be told what is wrong, not where the syntax is.
'use strict';
const path = require('node:path');
const unready = require('./lib/cli/unready.cjs');

const INTERRUPTED = 130;
const STOPPED = 5;
const PATIENCE_MILLISECONDS = 500;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];
const words = process.argv.slice(2);

// Whoever reads the output may have seen enough (`| head`); what was done is done.
process.stdout.on('error', (error) => {
  if (error.code === 'EPIPE') return;
  process.stderr.write(`Error: The output cannot be written (${error.code}). What the command did is done.\n`);
  process.exitCode = STOPPED;
});
// Nobody is left to tell that nobody listens.
process.stderr.on('error', () => {});

const lost = unready.lostFolder();
const old = unready.oldNode();
// What is named so is not always it: the second Node is asked only once.
const newer = !lost && old && !process.env.CODEX_SYNC_NODE_TRIED ? unready.installedNode() : null;
if (lost) process.exitCode = unready.tell(lost, words);
else if (newer) runAgain(newer);
else if (old) process.exitCode = unready.tell(old, words);
else runCommand();

/** With a Node that was installed beside the tool because this one is too old. */
function runAgain(node) {
  const { spawn } = require('node:child_process');
  const isWindows = process.platform === 'win32';
  const env = { ...process.env, CODEX_SYNC_NODE_TRIED: '1' };
  // A session of its own, so that Ctrl-C at a terminal reaches it once: through this process. Windows would open another window for that.
  const child = spawn(node, [__filename, ...words], { stdio: 'inherit', detached: !isWindows, env });
  for (const signal of SIGNALS) process.on(signal, () => isWindows || child.kill(signal));
  child.on('error', () => {
    process.exitCode = unready.tell(old, words);
  });
  child.on('exit', (exitCode, signal) => {
    for (const one of SIGNALS) process.removeAllListeners(one);
    if (signal) process.kill(process.pid, signal);
    else process.exitCode = exitCode;
  });
}

/** Tried here first: a thread takes twice as long to start as Node itself. */
async function runCommand() {
  // A step that was told is not told again.
  if (words.includes('--execute') || process.env.CODEX_SYNC_DEBUG === '1') return runInThread();
  try {
    const { loadProgram } = require('./lib/cli/load_program.cjs');
    const { runShort, done } = await loadProgram(words);
    const exitCode = await runShort(words, process.env);
    if (exitCode === null) {
      collectGarbage();
      return runInThread();
    }
    process.exitCode = process.exitCode || exitCode;
    done(exitCode);
  } catch (error) {
    process.exitCode = unready.tell(unready.described(error), words);
  }
}

/** What was read here would stand beside what the thread reads. */
function collectGarbage() {
  const v8 = require('node:v8');
  v8.setFlagsFromString('--expose-gc');
  require('node:vm').runInNewContext('gc')();
  v8.setFlagsFromString('--no-expose-gc');
}

function runInThread() {
  const { Worker } = require('node:worker_threads');
  // Whether a signal was heard, and whether the command has begun what it would take back.
  const interruption = new Int32Array(new SharedArrayBuffer(8));
  const worker = new Worker(path.join(__dirname, 'lib', 'cli', 'command_thread.cjs'), {
    argv: words,
    execArgv: preloaded(process.execArgv),
    workerData: { interruption },
    // A thread is given three times the room for young objects that a process has; 20,000 sessions then take 50 MiB more.
    resourceLimits: { maxYoungGenerationSizeMb: 16 },
  });
  // It waits until what it prints is read, and nobody reads any more.
  process.stdout.on('error', () => worker.stdout.resume());
  worker.on('error', (error) => {
    process.exitCode = unready.tell(unready.described(error), words);
  });
  worker.on('exit', (exitCode) => {
    process.exitCode = process.exitCode || exitCode;
    for (const signal of SIGNALS) process.removeListener(signal, hear);
  });
  for (const signal of SIGNALS) process.on(signal, hear);

  const hasBegun = () => Atomics.load(interruption, 1) === 1;

  function hear() {
    if (Atomics.exchange(interruption, 0, 1) === 1) {
      const left = ' `recover --execute`, or the next command that writes, undoes started changes.';
      process.stderr.write(`Stopped at once.${hasBegun() ? left : ''}\n`);
      stopAtOnce();
      return;
    }
    process.stderr.write(
      `Interrupted: ${hasBegun() ? 'undoing started changes' : 'stopping'}. Interrupt again to stop at once.\n`,
    );
    Atomics.notify(interruption, 0);
    worker.postMessage('interrupted');
  }

  /** A thread that waits for the system (a pipe, a disk that does not answer) ends with its process only. */
  function stopAtOnce() {
    worker.terminate().then(() => process.exit(INTERRUPTED));
    setTimeout(() => process.kill(process.pid, 'SIGKILL'), PATIENCE_MILLISECONDS);
  }
}

/** What was to be loaded first is; a thread takes no flags of V8 (`--max-old-space-size`), which hold for it anyway. */
function preloaded(options) {
  return options.filter((option, at) => /^(--require|-r)(=|$)/.test(option) || /^(--require|-r)$/.test(options[at - 1]));
}
