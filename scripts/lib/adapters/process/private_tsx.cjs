// Loads TypeScript of users (extensions) through tsx, whose cache of compiled code lies in the system's temporary folder by default, where another
// user may have put something under that name first. It is sent to ours.
'use strict';
const path = require('node:path');
const { ROOT, privateCache } = require('./private_cache.cjs');

const found = privateCache();
const cache = found?.isOurs ? found.folder : null;
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
