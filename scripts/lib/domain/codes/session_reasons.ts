import type { Explanation } from './explanation.ts';

const NEVER_TAKES_BACK = 'An old package never takes anything back.';
const LEFT_OUT = 'The session is left out, the others are handled.';
const PACK_AGAIN = 'Have it packed again; `verify` on the machine that it came from shows a damaged rollout.';
const STAYS = 'It stays as it is; the other sessions of the transaction can go back (`rollback --thread-id ID`).';
const LATER = 'Close the session in Codex and run the same command again.';

/** Why a session is what it is, or why it is left alone: what `reason` says in a sentence, under a name. */
export const SESSION_REASONS = {
  no_kin: {
    means: 'No session here shares a line with the incoming one that only this conversation can have.',
    matters: 'It is created.',
    remedy: 'Nothing.',
  },
  same_id_unrelated: {
    means: 'A session here has the same id, and the two share no history.',
    matters: 'Neither is touched: they are two conversations.',
    remedy: '`--on-collision import-as-new` takes the incoming one as a copy under a new id.',
  },
  same_history: {
    means: 'Both sides hold the same lines.',
    matters: 'There is nothing to add.',
    remedy: 'Nothing.',
  },
  synced_before: {
    means: 'The very same content was synced before, and the file here is as that sync left it.',
    matters: 'Neither side is compared again.',
    remedy: 'Nothing.',
  },
  package_older: {
    means: 'The session here holds all that the package has, and more.',
    matters: NEVER_TAKES_BACK,
    remedy: 'Nothing; pack here to bring the other machine up to date.',
  },
  incoming_longer: {
    means: 'The package holds all that is here, and more.',
    matters: 'What is missing is appended.',
    remedy: 'Nothing.',
  },
  both_went_on: {
    means: 'Both sides share a beginning, and each has lines that the other lacks.',
    matters: 'The incoming side becomes a branch.',
    remedy: 'Go on in either; `sync_extension_points.ts try-classify` shows the first line that differs.',
  },
  another_goes_on: {
    means: 'Two sessions of the package, such as a session and its branch, both go on from the one that is here.',
    matters: 'One of them is added to it, that of the same id first; the other becomes a branch.',
    remedy: 'Go on in either.',
  },
  taken_back_here: {
    means: 'What the package has more was taken back here by a revert.',
    matters: 'It does not come back by itself.',
    remedy: 'Nothing; the earlier file of the session still holds it.',
  },
  went_on_from_taken_back: {
    means: 'The other side went on from turns that were taken back here by a revert.',
    matters: 'The two have parted: the incoming side becomes a branch.',
    remedy: 'Go on in either.',
  },
  local_chain_broken: {
    means: 'The session here is a fork or a revert, and the rollout that it continues is gone or does not fit any more.',
    matters: 'Codex refuses to open it, or leaves turns out, so the incoming session becomes a branch that it can open.',
    remedy: 'Go on in the branch, or bring the missing rollout back; `verify` names it.',
  },
  format_migration: {
    means: 'The two sides hold the history in different forms (legacy and paginated), compared by what they say.',
    matters: 'One file cannot hold both forms, so incoming turns may become a branch.',
    remedy: 'Nothing; `--convert-history legacy` writes new sessions for a Codex before 0.147.',
  },
  numbers_missing: {
    means: 'The rollout here is a paginated one, and none of its lines has an ordinal that can be counted on from.',
    matters: 'Codex cannot open it, and nothing can be added behind it: incoming turns become a branch, which is numbered.',
    remedy: 'Go on in the branch.',
  },
  deleted_here: {
    means: 'A sync had brought the session, and it was deleted here since.',
    matters: 'A package does not bring it back by itself.',
    remedy: '`sync --resurrect` brings it back.',
  },
  brought_back: {
    means: 'The session was deleted here, and `--resurrect` was given.',
    matters: 'It is created again.',
    remedy: 'Nothing.',
  },
  copied_with_parent: {
    means: 'The session that spawned it is here under another id.',
    matters: 'It becomes a copy below that one, so that the tree stays whole.',
    remedy: 'Nothing.',
  },
  extension_decided: {
    means: 'An extension made a more careful decision than the built-in one; the reason names it.',
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
    matters: `Nobody can tell which of them is meant. ${LEFT_OUT}`,
    remedy: PACK_AGAIN,
  },
  not_a_session: {
    means: 'A row of the package has no thread id, or names no rollout of that thread.',
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
  rollout_unreadable: {
    means: 'The disk does not give the rollout back, or this user may not read it.',
    matters: LEFT_OUT,
    remedy: 'The reason names what the system said; give the right to read, or have it packed again.',
  },
  unfit_first_line: {
    means: 'The first line of the rollout lacks what Codex requires, or belongs to another thread.',
    matters: `Codex would refuse it. ${LEFT_OUT}`,
    remedy: PACK_AGAIN,
  },
  unknown_history_mode: {
    means: 'The first line names a form of history that this version does not know.',
    matters: `A newer Codex wrote it, and nothing is guessed. ${LEFT_OUT}`,
    remedy: 'Update codex-session-sync.',
  },
  chain_broken: {
    means: 'The session continues a part of another rollout, and that is neither in the package nor here, or too short.',
    matters: LEFT_OUT,
    remedy: 'Have it packed again together with the session that it was forked from.',
  },
  local_unreadable: {
    means: 'A session here that the incoming one would be compared with is damaged.',
    matters: LEFT_OUT,
    remedy: 'Mend or remove the file that the reason names, and sync again.',
  },
  this_session: {
    means: 'The command runs inside this very session.',
    matters: 'Codex writes to it at any moment, so it is left alone.',
    remedy: 'Run the command from another session or from a terminal.',
  },
  open_in_codex: {
    means: 'A running Codex has the session, or its file, open.',
    matters: 'It is left alone, so that no turn is lost.',
    remedy: LATER,
  },
  unchanged_since: {
    means: 'The session, or the skill, is as the transaction left it.',
    matters: 'It goes back to what it was before; a skill is taken away.',
    remedy: 'Nothing; the rollback can be rolled back.',
  },
  later_transaction: {
    means: 'A later transaction changed the session, or the skill; the reason names it.',
    matters: STAYS,
    remedy: 'Roll the later one back first.',
  },
  rollout_gone: {
    means: 'The rollout that the transaction wrote is not there any more.',
    matters: STAYS,
    remedy: 'Nothing, where it was deleted; where it was archived, take it out of the archive and try again.',
  },
  rewritten_since: {
    means: 'The bytes that the transaction wrote read otherwise now.',
    matters: STAYS,
    remedy: 'Bring the file back from a backup, or leave it.',
  },
  went_on_since: {
    means: 'Somebody went on in the session after the transaction.',
    matters: `A rollback would take those turns away. ${STAYS}`,
    remedy: 'Nothing: the turns are worth more than the rollback.',
  },
  reverted_since: {
    means: 'The session was reverted in Codex after the transaction, and its newer file continues the older one.',
    matters: STAYS,
    remedy: 'Nothing: without the older file Codex could not open the session.',
  },
  forked_since: {
    means: 'A session that was forked from it since continues its rollout; the reason names it.',
    matters: `Without that rollout Codex could not open the fork. ${STAYS}`,
    remedy: 'Delete the fork first, where it is not wanted.',
  },
  moved_since: {
    means: 'The row names another rollout than the transaction wrote: it was reverted or archived since.',
    matters: STAYS,
    remedy: 'Take it out of the archive and try again.',
  },
  row_changed_since: {
    means: 'Its name, its pin, its section or its archive state was changed in Codex since.',
    matters: STAYS,
    remedy: 'Change it back in Codex and try again, or leave it.',
  },
  database_made_since: {
    means:
      'The transaction had set the database aside, and Codex has made one of its own since, which names the file where it lies now.',
    matters: `The file cannot go back to where it was. ${STAYS}`,
    remedy: 'Nothing; the old database stays in the journal. Take the session out of the archive in Codex, where that is wanted.',
  },
  newly_adopted: {
    means: 'No lineage knew the session.',
    matters: 'It has one now, and packages of it are compared with it at once.',
    remedy: 'Nothing.',
  },
  already_known: {
    means: 'A lineage knows the session already.',
    matters: 'Nothing has to be remembered; only its row may be mended.',
    remedy: 'Nothing.',
  },
  session_gone: {
    means: 'The journals know the session, and it is not here any more.',
    matters: 'The sidecar remembers that it was deleted, so packages do not bring it back by themselves.',
    remedy: 'Nothing; `sync --resurrect` brings it back.',
  },
  point_past_end: {
    means: 'The rollout is shorter than that transaction left it.',
    matters: 'The newest state that the file still bears out counts.',
    remedy: 'Nothing; the next package brings what is missing.',
  },
  point_changed: {
    means: 'What that transaction wrote into the rollout reads otherwise now.',
    matters: 'The next sync compares the content anew.',
    remedy: 'Nothing, or bring the file back from a backup first.',
  },
} satisfies Record<string, Explanation>;
