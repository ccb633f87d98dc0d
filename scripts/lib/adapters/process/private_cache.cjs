// Where code is kept that was made from this tool's sources. It runs as you, so nobody else may have put it there: the folder lies beside the
// dependencies, and is as trusted as they are. The system's temporary folder is not.
'use strict';
const fs = require('node:fs');
const path = require('node:path');

const ROOT = path.join(__dirname, '..', '..', '..', '..');
const CACHE = path.join(ROOT, 'node_modules', '.cache', 'codex-session-sync');

/**
 * `isOurs`: this process may write there, which only the owner of the code may. Others read what the owner has made. Null where there is no
 * such folder, or somebody else may write to it.
 */
function privateCache() {
  try {
    const owner = fs.statSync(__filename).uid;
    const isOurs = (!process.geteuid || process.geteuid() === owner) && canMake(CACHE);
    const isPrivate = [path.dirname(CACHE), CACHE].every((folder) => isOf(owner, folder));
    return isPrivate ? { folder: CACHE, isOurs } : null;
  } catch (_error) {
    return null;
  }
}

function canMake(folder) {
  try {
    fs.mkdirSync(folder, { recursive: true, mode: 0o755 });
    fs.accessSync(folder, fs.constants.R_OK | fs.constants.W_OK | fs.constants.X_OK);
    return true;
  } catch (_error) {
    return false;
  }
}

function isOf(owner, folder) {
  const stat = fs.lstatSync(folder);
  return stat.isDirectory() && (process.platform === 'win32' || (stat.uid === owner && (stat.mode & 0o022) === 0));
}

/** Under another name first: nobody reads half of it, and of two writers the later one wins with the same content. */
function keep(file, bytes) {
  const part = `${file}.${process.pid}.${process.hrtime.bigint()}.part`;
  try {
    fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o755 });
    fs.writeFileSync(part, bytes, { flag: 'wx', mode: 0o644 });
    fs.renameSync(part, file);
  } catch (_error) {
    // Without it the next start makes it again.
    fs.unlink(part, () => {});
  }
}

module.exports = { ROOT, privateCache, keep };
