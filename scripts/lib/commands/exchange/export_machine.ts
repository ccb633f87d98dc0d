// A package of what one machine has published, which codex-session-transfer installs and `sync` takes.

import type { CodexHome } from '../../adapters/codex_home/codex_home.ts';
import { writeExchangePackage } from '../../adapters/exchange/exchange_package.ts';
import { PackReader } from '../../adapters/exchange/packs.ts';
import { inNewPackageFolder } from '../../adapters/package/new_package_folder.ts';
import { SyncError } from '../../domain/codes/errors.ts';
import { packsOf, type SessionEntry } from '../../domain/exchange/commit.ts';
import { packPlace } from '../../domain/exchange/place_layout.ts';
import { withMember } from '../membership/membership.ts';
import { readMachines } from '../membership/read_machines.ts';
import { placeFor } from '../packup/packup.ts';
import { findMachine } from './machines.ts';

/** `pending`: threads of which not all has arrived; they are not in the package. */
export type Exported = { output: string; machine: string; label: string; sessions: SessionEntry[]; pending: string[] };

export const exportMachine = (home: CodexHome, named: string, output: string, now: Date): Promise<Exported> =>
  withMember(home, { keeps: false }, async (member) => {
    const target = placeFor(output, home);
    await readMachines(member, now);
    const { state, files } = member;
    const { machine, label } = findMachine(member, named, { own: true });
    const entries = [...state.entriesOf(machine)];
    if (entries.length === 0)
      throw new SyncError('nothing_selected', `${label} has published nothing.`, { where: member.membership.place });
    await files.place.fetch(entries.flatMap(packsOf).map((one) => packPlace(one.machine, one.pack)));
    const sessions = await inNewPackageFolder(target, (folder) =>
      writeExchangePackage(folder, entries, new PackReader(files), { label, createdAt: now.toISOString() }),
    );
    const pending = entries.filter((entry) => !sessions.includes(entry)).map(({ thread_id }) => thread_id);
    return { output: target, machine, label, sessions, pending };
  });
