// `npm run schemas`: compiles the schemas of documents that are read at run time into plain functions. Compiling them at every start
// would cost more than all the rest of a small command.

import fs from 'node:fs';
import { createRequire } from 'node:module';
import { Ajv } from 'ajv';

const standaloneCode = createRequire(import.meta.url)('ajv/dist/standalone')
  .default as typeof import('ajv/dist/standalone/index.js').default;

const READ_AT_RUN_TIME = {
  packageManifest: 'package-manifest',
  journalManifest: 'journal-manifest',
  journalOperation: 'journal-operation',
  backupDescription: 'backup-description',
};

const root = new URL('../../', import.meta.url);
export const GENERATED = new URL('scripts/lib/adapters/documents/document_validators.generated.mjs', root);

export function buildValidators(): string {
  const ajv = new Ajv({
    allErrors: true,
    allowUnionTypes: true,
    strictRequired: false,
    strictTypes: false,
    code: { source: true, esm: true },
  });
  for (const name of Object.values(READ_AT_RUN_TIME)) {
    ajv.addSchema(JSON.parse(fs.readFileSync(new URL(`references/schemas/${name}.schema.json`, root), 'utf8')) as object);
  }
  return `// Made by \`npm run schemas\` from references/schemas/.\n${standaloneCode(ajv, READ_AT_RUN_TIME)}\n`;
}

if (process.argv[1] === new URL(import.meta.url).pathname) fs.writeFileSync(GENERATED, buildValidators());
