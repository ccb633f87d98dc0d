// Tests of tests/ that say nothing on Windows, or nothing under Wine, each with its reason. `skip_cannot.ts` skips and counts them there.

/** `wine`: real Windows can do it. `test` matches its full name. */
export type Cannot = { file: string; test: RegExp; where: 'windows' | 'wine'; because: string };

type Row = readonly [file: string, test: RegExp];

const rows = (where: Cannot['where'], because: string, listed: readonly Row[]): Cannot[] =>
  listed.map(([file, test]) => ({ file, test, where, because }));

const EVERY = /^/;

export const CANNOT: readonly Cannot[] = [
  ...rows('wine', 'symbolic links: under Wine fs.symlinkSync answers without an error and makes nothing', [
    ['adapters/codex_home/codex_home', /a link to a home/],
    ['adapters/codex_home/configuration', /also through a link/],
    ['adapters/disk/file_writing', /never takes the place of one that is there/],
    ['adapters/paths/local_paths', /through a link/],
    ['adapters/package/package_attachments', /(are|is) a (symbolic )?link/],
    ['adapters/package/package_folder', /Link$|a symbolic link/],
    ['adapters/package/package_skills', /with a link/],
    ['adapters/temporary_folders/private_temporary_folder', /what a dead run left/],
    [
      'cli/launcher',
      /one is missing|the native module was never built|never that of other|made again where|made by several|imports a dep|says of a bug/,
    ],
    ['commands/backup', /that is a link/],
    ['commands/linked_home', EVERY],
    ['commands/made_by_others', /\blink\b/],
    ['commands/session_files', /a rollout that is a link/],
    ['commands/skills', /\blink\b/],
  ]),
  ...rows('wine', 'slow: a minute for what takes two seconds elsewhere', [['commands/archives', /65,535 entries/]]),
  ...rows('windows', 'Windows has no FIFOs', [
    ['adapters/package/package_folder', /a pipe/],
    ['adapters/package/package_skills', /with a pipe/],
  ]),
  ...rows('windows', 'Windows has no /proc, no sh and no limit of open files for it', [
    ['adapters/lines/line_reader', /holds no file open/],
    ['adapters/disk/file_reading', /chunks give every byte once/],
    ['adapters/locks/codex_locks', /no file could be opened any more/],
    ['transaction/thread_locks', /more new sessions than files may be open/],
  ]),
  ...rows('windows', 'Windows has no modes of files', [
    ['adapters/package/package_skills', /is its files, by their path/],
    ['commands/archives', /for this user alone/],
    ['commands/backup', /nobody else can look/],
    ['commands/doctor', /a journal that (others can read|cannot be read)/],
    ['commands/made_by_others', /hard link/],
    ['commands/private_modes', EVERY],
    ['commands/skills', /executable bits/],
  ]),
  ...rows('windows', 'Windows has no signals: a process is ended, and its pipe is no event there', [
    ['adapters/temporary_folders/private_temporary_folder', /^SIG/],
  ]),
  ...rows('windows', 'the file system takes such names for one, or does not take them', [
    ['adapters/paths/local_paths', /capitals are two names|asked about once/],
    ['adapters/package/package_skills', /names that are one|a name that is no text/],
    ['cli/debug', /would act on the terminal/],
    ['commands/skills', /of two in one package|no folder has here/],
    ['commands/spelled_homes', /on macOS|another of its names/],
  ]),
  ...rows('windows', 'MoveFileEx, which a rename is there, replaces no file that somebody has open, though it may be removed', [
    ['adapters/disk/file_writing', /another file to whoever had the old one open/],
  ]),
  ...rows(
    'windows',
    'no folder is removed in which a process works: the one that removes what was unpacked, until the test ends',
    [['cli/only_where_asked', /a log that a killed Codex left/]],
  ),
  ...rows('windows', 'Node has names for all that Windows answers; of Linux and macOS it knows some by number alone', [
    ['cli/system_errors', /has only a number/],
  ]),
  ...rows('windows', 'the folder of a Linux user cannot be there, so a sync adds the settings of a folder that can', [
    ['cli/debug', /says home, package/],
    ['commands/numbers', /as it should be|^ordinals .* by verify/],
    ['commands/rollback', /the sidecar was lost since/],
    ['commands/sync', /keeps its id|numbered without a gap|closed with a newline/],
  ]),
];
