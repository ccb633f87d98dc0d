import { createRequire } from 'node:module';

// Everything is loaded in one way, as CommonJS: two instances of one module would be two classes of error.
const { run } = createRequire(import.meta.url)('./lib/cli/run.ts') as typeof import('./lib/cli/run.ts');

process.exitCode = await run(process.argv.slice(2), process.env);
