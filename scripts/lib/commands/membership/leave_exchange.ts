// This home takes part in an exchange no more. What it has published stays for the others, and all its sessions stay here.

import path from 'node:path';
import type { CodexHome } from '../../adapters/codex_home/codex_home.ts';
import { removeAt } from '../../adapters/disk/removal.ts';
import { type Membership, openExchangeState, stateFile } from '../../adapters/exchange/exchange_state.ts';
import { SyncError } from '../../domain/codes/errors.ts';

export type Left = { membership: Membership; executed: boolean };

export function leaveExchange(home: CodexHome, execute: boolean): Left {
  const state = openExchangeState(home.path, false);
  if (!state) throw new SyncError('no_exchange', 'This Codex home takes part in no exchange.', { where: home.path });
  const { membership } = state;
  state.close();
  if (execute) removeAt(path.dirname(stateFile(home.path)));
  return { membership, executed: execute };
}
