import type { Explanation } from './explanation.ts';

const UNTOUCHED = 'Nothing was written.';
const TAKEN_BACK = 'Started changes were undone, or remain as an interrupted transaction that the next writing command undoes.';

/** How a command ends that did not do all that was asked; the command line has a number for each. */
export type Exit = 'bug' | 'decision' | 'busy' | 'usage' | 'stopped' | 'findings' | 'interrupted';

/** Every error that ends a command. */
export const ERRORS = {
  internal: {
    exit: 'bug',
    means: 'The tool reached an unexpected state, which is a bug.',
    matters: 'A running transaction was undone or remains as an interrupted one; no conversation is lost.',
    remedy: 'Run `recover --execute`, then report the stack trace from stderr, without conversation text.',
  },
  interrupted: {
    exit: 'interrupted',
    means: 'A signal stopped the run: Ctrl-C, a closed terminal, or `kill`.',
    matters: 'Started changes were undone; the home is as before.',
    remedy: 'Run the same command again. After a second Ctrl-C, `recover --execute` undoes what is left.',
  },
  usage: {
    exit: 'usage',
    means: 'A flag, an id or a value of the command line is wrong.',
    matters: UNTOUCHED,
    remedy: 'The message names the flag; `COMMAND --help` lists what a command accepts.',
  },
  configuration_invalid: {
    exit: 'usage',
    means:
      'The configuration file of this tool is missing where it was named, is not TOML, or has keys or values that it cannot have.',
    matters: UNTOUCHED,
    remedy:
      'The message names the lines; `config validate` shows all that is wrong, and `config init` writes a file with every key.',
  },
  no_exchange: {
    exit: 'usage',
    means: 'This Codex home takes part in no exchange.',
    matters: UNTOUCHED,
    remedy: 'Run `exchange init PLACE` with the folder that your machines share.',
  },
  exchange_missing: {
    exit: 'stopped',
    means:
      'The exchange is not where it was: a disk or share is not mounted, a folder has not been downloaded, or it was emptied.',
    matters: 'An empty place never means that sessions were deleted. Nothing was written, here or there.',
    remedy: 'Mount the place or wait until it has been downloaded, then run the same command again.',
  },
  exchange_another: {
    exit: 'stopped',
    means: 'Another exchange lies where this home expects its own.',
    matters: UNTOUCHED,
    remedy:
      'Check which folder is mounted there. To move to the other exchange, run `exchange leave`, then `exchange init` again.',
  },
  exchange_unreadable: {
    exit: 'stopped',
    means: 'The file that says which exchange lies in a place cannot be understood.',
    matters: UNTOUCHED,
    remedy: 'Wait until it has been downloaded, or update codex-session-sync.',
  },
  exchange_place_unusable: {
    exit: 'stopped',
    means: 'The place of the exchange does not keep what is written to it.',
    matters: 'What was published before is not affected; nothing in the Codex home depends on it.',
    remedy: 'Check free space, quota and rights of the place, then run the same command again.',
  },
  not_a_package: {
    exit: 'usage',
    means: 'The folder or archive is not a session package, or its manifest is missing.',
    matters: UNTOUCHED,
    remedy: 'Name the folder that contains `package_manifest.json`, or a `.zip`, `.tar` or `.tar.gz` of it.',
  },
  unsafe_package: {
    exit: 'usage',
    means:
      'A file of the package is a link or a device, or leads outside the package; or an archive has a name twice, a name that some system cannot create, or far more content than a package.',
    matters: 'A package is not trusted: such a file could make the tool read or write elsewhere. Reading stopped there.',
    remedy: 'Get the package again from its source. Do not work around this by unpacking it yourself.',
  },
  archive_unreadable: {
    exit: 'usage',
    means: 'The archive is damaged, truncated, encrypted, or compressed in an unknown way.',
    matters: 'Nothing was written, and unpacked files were removed.',
    remedy: 'Get it again, without a password; or unpack it yourself into a new folder and use that.',
  },
  unsupported_format_version: {
    exit: 'usage',
    means: 'This tool does not know the format version of the package.',
    matters: UNTOUCHED,
    remedy: 'Update codex-session-sync, or ask for a package with format version 1.',
  },
  extension_refused: {
    exit: 'usage',
    means: 'The `--extension` file is missing, does not load, throws, or breaks the extension contract.',
    matters: UNTOUCHED,
    remedy: 'The message says what it breaks; `references/extension-points.md` has the contract.',
  },
  malformed_document: {
    exit: 'usage',
    means: 'A document of the package or of a journal is not JSON, has an unexpected shape, or is too large or too deep.',
    matters: UNTOUCHED,
    remedy: 'The message names file and line. Get the package again; `sidecar-health` shows a broken journal.',
  },
  malformed_rollout: {
    exit: 'usage',
    means: 'A rollout cannot be read safely: a line is too long, or a compressed file is damaged.',
    matters: 'The session is left alone; others are not affected.',
    remedy: 'Get it again from its source, or skip it by naming the others with `--thread-id`.',
  },
  not_downloaded: {
    exit: 'usage',
    means: 'OneDrive, Dropbox or iCloud shows a file whose content is not on this disk.',
    matters: 'It is not read, because that would fetch it, or wait for a network. Other sessions are not affected.',
    remedy: 'Make the folder available offline (`Always keep on this device`), and run the same command again.',
  },
  rollout_unreadable: {
    exit: 'stopped',
    means: 'The system does not give a rollout back: this user has no right to it, or the disk fails there.',
    matters: 'Nothing is done with its session. Other sessions are not affected.',
    remedy:
      'Give this user the right to read it (`chmod u+r`, `chown`), or restore it from a backup, and run the same command again.',
  },
  codex_home_missing: {
    exit: 'usage',
    means: 'There is no Codex home at that path.',
    matters: UNTOUCHED,
    remedy: 'Start Codex once, or name the home with `--codex-home`.',
  },
  not_a_codex_home: {
    exit: 'usage',
    means: 'The folder exists, but contains nothing that Codex creates in its home: no sessions, database or configuration.',
    matters: 'It is left alone, so that a typo in `--codex-home` does not turn another folder into a home.',
    remedy: 'Name the right folder. To make it a home, start Codex once with it, or add `--new-home`.',
  },
  configuration: {
    exit: 'usage',
    means:
      'Something on this machine prevents the run: a native module does not load, a lock file cannot be created, or part of the home is on another disk.',
    matters: UNTOUCHED,
    remedy: 'Run `doctor`; it names what is missing and how to fix it.',
  },
  transaction_not_found: {
    exit: 'usage',
    means: 'No transaction has that id, or there is none that can be rolled back.',
    matters: UNTOUCHED,
    remedy: '`list-transactions` lists them.',
  },
  output_exists: {
    exit: 'usage',
    means: 'The output path already exists.',
    matters: 'Nothing is ever overwritten.',
    remedy: 'Name a new folder with `--output`.',
  },
  package_too_large: {
    exit: 'usage',
    means: 'A metadata file of the new package would exceed what this tool reads.',
    matters: 'Such a package could not be read back, so it was not written.',
    remedy: 'Split the sessions into several packages with `--thread-id` or `--cwd-filter`.',
  },
  backup_damaged: {
    exit: 'usage',
    means: 'The backup is incomplete, or a file in it is not the one that was written.',
    matters: UNTOUCHED,
    remedy: 'Restore another one: `backup list` shows them. Of a folder, `--thread-id` restores the sessions that are whole.',
  },
  backup_not_found: {
    exit: 'usage',
    means: 'There is no such backup, or none of this Codex home.',
    matters: UNTOUCHED,
    remedy: '`backup list` shows those that are there; `--backup-dir` names another folder, `--from` any backup.',
  },
  nothing_selected: {
    exit: 'usage',
    means: 'No session matches the request.',
    matters: UNTOUCHED,
    remedy: 'Run `inspect-package` without `--thread-id`, or check the filter.',
  },
  divergence_aborted: {
    exit: 'decision',
    means: 'Both sides of a session have new lines, and `--on-divergence abort` was given.',
    matters: 'Nothing was written, not even for other sessions.',
    remedy: 'Use `--on-divergence branch` to keep both sides, or `skip` to leave those sessions alone.',
  },
  another_sync_running: {
    exit: 'busy',
    means: 'Another process of this tool is writing to the same home.',
    matters: 'Its lock ends with the process, even if it is killed.',
    remedy: 'Run the same command again later, or with `--wait SECONDS`.',
  },
  database_locked: {
    exit: 'busy',
    means: 'Another program has kept a Codex database or the sidecar locked for 4 seconds.',
    matters: 'Nothing was written, or changes were undone. An open Codex alone never holds a lock that long.',
    remedy: 'Close that program (a database browser, a backup, another tool) and run the same command again.',
  },
  session_busy: {
    exit: 'busy',
    means: 'A running Codex has the session open.',
    matters: 'Writing now would lose turns. Nothing was written.',
    remedy: 'Close the session in Codex and run the same command again.',
  },
  file_in_use: {
    exit: 'busy',
    means: 'Another program has a file open that the run writes, moves or removes, and Windows does not allow that meanwhile.',
    matters: TAKEN_BACK,
    remedy:
      'Close the program that has the file of the message open (an editor, a backup, a virus scanner), then run the same command again.',
  },
  database_unreadable: {
    exit: 'stopped',
    means: 'SQLite cannot open a Codex database or the sidecar.',
    matters: 'Nothing was written, because its content is unknown.',
    remedy: "Run `doctor` for Codex's databases and `sidecar-health` for the sidecar, which can always be rebuilt.",
  },
  home_obstructed: {
    exit: 'stopped',
    means:
      'Something of another kind is where a file or folder of the Codex home belongs: a pipe, a folder, a file, a link to nowhere.',
    matters: TAKEN_BACK,
    remedy: 'Move what the message names out of the way, then run the same command again. `doctor` lists all such places.',
  },
  database_refuses: {
    exit: 'stopped',
    means: 'SQLite refused to read or change a row: the database has a view, a trigger, an index or columns that no Codex makes.',
    matters: TAKEN_BACK,
    remedy: 'Another program has changed the database: undo that, or restore the database from a backup.',
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
    matters: 'The plan that you saw is no longer what would happen. Nothing was changed.',
    remedy: 'Review a new dry run, then execute it.',
  },
  transaction_not_reversible: {
    exit: 'stopped',
    means: 'The transaction is rolled back already, or was never completed.',
    matters: UNTOUCHED,
    remedy: '`list-transactions` shows which are completed; `recover --execute` handles an interrupted one.',
  },
  recovery_blocked: {
    exit: 'stopped',
    means:
      'An interrupted transaction cannot be undone for some sessions, because their files were continued or a Codex has them open. Or a journal that may belong to one cannot be read.',
    matters: 'The rest is undone. Until these are too, no command writes to this home.',
    remedy:
      'Close the sessions in Codex, check the files that the message names, then run `recover --execute` again. It sets unreadable journals aside.',
  },
  no_space: {
    exit: 'stopped',
    means: 'The disk of the home or of its databases has less space than the run needs, or the quota of this user is full.',
    matters: 'Space is checked before the first write; if the disk fills up later, started changes are undone.',
    remedy: 'Free some space, or sync fewer sessions at once with `--thread-id`.',
  },
  not_permitted: {
    exit: 'stopped',
    means: 'The system does not let this process read or write a path: a sandbox, a read-only disk, or file permissions.',
    matters: TAKEN_BACK,
    remedy:
      "Inside Codex's sandbox, ask for approval to run the command outside it. Elsewhere, give this user access to the path in the message.",
  },
  too_many_files: {
    exit: 'stopped',
    means: 'The process or the system has reached its limit of open files.',
    matters: TAKEN_BACK,
    remedy: 'Raise the limit (`ulimit -n`) or end other programs, then run the same command again.',
  },
  no_memory: {
    exit: 'stopped',
    means: 'The system gives this process no more memory, or no more threads.',
    matters: TAKEN_BACK,
    remedy:
      'End other programs, or raise the limit of this process (`ulimit -v`, that of its container), then run the same command again.',
  },
  io_error: {
    exit: 'stopped',
    means: 'A disk or file system failed: a failing disk, a lost network folder, or a locked file.',
    matters: TAKEN_BACK,
    remedy: 'Check the disk in the message, then run the same command again, or `recover --execute` if it says so.',
  },
  not_relocatable: {
    exit: 'stopped',
    means: 'This tool cannot make the Codex of this home resume the session in another folder.',
    matters:
      'Codex up to 0.150 uses the first line of a session, which is never rewritten. Later versions use its settings, and this session has none.',
    remedy: 'Do what the hint says: update Codex, or resume the session in the other folder with `codex resume ID --cd FOLDER`.',
  },
  codex_failed: {
    exit: 'findings',
    means: 'The given Codex binary did not start, or answered with an error.',
    matters: 'Only `verify --with-codex` uses one; `verify` alone checks the disk without it.',
    remedy: 'Start that Codex by hand with the same home and read its message; `doctor` checks its database.',
  },
} satisfies Record<string, Explanation & { exit: Exit }>;

export type ErrorCode = keyof typeof ERRORS;
