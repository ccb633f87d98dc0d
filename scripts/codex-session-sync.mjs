#!/usr/bin/env node
// Starts the TypeScript entry point from any folder: tsx is found beside this file, not in the caller's project.
try {
  const { register } = await import('tsx/esm/api');
  register();
} catch (error) {
  if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error;
  process.stderr.write(
    'Error: The dependencies are not installed.\nHint: run `npm ci --omit=dev` in the folder of this skill, once.\n',
  );
  process.exit(4);
}
await import('./sync_session_skill_package.ts');
