import { expect } from 'vitest';
import type { Machine } from './codex_home.ts';
import { hasDoctor } from './codex_versions.ts';
import { doctorComplaints, newComplaints } from './doctor.ts';
import type { Lab } from './lab.ts';
import { conversationFrom } from './model_request.ts';
import { askCodex, type Proof } from './oracle.ts';

/**
 * What one session must be, in the eyes of real Codex. A name is only looked at where one is given.
 * `history`: what the model must know where that does not follow from the prompts (after a compaction).
 * `revertedHere`: this home's Codex reverted it; it lists every file of such a thread itself (0.153.4 to 0.169.0).
 */
export type Whole = {
  threadId: string;
  prompts: readonly string[];
  name?: string | null;
  history?: readonly string[];
  revertedHere?: boolean;
};

/**
 * Every session is listed once and in the folder, reads all its turns, resumes there, takes a new turn whose request
 * carries the entire history, and works in the folder; and `codex doctor` has nothing to say that it did not say before.
 */
export async function expectWhole(
  lab: Lab,
  machine: Machine,
  folder: string,
  sessions: readonly Whole[],
  complaintsBefore: readonly string[],
): Promise<Proof[]> {
  const proofs = await askCodex(
    machine,
    lab.model,
    folder,
    sessions.map((session) => session.threadId),
  );
  const shown = sessions.map(({ name }, index) => withoutTime(proofs[index]!, name !== undefined));
  expect(shown).toEqual(sessions.map((session) => wholeProof(session, folder)));
  if (hasDoctor(machine.version)) expect(newComplaints(complaintsBefore, await doctorComplaints(machine))).toEqual([]);
  return proofs;
}

const withoutTime = ({ updatedAt: _, name, ...proof }: Proof, withName: boolean): object =>
  withName ? { ...proof, name } : proof;

const wholeProof = ({ threadId, prompts, name, history, revertedHere }: Whole, folder: string): object => ({
  listed: revertedHere ? expect.any(Boolean) : true,
  listedInFolder: revertedHere ? expect.any(Boolean) : true,
  listedFromDatabase: true,
  ...(name === undefined ? {} : { name }),
  resumed: { turns: prompts, cwd: folder },
  read: prompts,
  nextTurn: { status: 'completed', knownAs: threadId, history: history ?? conversationFrom(prompts), ranIn: folder },
});
