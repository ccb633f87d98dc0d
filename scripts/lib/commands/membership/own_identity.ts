// Whether this machine is still the only one with its id. A disk that was cloned, or a home that came back from a backup, finds commits under its
// own id that it has not written, and takes another id: no two machines write below one folder.

import { randomUUID } from 'node:crypto';
import { commitsFolder, parseCommitName } from '../../domain/exchange/place_layout.ts';
import { type Finding, finding } from '../../domain/findings/finding.ts';
import { writeCard } from './machine_card.ts';
import type { Member } from './membership.ts';

export async function keepIdentity(member: Member, now: Date): Promise<Finding[]> {
  const { state, files } = member;
  const { machine, label, intended } = member.membership;
  const own = state.ownCommits();
  const here = files.namesIn(commitsFolder(machine)).filter((name) => parseCommitName(name) !== null);
  // A run that was killed between a commit and its note has written that one.
  const strange = here.filter((name) => !own.has(name) && name !== intended);
  if (strange.length === 0) {
    if (intended !== null && here.includes(intended) && !own.has(intended)) state.addOwnCommit(intended);
    return publishAnewWhereLost(member, here);
  }
  const another = randomUUID();
  if (member.keeps) {
    await writeCard(another, label, files, now);
    await files.place.publish(another);
  }
  state.atOnce(() => state.becomeAnother(another));
  member.membership = { ...state.membership };
  const what = 'it holds commits that this home has not made: the disk was cloned, or the home came back from a backup';
  return [
    finding(
      'machine_cloned',
      commitsFolder(machine),
      `${what}; ${member.keeps ? `this machine is ${another} from now on` : 'the next run that writes takes another id'}`,
    ),
  ];
}

/** A place that came back from a backup has lost what this machine published last: it is published again, or others would wait for it for ever. */
function publishAnewWhereLost({ state, membership: { machine } }: Member, here: readonly string[]): Finding[] {
  const own = state.machines().find((one) => one.machine === machine);
  if (!own?.head || here.includes(own.head)) return [];
  state.atOnce(() => state.publishAnew(own));
  const where = `${commitsFolder(machine)}/${own.head}`;
  return [finding('delivery_pending', where, 'the place has lost it; the next push publishes all of this machine again')];
}
