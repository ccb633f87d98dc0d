// The tool as one script. The first start makes it and keeps it in the private cache, with a list of the files that it was made of and the digest
// of what they contained. Every start compares both, so an older one is never run. Beside it lies what V8 has compiled of it for each verb.
// Where nothing can be kept, every start makes it.
'use strict';
const crypto = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');
const url = require('node:url');
const vm = require('node:vm');
const { ROOT, privateCache, keep } = require('../adapters/process/private_cache.cjs');

/** What the tool exports, and `done`, to be called with the exit code of its command. */
async function loadProgram(words) {
  const cache = privateCache();
  // A folder of its own for each copy of the tool: several may share their dependencies through a link.
  const folder = cache && path.join(cache.folder, digestOf(ROOT).slice(0, 16));
  const program = (folder && readKept(folder)) ?? (await make(folder, cache?.isOurs === true));
  const compiled = folder && path.join(folder, `${kindOf(words)}-${process.version}-${process.arch}.compiled`);
  return evaluate(program, compiled, cache?.isOurs === true);
}

/** Each verb needs other functions; V8 keeps those that have run. */
function kindOf(words) {
  const verb = words.find((word) => /^[a-z][a-z-]{0,40}$/.test(word)) ?? 'none';
  return words.includes('--execute') ? `${verb}-execute` : verb;
}

const digestOf = (bytes) => crypto.hash('sha256', bytes);

/**
 * A line with the digest of all that follows, a line with what it was made of, the script. Null where it is not there, not whole (a rename alone
 * does not outlive every power cut), or of other sources.
 */
function readKept(folder) {
  try {
    const bytes = fs.readFileSync(path.join(folder, 'program.cjs'));
    const body = bytes.subarray(DIGEST + 1);
    if (bytes.latin1Slice(0, DIGEST) !== digestOf(body)) return null;
    const end = body.indexOf(10);
    const { files, content } = JSON.parse(body.utf8Slice(0, end));
    if (!isContent(files, content)) return null;
    return { code: body.latin1Slice(end + 1), digest: bytes.latin1Slice(0, DIGEST), mapFile: mapFileOf(folder, content) };
  } catch (_error) {
    return null;
  }
}

/** Some 400 files at every start: read into one place, by as few calls as there can be. */
function isContent(files, content) {
  const bytes = Buffer.allocUnsafe(files.reduce((sum, [, size]) => sum + size, 1));
  let end = 0;
  for (const [file, size] of files) {
    const handle = fs.openSync(`${ROOT}/${file}`);
    const read = fs.readSync(handle, bytes, end, size + 1, 0);
    fs.closeSync(handle);
    if (read !== size) return false;
    end += size;
  }
  return digestOf(bytes.subarray(0, end)) === content;
}

const DIGEST = 64;
const mapFileOf = (folder, content) => path.join(folder, `${content.slice(0, 16)}.map`);

async function make(folder, isOurs) {
  const { buildProgram } = require('./build_program.cjs');
  const { code, map, parts } = await buildProgram();
  const content = digestOf(Buffer.concat([...parts.values()]));
  const files = [...parts].map(([file, bytes]) => [file, bytes.length]);
  const body = Buffer.from(`${JSON.stringify({ files, content })}\n${code}`, 'latin1');
  const digest = digestOf(body);
  if (!folder || !isOurs) return { code, digest, map };
  removeEarlier(folder);
  const mapFile = mapFileOf(folder, content);
  keep(mapFile, map);
  keep(path.join(folder, 'program.cjs'), Buffer.concat([Buffer.from(`${digest}\n`), body]));
  return { code, digest, mapFile };
}

/** Of earlier sources, and what a build that was killed has left. Whoever runs one of them has read it. */
function removeEarlier(folder) {
  const unless = (remove) => {
    try {
      return remove();
    } catch (_error) {
      // Not there, or it stays: another start does the same meanwhile.
      return [];
    }
  };
  for (const name of unless(() => fs.readdirSync(folder))) unless(() => fs.unlinkSync(path.join(folder, name)));
}

/** Exit codes of commands that have done all that they do. */
const ITS_WAY = [0, 2, 3, 6];

/** Its compiled form begins with the digest of all that follows, then that of the script: V8 itself compares little more than lengths. */
function evaluate({ code, digest, map, mapFile }, compiled, isOurs) {
  const filename = path.join(ROOT, 'scripts', 'program.cjs');
  const cachedData = compiled ? readCompiled(compiled, digest) : undefined;
  const wrapped = `(function (exports, module, require, importMetaUrl, folderOf, asModule) {\n${code}\n})`;
  const script = new vm.Script(wrapped, { filename, lineOffset: -1, cachedData });
  showSources(filename, () => map ?? fs.readFileSync(mapFile, 'utf8'));
  const module_ = { exports: {} };
  script.runInThisContext()(module_.exports, module_, required, importMetaUrl, folderOf, asModule);
  return { ...module_.exports.program, done };

  function done(exitCode) {
    if (!isOurs || !compiled || (cachedData && !script.cachedDataRejected) || !ITS_WAY.includes(exitCode)) return;
    const body = Buffer.concat([Buffer.from(digest), script.createCachedData()]);
    keep(compiled, Buffer.concat([Buffer.from(digestOf(body)), body]));
  }
}

function readCompiled(file, digest) {
  try {
    const bytes = fs.readFileSync(file);
    const body = bytes.subarray(DIGEST);
    if (bytes.latin1Slice(0, DIGEST) !== digestOf(body) || body.latin1Slice(0, DIGEST) !== digest) return undefined;
    return body.subarray(DIGEST);
  } catch (_error) {
    return undefined;
  }
}

const importMetaUrl = (name) => url.pathToFileURL(path.join(ROOT, name)).href;
const folderOf = (name) => path.join(ROOT, name, '..');

/** Seldom needed, and slow to load: they are when something of them is first asked for (4 ms of every start). */
const LATE = ['node:child_process', 'node:worker_threads', 'node:zlib'];
/** A module of Node, a dependency by its name, or a native one by its path. */
const required = (name) =>
  LATE.includes(name)
    ? new Proxy({}, { get: (_, key) => process.getBuiltinModule(name)[key] })
    : (process.getBuiltinModule(name) ?? require(name));

const modules = new Map();
/** As `import` gives it: with itself as the default. */
function asModule(exports_) {
  if (!modules.has(exports_)) modules.set(exports_, Object.create(exports_, { default: { value: exports_ } }));
  return modules.get(exports_);
}

/** A stack, which is only asked for when something went wrong, names the sources. */
function showSources(filename, readMap) {
  let map = null;
  Error.prepareStackTrace = (error, sites) => {
    try {
      map ??= new (process.getBuiltinModule('node:module').SourceMap)(JSON.parse(readMap()));
    } catch (_error) {
      // As the script has it.
    }
    return [String(error), ...sites.map((site) => `    at ${shown(site, filename, map)}`)].join('\n');
  };
}

function shown(site, filename, map) {
  const origin = site.getFileName() === filename ? map?.findEntry(site.getLineNumber() - 1, site.getColumnNumber() - 1) : null;
  if (!origin?.originalSource) return String(site);
  const made = `${filename}:${site.getLineNumber()}:${site.getColumnNumber()}`;
  const written = `${path.join(ROOT, origin.originalSource)}:${origin.originalLine + 1}:${origin.originalColumn + 1}`;
  return String(site).replace(made, () => written);
}

module.exports = { loadProgram };
