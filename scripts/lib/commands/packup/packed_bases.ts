// What packed sessions continue goes along, whatever the selection says: without it they are nothing.

import type { LocalHome } from '../../adapters/local_sessions/local_home.ts';
import { localChain } from '../../adapters/local_sessions/local_rollout.ts';
import type { PresentSession } from '../../adapters/local_sessions/local_session.ts';
import { baseName, parseRolloutName } from '../../domain/ids/rollout_name.ts';

/** The beginning of a rollout, up to byte `to`, that packed sessions continue. */
export type PackedBase = { file: string; to: number };

export type WithBases = { complete: PresentSession[]; bases: PackedBase[]; warnings: string[] };

/** Sessions whose chain is broken are left out: nobody could read them. */
export function addBases(local: LocalHome, chosen: PresentSession[]): WithBases {
  const found: WithBases = { complete: [], bases: [], warnings: [] };
  const ends = new Map<string, number>();
  for (const session of chosen) {
    const chain = localChain(local, session.file);
    if (chain.fault) {
      found.warnings.push(`${session.threadId} is left out: ${chain.fault.reason}`);
      continue;
    }
    found.complete.push(session);
    for (const { file, to } of chain.ranges) if (file !== session.file) ends.set(file, Math.max(to, ends.get(file) ?? 0));
  }
  const packed = new Set(found.complete.map(({ file }) => file));
  found.bases = [...ends].filter(([file]) => !packed.has(file)).map(([file, to]) => ({ file, to }));
  found.warnings.push(...found.bases.map(describeBase));
  return found;
}

function describeBase({ file, to }: PackedBase): string {
  const name = parseRolloutName(baseName(file));
  return `rollout ${name?.rolloutId ?? baseName(file)} is included up to byte ${to}, because a packed session continues it`;
}
