// Makes one script of the tool's TypeScript, by esbuild, and says what it was made of: each file with the bytes that went in, so that what is
// kept of it can be compared with what is there (load_program.cjs).
'use strict';
const fs = require('node:fs');
const path = require('node:path');
const { ROOT } = require('../adapters/process/private_cache.cjs');

/** Those that most commands need, and that need no others: to find and load them costs more than they do. */
const TAKEN_IN = ['better-sqlite3', 'smol-toml', 'uuid'];
/** What decides how it is made. The manifest names the version of esbuild. */
const ALSO = ['package.json', 'scripts/lib/cli/build_program.cjs'];

/** `code` and `map`, and `parts`: by its path from the root, the bytes of every file. */
async function buildProgram() {
  const esbuild = require('esbuild');
  const parts = new Map(ALSO.map((file) => [file, fs.readFileSync(path.join(ROOT, file))]));
  try {
    const { outputFiles, metafile } = await esbuild.build({
      entryPoints: ['scripts/lib/cli/program.ts'],
      absWorkingDir: ROOT,
      bundle: true,
      write: false,
      metafile: true,
      outfile: 'program.cjs',
      sourcemap: 'external',
      sourcesContent: false,
      platform: 'node',
      format: 'cjs',
      target: 'node22.18',
      // A script (`vm.Script`) may not import; it is given `require`, which loads such modules as well.
      supported: { 'dynamic-import': false },
      charset: 'ascii',
      minifyWhitespace: true,
      legalComments: 'none',
      logLevel: 'silent',
      external: ['node:*', ...dependencies().filter((name) => !TAKEN_IN.includes(name))],
      // Given here, none is looked for.
      tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: true } },
      plugins: [{ name: 'parts', setup: (build) => build.onLoad({ filter: /./ }, (found) => load(found.path, parts)) }],
    });
    for (const file of Object.keys(metafile.inputs)) addManifest(file, parts);
    const textOf = (end) => outputFiles.find((file) => file.path.endsWith(end)).text;
    return { code: withOneOfEach(textOf('.cjs')), map: textOf('.map'), parts };
  } catch (error) {
    throw asMissing(error);
  } finally {
    await esbuild.stop();
  }
}

function dependencies() {
  const { dependencies: needed, optionalDependencies: wanted } = JSON.parse(
    fs.readFileSync(path.join(ROOT, 'package.json'), 'utf8'),
  );
  return Object.keys({ ...needed, ...wanted });
}

/** esbuild is given exactly the bytes that are noted: a file that is edited meanwhile does not count as what it was before. */
function load(file, parts) {
  const name = path.relative(ROOT, file).replaceAll(path.sep, '/');
  const bytes = fs.readFileSync(file);
  parts.set(name, bytes);
  // Each file keeps its own place, from which it finds others.
  const contents = bytes
    .toString('utf8')
    .replaceAll('import.meta.url', `importMetaUrl(${JSON.stringify(name)})`)
    .replaceAll('__dirname', `folderOf(${JSON.stringify(name)})`);
  return { contents, loader: path.extname(file) === '.ts' ? 'ts' : 'js' };
}

/** The manifest of a dependency says which of its files is loaded. */
function addManifest(input, parts) {
  const found = /^.*node_modules\/(?:@[^/]+\/)?[^/]+\//.exec(input);
  if (!found) return;
  const manifest = `${found[0]}package.json`;
  if (!parts.has(manifest)) parts.set(manifest, fs.readFileSync(path.join(ROOT, manifest)));
}

/** esbuild copies a module of Node for each file that imports it, name by name: 4 ms of every start. */
const withOneOfEach = (code) => code.replaceAll(/__toESM\((require\("node:[a-z_/]+"\))(?:, ?1)?\)/g, 'asModule($1)');

/** As Node itself says it. */
function asMissing(error) {
  const name = /^Could not resolve "([^".][^"]*)"/.exec(error.errors?.[0]?.text)?.[1];
  return name ? Object.assign(new Error(`Cannot find package '${name}'`), { code: 'MODULE_NOT_FOUND' }) : error;
}

module.exports = { buildProgram };
