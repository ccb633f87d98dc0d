import { createRequire } from 'node:module';

// The developer's entry point: which pieces can be replaced, and one of them alone on files. Loaded as the operator's is.
const { runExtensionPoints } = createRequire(import.meta.url)(
  './lib/cli/extension_points.ts',
) as typeof import('./lib/cli/extension_points.ts');

process.exitCode = await runExtensionPoints(process.argv.slice(2));
