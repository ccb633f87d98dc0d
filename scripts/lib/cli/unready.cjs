// What is said where this tool cannot even load itself: a Node that is too old, dependencies that are missing or cannot be read. Needs
// nothing but Node, of any version.
'use strict';
const fs = require('node:fs');
const path = require('node:path');

const ROOT = path.join(__dirname, '..', '..', '..');
const INSTALL = 'run `npm ci --omit=dev` in the folder of this skill, with the Node that runs it';
const EXIT = { configuration: 4, not_permitted: 5, too_many_files: 5, no_memory: 5, io_error: 5 };
const EXIT_FINDINGS = 6;

/** Even where no more files can be opened. */
function manifest() {
  try {
    return JSON.parse(fs.readFileSync(path.join(ROOT, 'package.json'), 'utf8'));
  } catch (_error) {
    return { version: 'unknown', engines: { node: '>=22.18' } };
  }
}

const oldestNode = () => manifest().engines.node.replace('>=', '');

/** Two versions by their first two numbers. */
function isOlder(version, than) {
  const [major, minor] = version.split('.').map(Number);
  const [thanMajor, thanMinor] = than.split('.').map(Number);
  return major < thanMajor || (major === thanMajor && minor < thanMinor);
}

/** Null where this Node is new enough. */
function oldNode() {
  const oldest = oldestNode();
  if (!isOlder(process.versions.node, oldest)) return null;
  return {
    code: 'configuration',
    finding: 'node_too_old',
    message: `Node ${process.version} is older than ${oldest}, which this tool needs.`,
    where: process.execPath,
    hint: `install a newer Node; or put one beside this tool, which then uses it: npm install --prefix "${path.join(ROOT, '.node')}" node@24.21.0`,
  };
}

/** Null where the current folder is there: without one no module loads, and no path on the command line leads anywhere. */
function lostFolder() {
  try {
    process.cwd();
    return null;
  } catch (error) {
    return {
      code: 'configuration',
      finding: 'current_folder_gone',
      message: `The current folder cannot be used any more (${error.code}).`,
      where: process.env.PWD || '.',
      hint: 'change to a folder that exists (`cd`), then run the same command again',
    };
  }
}

/** The Node that `npm ci` or the hint of `oldNode` has put beside this tool; null where there is none that is new enough. */
function installedNode() {
  for (const folder of [ROOT, path.join(ROOT, '.node')]) {
    const package_ = path.join(folder, 'node_modules', 'node');
    const node = path.join(package_, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
    try {
      const { version } = JSON.parse(fs.readFileSync(path.join(package_, 'package.json'), 'utf8'));
      if (fs.statSync(node).isFile() && !isOlder(version, oldestNode())) return node;
    } catch (_error) {
      // Not there.
    }
  }
  return null;
}

/** An error of loading, in plain words. */
function described(error) {
  const module_ = missingModule(error);
  if (module_ === null) return unreadable(error);
  const state = stateOf(module_);
  if (state !== null)
    return state === 'there'
      ? unreadable(Object.assign(new Error(`the module ${module_} is installed but cannot be read`), { code: 'EIO' }))
      : unreadable(state);
  const isAll = stateOf('esbuild') === null;
  return {
    code: 'configuration',
    finding: 'dependencies_missing',
    message: isAll ? 'The dependencies are not installed.' : `The dependency ${module_} is not installed.`,
    where: path.resolve(ROOT),
    hint: INSTALL,
  };
}

/** The name of a dependency that was not found; null where something else went wrong. */
function missingModule(error) {
  if (!error || (error.code !== 'MODULE_NOT_FOUND' && error.code !== 'ERR_MODULE_NOT_FOUND')) return null;
  const name = /Cannot find (?:module|package) '([^'./][^']*)'/.exec(error.message);
  return name
    ? name[1]
        .split('/')
        .slice(0, name[1][0] === '@' ? 2 : 1)
        .join('/')
    : null;
}

/** Node says "not found" of what it could not look at, too. Null: it is not there. An error: that cannot be told. */
function stateOf(name) {
  try {
    fs.statSync(path.join(ROOT, 'node_modules', name, 'package.json'));
    return 'there';
  } catch (error) {
    return error.code === 'ENOENT' || error.code === 'ENOTDIR' ? null : error;
  }
}

const CODES = {
  EACCES: 'not_permitted',
  EPERM: 'not_permitted',
  EROFS: 'not_permitted',
  EMFILE: 'too_many_files',
  ENFILE: 'too_many_files',
  EIO: 'io_error',
  ENOMEM: 'no_memory',
  EAGAIN: 'no_memory',
  ERR_WORKER_OUT_OF_MEMORY: 'no_memory',
};

/** Of a thread that does not start it is only in the message. */
const systemCode = (error) =>
  error?.code && error.code !== 'ERR_WORKER_INIT_FAILED' ? error.code : (/\bE[A-Z]{2,}\b/.exec(String(error?.message)) || [])[0];

/** What is to be done about each. */
const HINTS = {
  configuration: INSTALL,
  not_permitted: 'give this user the right to read it, then run the same command again',
  too_many_files: 'raise the limit of open files (`ulimit -n`) or end other programs, then run the same command again',
  no_memory: 'end other programs, or raise the limit of this process, then run the same command again',
  io_error: 'check the disk of that place, then run the same command again',
};

function unreadable(error) {
  const code = CODES[systemCode(error)] || 'configuration';
  return {
    code,
    finding: 'dependencies_unusable',
    message: `${systemCode(error) === 'ERR_WORKER_OUT_OF_MEMORY' ? 'The command needs more memory' : 'Part of this tool does not load'}: ${String(error?.message || error).split('\n')[0]}`,
    where: error?.path || path.resolve(ROOT),
    hint: HINTS[code],
  };
}

/** Says it; answers with the exit code. `doctor` reports it as a finding. */
function tell(problem, words) {
  const isJson = words.includes('--json') || words.includes('--json=true');
  if (words.includes('doctor') || words.includes('preflight')) return tellAsFinding(problem, isJson);
  const { code, message, where, hint } = problem;
  if (isJson) print(process.stdout, JSON.stringify({ kind: 'error', schema_version: 1, code, message, where, hint }));
  else print(process.stderr, `Error: ${message}`, `  at: ${where}`, `Hint: ${hint}`);
  return EXIT[code];
}

function tellAsFinding({ finding, message, where, hint }, isJson) {
  const { version, engines } = manifest();
  const examination = {
    kind: 'examination',
    schema_version: 1,
    codex_home: null,
    tool_version: version,
    node: { version: process.version, oldest: engines.node.replace('>=', ''), executable: process.execPath },
    modules: [],
    home: null,
    findings: [{ code: finding, severity: 'error', thread_id: null, where, message, mend: hint }],
  };
  if (isJson) print(process.stdout, JSON.stringify(examination));
  else print(process.stdout, `error: ${finding}: ${message}`, `  at: ${where}`, `  mend: ${hint}`);
  return EXIT_FINDINGS;
}

/** printable.ts cannot be loaded here: whatever is not plain ASCII is spelled out, in JSON as well as for people. */
function print(stream, ...lines) {
  const plain = (line) => line.replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
  stream.write(`${lines.map(plain).join('\n')}\n`);
}

module.exports = { lostFolder, oldNode, installedNode, described, tell };
