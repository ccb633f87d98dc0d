// `npm run age`: makes one file of the parts of age-encryption that an encrypted exchange needs. Installed, the package and what it needs weigh 6 MB, a tenth
// of all that users would download, for a feature that few turn on.

import fs from 'node:fs';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';

const root = new URL('../../', import.meta.url);
export const AGE = new URL('scripts/lib/adapters/place/age.generated.mjs', root);

const PARTS = "export { Decrypter, Encrypter, generateX25519Identity, identityToRecipient } from 'age-encryption';";

/** The licences of what is in it stay in it. */
export function buildAge(): string {
  const { outputFiles } = buildSync({
    stdin: { contents: PARTS, resolveDir: fileURLToPath(root) },
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'node',
    target: 'node22',
    legalComments: 'inline',
    write: false,
  });
  const { version } = JSON.parse(fs.readFileSync(new URL('node_modules/age-encryption/package.json', root), 'utf8')) as {
    version: string;
  };
  return `// Made by \`npm run age\` from age-encryption ${version} (BSD-3-Clause, Filippo Valsorda) and @noble, @scure (MIT, Paul Miller).\n${outputFiles[0]?.text ?? ''}`;
}

if (process.argv[1] === new URL(import.meta.url).pathname) fs.writeFileSync(AGE, buildAge());
