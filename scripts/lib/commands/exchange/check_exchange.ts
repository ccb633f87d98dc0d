// Reads all that machines have published, and says what of it is not there or not right. Changes nothing.

import type { CodexHome } from '../../adapters/codex_home/codex_home.ts';
import { PackReader } from '../../adapters/exchange/packs.ts';
import { packsOf, type SessionEntry } from '../../domain/exchange/commit.ts';
import { packPlace } from '../../domain/exchange/place_layout.ts';
import { type Finding, finding } from '../../domain/findings/finding.ts';
import { type Member, withMember } from '../membership/membership.ts';
import { readMachines } from '../membership/read_machines.ts';

/** `bytes`: of the contents that were read, decoded. */
export type ExchangeCheck = { sessions: number; packs: number; bytes: number; findings: Finding[] };

export const checkExchange = (home: CodexHome, now: Date): Promise<ExchangeCheck> =>
  withMember(home, { keeps: false }, async (member) => {
    const check: ExchangeCheck = { sessions: 0, packs: 0, bytes: 0, findings: await readMachines(member, now) };
    const packs = new Set<string>();
    for (const { machine } of member.state.machines())
      for (const entry of member.state.entriesOf(machine)) {
        const places = packsOf(entry).map((one) => packPlace(one.machine, one.pack));
        await member.files.place.fetch(places);
        for (const place of places) packs.add(place);
        check.sessions++;
        check.bytes += await checkEntry(entry, member, check.findings);
      }
    return { ...check, packs: packs.size };
  });

/** Bytes of it that are right. */
async function checkEntry(entry: SessionEntry, { files }: Member, findings: Finding[]): Promise<number> {
  const reader = new PackReader(files);
  const bad = new Set<string>();
  let bytes = 0;
  for (const piece of [...entry.rollouts, ...entry.images].flatMap(({ pieces }) => pieces)) {
    const read = await reader.read(piece);
    if (read) bytes += read.length;
    else bad.add(packPlace(piece.machine, piece.pack));
  }
  for (const where of bad) {
    findings.push(
      finding('delivery_pending', where, `${files.whyUnread(where)}; ${entry.thread_id} needs it`, {
        thread_id: entry.thread_id,
      }),
    );
  }
  return bytes;
}
