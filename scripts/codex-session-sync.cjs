#!/usr/bin/env node
// The way to start from any folder, and the fastest: tsx is found beside this file, and as CommonJS it needs no loader thread.
try {
  require('tsx/cjs');
} catch (error) {
  if (error.code !== 'MODULE_NOT_FOUND') throw error;
  process.stderr.write(
    'Error: The dependencies are not installed.\nHint: run `npm ci --omit=dev` in the folder of this skill, once.\n',
  );
  process.exit(4);
}
// Whoever reads the output may have seen enough (`| head`); what was done is done.
process.stdout.on('error', (error) => {
  if (error.code !== 'EPIPE') throw error;
});
const { run } = require('./lib/cli/run.ts');

run(process.argv.slice(2), process.env).then((exitCode) => {
  process.exitCode = exitCode;
});
