import type { Explanation } from './explanation.ts';

const UNTOUCHED = 'Nothing was written.';
const TAKEN_BACK = 'What was begun was taken back, or is left as an interrupted transaction that the next command takes back.';

/** How a command ends that did not do all that was asked; the command line has a number for each. */
export type Exit = 'bug' | 'decision' | 'busy' | 'usage' | 'stopped' | 'findings' | 'interrupted';

/** Every error that ends a command. */
export const ERRORS = {
  internal: {
    exit: 'bug',
    means: 'The tool met a state that it does not know: a bug of this tool.',
    matters: 'A running transaction was undone or is left as an interrupted one; no conversation is lost.',
    remedy: 'Run `recover --execute`, then report the stack that stderr shows, without texts of conversations.',
  },
  interrupted: {
    exit: 'interrupted',
    means: 'The run was stopped by a signal: Ctrl-C, the end of the terminal, or `kill`.',
    matters: 'What was begun was taken back; the home is as before.',
    remedy: 'Run the same command again. After a second Ctrl-C `recover --execute` takes back what the first left.',
  },
  usage: {
    exit: 'usage',
    means: 'The command line cannot be understood: a flag, an id or a value is wrong.',
    matters: UNTOUCHED,
    remedy: 'The message names the flag; `--help` behind a command lists what it takes.',
  },
  not_a_package: {
    exit: 'usage',
    means: 'The folder or archive is not a session package, or its manifest is missing.',
    matters: UNTOUCHED,
    remedy: 'Name the folder that holds `package_manifest.json`, or a `.zip`, `.tar` or `.tar.gz` of it.',
  },
  unsafe_package: {
    exit: 'usage',
    means:
      'A file of the package is a link, a device or leads outside the package; or an archive has one name twice, a name that not every system can write, or far more in it than a package has.',
    matters: 'A package is not trusted: such a file could make the tool read or write somewhere else. Nothing was read further.',
    remedy: 'Get the package anew from where it came. Do not unpack around the warning.',
  },
  archive_unreadable: {
    exit: 'usage',
    means: 'The archive is damaged or cut off, is encrypted, or is compressed in a way that is not known here.',
    matters: 'Nothing was written; what had been unpacked is gone again.',
    remedy: 'Get it anew, without a password; or unpack it yourself into a new folder and name that.',
  },
  unsupported_format_version: {
    exit: 'usage',
    means: 'The package has a format version that this tool does not know.',
    matters: UNTOUCHED,
    remedy: 'Update codex-session-sync, or have it packed with format version 1.',
  },
  extension_refused: {
    exit: 'usage',
    means: 'The file of `--extension` is missing, does not load, throws, or breaks the contract of extensions.',
    matters: UNTOUCHED,
    remedy: 'The message says what it breaks; `references/extension-points.md` has the contract.',
  },
  malformed_document: {
    exit: 'usage',
    means: 'A JSON document of the package, or of a journal, is not JSON, not of the expected shape, too large or too deep.',
    matters: UNTOUCHED,
    remedy: 'The message names file and line. Get the package anew; a broken journal shows in `sidecar-health`.',
  },
  malformed_rollout: {
    exit: 'usage',
    means: 'A rollout cannot be read safely: a line is too long, or a compressed file is damaged.',
    matters: 'The session is left alone. Others are not affected.',
    remedy: 'Get it anew from where it came, or leave it out: `--thread-id` names the others.',
  },
  codex_home_missing: {
    exit: 'usage',
    means: 'There is no Codex home at that path.',
    matters: UNTOUCHED,
    remedy: 'Start Codex once, or name the home with `--codex-home`.',
  },
  not_a_codex_home: {
    exit: 'usage',
    means:
      'The folder is there, but nothing in it is what a Codex makes in its home: no sessions, no database, no configuration.',
    matters: 'It is left alone, so that a slip in `--codex-home` makes no home of another folder.',
    remedy: 'Name the right folder. If it is to become a home, start Codex once with it, or add `--new-home`.',
  },
  configuration: {
    exit: 'usage',
    means:
      'Something of this machine is in the way: a native module does not load, a lock file cannot be made, or a part of the home lies on another disk.',
    matters: UNTOUCHED,
    remedy: 'Run `doctor`; it names what is missing and the command that mends it.',
  },
  transaction_not_found: {
    exit: 'usage',
    means: 'No transaction has that id, or there is none that can be rolled back.',
    matters: UNTOUCHED,
    remedy: '`list-transactions` shows those that are.',
  },
  output_exists: {
    exit: 'usage',
    means: 'There is something at the output path already.',
    matters: 'Nothing is ever overwritten.',
    remedy: 'Name a new folder with `--output`.',
  },
  package_too_large: {
    exit: 'usage',
    means: 'A metadata file of the package that was to be packed would be larger than what this tool reads of a package.',
    matters: 'Such a package could never be read again, so it was not written.',
    remedy: 'Pack the sessions in several packages: `--thread-id` or `--cwd-filter` names some of them.',
  },
  nothing_selected: {
    exit: 'usage',
    means: 'No session matches what was asked for.',
    matters: UNTOUCHED,
    remedy: 'Run `inspect-package` without `--thread-id`, or check the filter.',
  },
  divergence_aborted: {
    exit: 'decision',
    means: 'Both sides of a session have gone on, and `--on-divergence abort` was given.',
    matters: 'Nothing was written, also not for the other sessions.',
    remedy: 'Use `--on-divergence branch` to keep both sides, or `skip` to leave those sessions alone.',
  },
  another_sync_running: {
    exit: 'busy',
    means: 'Another process of this tool writes to the same home.',
    matters: 'Its lock ends with it, also when it is killed.',
    remedy: 'Run the same command again later, or with `--wait SECONDS`.',
  },
  database_locked: {
    exit: 'busy',
    means: 'Another program has a database of Codex, or the sidecar, locked and did not let go of it for 4 seconds.',
    matters: 'Nothing was written, or what was is taken back. A Codex that is merely open locks nothing for so long.',
    remedy: 'Close that program (a database browser, a backup, another tool) and run the same command again.',
  },
  session_busy: {
    exit: 'busy',
    means: 'A running Codex has the session open.',
    matters: 'Writing beside it would lose turns. Nothing was written.',
    remedy: 'Close the session in Codex and run the same command again.',
  },
  database_unreadable: {
    exit: 'stopped',
    means: 'SQLite cannot open a database of Codex, or the sidecar.',
    matters: 'Nothing was written, because what is in it is not known.',
    remedy: "Run `doctor` for Codex's databases and `sidecar-health` for the sidecar, which can always be rebuilt.",
  },
  sidecar_newer: {
    exit: 'stopped',
    means: 'A later version of this tool has written the sidecar.',
    matters: 'An older version could misread it, so it is left alone.',
    remedy: 'Update codex-session-sync.',
  },
  stale_plan: {
    exit: 'stopped',
    means: 'The home or the package has changed between the plan and its execution.',
    matters: 'The plan that was shown is not what would happen now. Everything is as it was.',
    remedy: 'Look at a new dry run, then execute that.',
  },
  transaction_not_reversible: {
    exit: 'stopped',
    means: 'The transaction is rolled back already, or was never completed.',
    matters: UNTOUCHED,
    remedy: '`list-transactions` shows which are completed; an interrupted one is for `recover --execute`.',
  },
  recovery_blocked: {
    exit: 'stopped',
    means:
      'An interrupted transaction cannot be undone for some sessions: somebody has gone on with their files, or a Codex holds them. Or a journal that may be of one cannot be read.',
    matters: 'What was undone is undone. Until the rest is, no command writes to this home.',
    remedy:
      'Close the sessions in Codex, look at the files that the message names, then run `recover --execute` again. A journal that cannot be read it puts aside.',
  },
  no_space: {
    exit: 'stopped',
    means: 'The disk of the home, or that of its databases, has less room than the run needs, or what this user may use is full.',
    matters: 'It is looked at before the first write; where it fills up meanwhile, what was begun is taken back.',
    remedy: 'Make room, or sync fewer sessions at once with `--thread-id`.',
  },
  not_permitted: {
    exit: 'stopped',
    means: 'The system does not let this process read or write a place: a sandbox, a read-only disk, or rights of files.',
    matters: TAKEN_BACK,
    remedy:
      "Inside Codex's sandbox ask for the approval to run the command outside it. Elsewhere give this user the right to the place that the message names.",
  },
  too_many_files: {
    exit: 'stopped',
    means: 'The process, or the whole system, has as many files open as it may.',
    matters: TAKEN_BACK,
    remedy: 'Raise the limit (`ulimit -n`) or end other programs, then run the same command again.',
  },
  io_error: {
    exit: 'stopped',
    means:
      'A disk or a file system did not answer as it should: a failing disk, a network folder that is gone, a file that is locked.',
    matters: TAKEN_BACK,
    remedy: 'Look after the disk that the message names, then run the same command again; `recover --execute` if it says so.',
  },
  not_relocatable: {
    exit: 'stopped',
    means: 'Nothing that this tool may write makes the Codex of this home resume the session in another folder.',
    matters:
      'Up to 0.150 Codex goes by the first line of a session, which is never rewritten; later by its settings, and this one has none.',
    remedy: 'Do what the hint says: update Codex, or resume the session in the other folder with `codex resume ID --cd FOLDER`.',
  },
  codex_failed: {
    exit: 'findings',
    means: 'The Codex binary that was asked did not start, or answered with an error.',
    matters: 'Only `verify --with-codex` asks one; what is on the disk was checked without it.',
    remedy: 'Start that Codex by hand with the same home and read what it says; `doctor` looks at its database.',
  },
} satisfies Record<string, Explanation & { exit: Exit }>;

export type ErrorCode = keyof typeof ERRORS;
