// This home takes part in an exchange no more. What it has published stays for the others, and all its sessions stay here.

import path from 'node:path';
import type { CodexHome } from '../../adapters/codex_home/codex_home.ts';
import { removeAt } from '../../adapters/disk/removal.ts';
import { type Membership, stateFile } from '../../adapters/exchange/exchange_state.ts';
import { membershipOf } from './membership.ts';

export type Left = { membership: Membership; executed: boolean };

export function leaveExchange(home: CodexHome, execute: boolean): Left {
  const membership = membershipOf(home);
  if (execute) removeAt(path.dirname(stateFile(home.path)));
  return { membership, executed: execute };
}
