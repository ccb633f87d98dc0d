// What of a transaction still holds: a rollback takes sessions and skills out of it, and a rollback of that rollback brings them back.

import type { JournaledOperation, JournalFolder, JournalManifest } from '../../adapters/journal/journal_folder.ts';
import { isCommitted, type ScannedJournal } from '../../adapters/journal/journal_scan.ts';
import { hasErrorCode } from '../../domain/codes/errors.ts';
import { ownerOf, ownerOfSkill } from '../../domain/operation/operation.ts';
import { because, type Reason } from '../../domain/reasons/reason.ts';

/** A transaction that reached its commit point, rolled back since or not. `owners` are its sessions and skills. */
export type CommittedTransaction = {
  folder: JournalFolder;
  manifest: JournalManifest;
  owners: ReadonlySet<string>;
  /** Read at the first question, and once. */
  touched(): Touched | null;
};

/** `all`: owners of its operations; `changed`: those of which it changed more than the sidecar's rows. Null where the operations cannot be read. */
type Touched = { all: ReadonlySet<string>; changed: ReadonlySet<string> };

/** Newest first. */
export const historyOf = (journals: ScannedJournal[]): CommittedTransaction[] =>
  journals.filter(isCommitted).map(({ folder, manifest }) => committedOf(folder, manifest));

/** Nothing is known of what they changed. */
export const warnOfUnreadable = (journals: ScannedJournal[]): string[] =>
  journals.flatMap(({ folder, problem }) =>
    problem ? [`transaction ${folder.id} cannot be read and is ignored: ${problem.message}`] : [],
  );

function committedOf(folder: JournalFolder, manifest: JournalManifest): CommittedTransaction {
  let touched: Touched | null | undefined;
  return {
    folder,
    manifest,
    owners: new Set(ownersIn(manifest)),
    touched: () => {
      if (touched === undefined) touched = touchedIn(folder);
      return touched;
    },
  };
}

/** A skill has an owner's name that no thread has. */
const ownersIn = ({ threads, skills = [] }: Pick<JournalManifest, 'threads' | 'skills'>): string[] => [
  ...threads.map(({ thread_id }) => thread_id),
  ...skills.map(({ name }) => ownerOfSkill(name)),
];

function touchedIn(folder: JournalFolder): Touched | null {
  const [all, changed] = [new Set<string>(), new Set<string>()];
  const operations = readOrNull(folder);
  if (!operations) return null;
  for (const entry of operations) {
    const [owner, { operation }] = [ownerOf(entry), entry];
    if (owner === null) continue;
    all.add(owner);
    if (operation.kind !== 'row' || operation.database !== 'sidecar') changed.add(owner);
  }
  return { all, changed };
}

function readOrNull(folder: JournalFolder): JournaledOperation[] | null {
  try {
    return folder.readOperations();
  } catch (error) {
    if (hasErrorCode(error, 'malformed_document')) return null;
    throw error;
  }
}

/** No rollback that is itself in effect has taken it back. */
export const isInEffect = (history: CommittedTransaction[], transactionId: string, owner: string): boolean =>
  !history.some(
    ({ manifest, owners }) =>
      manifest.rolls_back === transactionId && owners.has(owner) && isInEffect(history, manifest.transaction_id, owner),
  );

/** Whether anything of it is. Nothing is known of one whose operations cannot be read. */
export const hasEffect = (history: CommittedTransaction[], { manifest, touched }: CommittedTransaction): boolean =>
  [...(touched()?.all ?? [])].some((owner) => isInEffect(history, manifest.transaction_id, owner));

/**
 * The newest later transaction that still changes a session or a skill of this one, as the reason not to roll it back. A later one and its
 * rollback cancel each other; one that wrote only the sidecar is in nobody's way.
 */
export function laterChange(history: CommittedTransaction[], transactionId: string, owner: string): Reason | null {
  const found = history.find(
    ({ manifest: { transaction_id, rolls_back }, owners, touched }) =>
      transaction_id > transactionId &&
      (rolls_back === null || rolls_back < transactionId) &&
      owners.has(owner) &&
      isInEffect(history, transaction_id, owner) &&
      touched()?.changed.has(owner) === true,
  );
  if (!found) return null;
  const { transaction_id } = found.manifest;
  return because('later_transaction', `transaction ${transaction_id} changed it later: roll that back first`);
}
