import { createRequire } from 'node:module';

// The developer's entry point: which pieces can be replaced, and one of them alone on files. Loaded as the operator's is.
const { loadProgram } = createRequire(import.meta.url)('./lib/cli/load_program.cjs') as {
  loadProgram(words: string[]): Promise<typeof import('./lib/cli/program.ts').program & { done(exitCode: number): void }>;
};

const words = process.argv.slice(2);
const { extensionPoints, done } = await loadProgram(words);
const { runExtensionPoints } = await extensionPoints();
process.exitCode = await runExtensionPoints(words);
done(process.exitCode);
