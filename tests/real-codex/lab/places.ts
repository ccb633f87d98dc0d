import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const suiteFolder = fileURLToPath(new URL('..', import.meta.url));
export const repositoryFolder = path.resolve(suiteFolder, '../..');

/** Homes lie in the project: Codex refuses helper binaries under the system's temporary folder. */
export const homesFolder = path.join(suiteFolder, '.homes');
