import type { Explanation } from '../codes/explanation.ts';

const NEVER_TAKES_BACK = 'An old package never reverts anything.';
const LEFT_OUT = 'The session is skipped, the others are handled.';
const PACK_AGAIN = 'Ask for a new package; `verify` on the sending machine shows a damaged rollout.';
const STAYS = 'It stays unchanged; the other sessions of the transaction can be rolled back (`rollback --thread-id ID`).';
const LATER = 'Close the session in Codex and run the same command again.';

/** Why a session is what it is, or why it is left alone: what `reason` says in a sentence, under a name. */
export const SESSION_REASONS = {
  no_kin: {
    means: 'No local session shares a line with the incoming one that only this conversation can have.',
    matters: 'It is created.',
    remedy: 'Nothing.',
  },
  same_id_unrelated: {
    means: 'A local session has the same id, but the two share no history.',
    matters: 'They are two conversations, so nothing is changed.',
    remedy: '`--on-collision import-as-new` imports the incoming one as a copy under a new id.',
  },
  same_id_as_revert: {
    means: 'A file that a revert made for another local session has the same id.',
    matters: 'Codex finds what forks continue by that id, so a session of that id would hide their turns. Nothing is changed.',
    remedy: '`--on-collision import-as-new` imports the incoming one as a copy under a new id.',
  },
  same_history: {
    means: 'Both sides have the same lines.',
    matters: 'There is nothing to add.',
    remedy: 'Nothing.',
  },
  synced_before: {
    means: 'The same content was synced before, and the local file is as that sync left it.',
    matters: 'The two sides are not compared again.',
    remedy: 'Nothing.',
  },
  package_older: {
    means: 'The local session has all lines of the package, and more.',
    matters: NEVER_TAKES_BACK,
    remedy: 'Nothing; to update the other machine, pack the local session.',
  },
  incoming_longer: {
    means: 'The package has all local lines, and more.',
    matters: 'The missing lines are appended.',
    remedy: 'Nothing.',
  },
  both_went_on: {
    means: 'Both sides share a beginning, and each has lines that the other lacks.',
    matters: 'The incoming side becomes a branch.',
    remedy: 'Continue either; `sync_extension_points.ts try-classify` shows the first line that differs.',
  },
  another_goes_on: {
    means: 'Two sessions of the package, such as a session and its branch, both continue the local one.',
    matters: 'One is appended to it, preferably the one with the same id; the other becomes a branch.',
    remedy: 'Continue either.',
  },
  taken_back_here: {
    means: 'The extra turns of the package were reverted locally.',
    matters: 'They do not return on their own.',
    remedy: 'Nothing; the earlier file of the session still has them.',
  },
  went_on_from_taken_back: {
    means: 'The other side continued turns that were reverted locally.',
    matters: 'The two have diverged: the incoming side becomes a branch.',
    remedy: 'Continue either.',
  },
  local_chain_broken: {
    means: 'The local session is a fork or a revert, and the rollout that it continues is missing or has changed.',
    matters: 'Codex refuses to open it or omits turns, so the incoming session becomes a branch that it can open.',
    remedy: 'Continue the branch, or restore the missing rollout; `verify` names it.',
  },
  format_migration: {
    means: 'The two sides have the history in different forms (legacy and paginated), which are compared by content.',
    matters: 'One file cannot hold both forms, so incoming turns may become a branch.',
    remedy: 'Nothing; `--convert-history legacy` writes new sessions for a Codex before 0.147.',
  },
  numbers_missing: {
    means: 'The local rollout is paginated, but no line has an ordinal to continue from.',
    matters: 'Codex cannot open it, and nothing can be appended: incoming turns become a numbered branch.',
    remedy: 'Continue the branch.',
  },
  deleted_here: {
    means: 'A sync created the session, and it was later deleted locally.',
    matters: 'A package does not restore it on its own.',
    remedy: '`sync --resurrect` restores it.',
  },
  brought_back: {
    means: 'The session was deleted locally, and `--resurrect` was given.',
    matters: 'It is created again.',
    remedy: 'Nothing.',
  },
  local_damaged: {
    means:
      'The local file has lines that are no records, or a first line that Codex refuses, and the backup has all that can still be read of it.',
    matters: 'It is created again under its id. The damaged file goes to the journal, and a rollback puts it back.',
    remedy: 'Nothing.',
  },
  copied_with_parent: {
    means: 'The session that spawned it has another local id.',
    matters: 'It becomes a copy below that session, so that the tree stays complete.',
    remedy: 'Nothing.',
  },
  extension_decided: {
    means: 'An extension decided more carefully than the built-in rule; the reason names it.',
    matters: 'The session is handled as the extension says.',
    remedy: 'Run without `--extension` to see the built-in decision.',
  },
  extension_left_out: {
    means: 'An extension refused the session; the reason names it.',
    matters: LEFT_OUT,
    remedy: 'Run without `--extension` to see the built-in decision.',
  },
  named_twice: {
    means: 'The metadata of the package names the same thread more than once.',
    matters: `It is unclear which one is meant. ${LEFT_OUT}`,
    remedy: PACK_AGAIN,
  },
  not_a_session: {
    means: 'A row of the package has no thread id, or does not name a rollout of that thread.',
    matters: LEFT_OUT,
    remedy: PACK_AGAIN,
  },
  rollout_not_packed: {
    means: 'The rollout is not in the package, or is a link, a folder or a device.',
    matters: `Links are not followed. ${LEFT_OUT}`,
    remedy: PACK_AGAIN,
  },
  malformed_rollout: {
    means: 'The rollout cannot be read as lines of JSON: it is damaged, not UTF-8, or larger than the limits.',
    matters: LEFT_OUT,
    remedy: PACK_AGAIN,
  },
  not_downloaded: {
    means: 'OneDrive, Dropbox or iCloud shows the rollout, but its content is not on this disk.',
    matters: `It is not read, because that would fetch it. ${LEFT_OUT}`,
    remedy: 'Make the folder available offline (`Always keep on this device`), and run the same command again.',
  },
  rollout_unreadable: {
    means: 'The rollout cannot be read from disk, or this user may not read it.',
    matters: LEFT_OUT,
    remedy: "The reason gives the system's message; grant read access, or ask for a new package.",
  },
  unfit_first_line: {
    means: 'The first line of the rollout lacks what Codex requires, or belongs to another thread.',
    matters: `Codex would refuse it. ${LEFT_OUT}`,
    remedy: PACK_AGAIN,
  },
  unknown_history_mode: {
    means: 'The first line names a history form that this version does not know.',
    matters: `A newer Codex wrote it, and the tool does not guess. ${LEFT_OUT}`,
    remedy: 'Update codex-session-sync.',
  },
  chain_broken: {
    means: 'The session continues part of another rollout, which is neither in the package nor on this machine, or is too short.',
    matters: LEFT_OUT,
    remedy: 'Ask for a package that includes the session it was forked from.',
  },
  local_unreadable: {
    means: 'A local session to compare with is damaged.',
    matters: LEFT_OUT,
    remedy: 'Repair or remove the file that the reason names, then sync again.',
  },
  local_not_writable: {
    means:
      'This user may not write the local rollout that the incoming lines belong in: its mode, its owner, or a read-only disk.',
    matters: LEFT_OUT,
    remedy: 'Make the file that the reason names writable (`chmod u+w`, `chown`), then sync again.',
  },
  place_taken: {
    means: 'Something is where the rollout of the session, or a folder above it, belongs.',
    matters: `Nothing is overwritten. ${LEFT_OUT}`,
    remedy: 'Move what the reason names out of the way, and sync again.',
  },
  this_session: {
    means: 'The command runs inside this session.',
    matters: 'Codex may write to it at any moment, so it is left alone.',
    remedy: 'Run the command from another session or from a terminal.',
  },
  open_in_codex: {
    means: 'A running Codex has the session, or its file, open.',
    matters: 'It is left alone, so that no turn is lost.',
    remedy: LATER,
  },
  unchanged_since: {
    means: 'The session, or the skill, is as the transaction left it.',
    matters: 'It is restored to its previous state; a skill is removed.',
    remedy: 'Nothing; the rollback can be rolled back.',
  },
  later_transaction: {
    means: 'A later transaction changed the session, or the skill; the reason names it.',
    matters: STAYS,
    remedy: 'Roll the later one back first.',
  },
  rollout_gone: {
    means: 'The rollout that the transaction wrote no longer exists.',
    matters: STAYS,
    remedy: 'If it was archived, unarchive it and try again. If it was deleted, nothing.',
  },
  rewritten_since: {
    means: 'The bytes that the transaction wrote have changed.',
    matters: STAYS,
    remedy: 'Restore the file from a backup, or leave it.',
  },
  went_on_since: {
    means: 'The session was continued after the transaction.',
    matters: `A rollback would remove those turns. ${STAYS}`,
    remedy: 'Nothing: the turns are worth more than the rollback.',
  },
  reverted_since: {
    means: 'The session was reverted in Codex after the transaction, and its newer file continues the older one.',
    matters: STAYS,
    remedy: 'Nothing: without the older file Codex could not open the session.',
  },
  forked_since: {
    means: 'A session that was forked from it later continues its rollout; the reason names it.',
    matters: `Without that rollout Codex could not open the fork. ${STAYS}`,
    remedy: 'Delete the fork first if you do not need it.',
  },
  moved_since: {
    means: 'The row names a different rollout than the transaction wrote: the session was reverted or archived later.',
    matters: STAYS,
    remedy: 'Unarchive it and try again.',
  },
  row_changed_since: {
    means: 'Its name, pin, section or archive state was changed in Codex later.',
    matters: STAYS,
    remedy: 'Change it back in Codex and try again, or leave it.',
  },
  database_made_since: {
    means:
      'The transaction set the database aside, and Codex has since created its own, which names the file at its present path.',
    matters: `The file cannot return to its old path. ${STAYS}`,
    remedy: 'Nothing; the old database stays in the journal. Unarchive the session in Codex if you want.',
  },
  newly_adopted: {
    means: 'The session had no lineage.',
    matters: 'It has one now, so packages are compared with it directly.',
    remedy: 'Nothing.',
  },
  already_known: {
    means: 'The session already has a lineage.',
    matters: 'Nothing needs recording; only its row may be repaired.',
    remedy: 'Nothing.',
  },
  session_gone: {
    means: 'The journals know the session, and it no longer exists.',
    matters: 'The sidecar remembers the deletion, so packages do not restore it on their own.',
    remedy: 'Nothing; `sync --resurrect` restores it.',
  },
  point_past_end: {
    means: 'The rollout is shorter than that transaction left it.',
    matters: 'The newest state that the file still confirms counts.',
    remedy: 'Nothing; the next package adds what is missing.',
  },
  point_changed: {
    means: 'What that transaction wrote into the rollout has changed.',
    matters: 'The next sync compares the content again.',
    remedy: 'Nothing, or restore the file from a backup first.',
  },
} satisfies Record<string, Explanation>;
