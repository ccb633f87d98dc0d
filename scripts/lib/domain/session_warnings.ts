// What a person should know of a session before it is written here.

import type { ValidSession } from './package.ts';
import type { Action } from './plan.ts';

export type Surroundings = { action: Action; providerConfigured: boolean; folderExists: boolean };

export function warningsFor(session: ValidSession, { action, providerConfigured, folderExists }: Surroundings): string[] {
  const { transcript } = session;
  const writes = action === 'create' || action === 'branch' || action === 'append';
  const warnings: string[] = [];
  if (!providerConfigured)
    warnings.push(
      `model provider \`${transcript.meta.modelProvider}\` is not configured here: lists hide the session and it cannot be resumed`,
    );
  if (transcript.tornAt !== null) warnings.push(`its last line is unfinished (byte ${transcript.tornAt}) and is left out`);
  if (transcript.tornLines > 0) warnings.push(`${transcript.tornLines} unfinished line(s) are carried through as they are`);
  if (writes && transcript.encryptedItems > 0)
    warnings.push(`${transcript.encryptedItems} encrypted item(s) can only be used under the account that made them`);
  if (writes && !folderExists) warnings.push('its working folder does not exist here');
  if (action === 'create' && asksForFullAccess(session))
    warnings.push(
      'its row records full access without approval; a resumed thread gets the rights that this machine is configured for',
    );
  return warnings;
}

const asksForFullAccess = ({ row }: ValidSession): boolean =>
  String(row.sandbox_policy ?? '').includes('danger-full-access') && row.approval_mode === 'never';
