// Loads TypeScript through tsx, whose cache of compiled code is code that runs as you: by default it lies in the system's temporary folder,
// where another user may have put something under that name first. Ours lies beside the dependencies, and is as trusted as they are.
'use strict';
const fs = require('node:fs');
const path = require('node:path');

const ROOT = path.join(__dirname, '..', '..', '..');
const CACHE = path.join(ROOT, 'node_modules', '.cache', 'codex-session-sync');

/**
 * Only its owner may write there, who is the one that the code itself belongs to. For anybody else, and on a read-only disk, there is no cache,
 * and the start takes longer.
 */
function privateCache() {
  try {
    const owner = fs.statSync(__filename).uid;
    if (process.geteuid && process.geteuid() !== owner) return null;
    fs.mkdirSync(CACHE, { recursive: true, mode: 0o700 });
    fs.accessSync(CACHE, fs.constants.R_OK | fs.constants.W_OK | fs.constants.X_OK);
    return [path.dirname(CACHE), CACHE].every((folder) => isOf(owner, fs.lstatSync(folder))) ? CACHE : null;
  } catch (_error) {
    return null;
  }
}

const isOf = (owner, stat) =>
  stat.isDirectory() && (process.platform === 'win32' || (stat.uid === owner && (stat.mode & 0o022) === 0));

const cache = privateCache();
/** tsx looks where temporary files go only while it is loaded, and for a tsconfig.json also in the current folder, which may be anybody's. */
const set = {
  TSX_TSCONFIG_PATH: path.join(ROOT, 'tsconfig.json'),
  TSX_DISABLE_CACHE: cache ? undefined : '1',
  ...(cache ? { TMPDIR: cache, TEMP: cache, TMP: cache } : {}),
};
const before = Object.keys(set).map((name) => [name, process.env[name]]);

function put(name, value) {
  if (value === undefined) delete process.env[name];
  else process.env[name] = value;
}

for (const name of Object.keys(set)) put(name, set[name]);
try {
  require('tsx/cjs');
} finally {
  for (const [name, value] of before) put(name, value);
}
