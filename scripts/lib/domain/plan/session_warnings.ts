// What a person should know of a session before it is written.

import type { Action } from '../codes/class_table.ts';
import type { Transcript } from '../compare/transcript.ts';
import type { ValidSession } from '../package/package.ts';

/**
 * `hasFolder`: the working folder exists, or the run makes it. `oldCodex`: what tells that the Codex of this machine cannot read the form in
 * which the history will be; null where it can.
 */
export type WarningFacts = { action: Action; providerConfigured: boolean; hasFolder: boolean; oldCodex: string | null };

export function warningsFor(session: ValidSession, { action, providerConfigured, hasFolder, oldCodex }: WarningFacts): string[] {
  const { transcript } = session;
  const writes = action === 'create' || action === 'branch' || action === 'append';
  const warnings: string[] = [];
  if (!providerConfigured)
    warnings.push(
      `model provider \`${transcript.meta.modelProvider}\` is not configured on this machine: lists hide the session, and it cannot be resumed`,
    );
  if (writes && oldCodex !== null)
    warnings.push(
      `the local Codex is older than 0.147 (according to ${oldCodex}) and does not show a paginated history; before 0.145 it damages it: use --convert-history legacy`,
    );
  if (transcript.tornAt !== null) warnings.push(`its last line is unfinished (byte ${transcript.tornAt}) and is left out`);
  warnings.push(...oddities(transcript));
  if (writes && transcript.encryptedItems > 0)
    warnings.push(`${transcript.encryptedItems} encrypted item(s) work only under the account that made them`);
  if ((action === 'create' || action === 'branch') && transcript.meta.pluginFolders > 0)
    warnings.push(
      `${transcript.meta.pluginFolders} plugin folder(s) of its sender are left out: Codex would start their programs`,
    );
  if (writes && hiddenBySource(transcript.meta.source)) warnings.push(sourceWarning(transcript.meta.source));
  if (writes && !hasFolder) warnings.push('its working folder does not exist on this machine');
  return warnings;
}

/** What began a session, as Codex 0.155 to 0.171 know it. Those of `exec` and `mcp` are in no default list either, as on the sender's machine. */
const KNOWN_SOURCES = new Set(['', 'cli', 'vscode', 'exec', 'mcp']);

/** An object is a sub-agent or the like, which has lists of its own; only `custom` has none. */
const hiddenBySource = (source: string): boolean =>
  source.startsWith('{') ? source.startsWith('{"custom"') : !KNOWN_SOURCES.has(source);

const sourceWarning = (source: string): string =>
  source.startsWith('{')
    ? `Codex has no list for sessions of source \`${source}\`: open it with \`codex resume ID\``
    : `Codex does not know the source \`${source}\`: only lists of source kind \`unknown\` show it; open it with \`codex resume ID\``;

function oddities({ skippedLines, skippedAt, notUtf8At, restartsAt, numbering, meta }: Transcript): string[] {
  const isOutOfOrder = meta?.historyMode === 'paginated' && meta.historyBase === null && numbering.brokenAt !== null;
  return [
    ...(skippedAt === null
      ? []
      : [`${skippedLines} line(s) that no Codex reads are kept unchanged (the first at byte ${skippedAt})`]),
    ...(notUtf8At === null ? [] : [`a line is not valid UTF-8 (byte ${notUtf8At}): Codex before 0.151 cannot open the session`]),
    ...(restartsAt === null
      ? []
      : [`it has a second session_meta line (byte ${restartsAt}): Codex does not send the model anything before it`]),
    ...(isOutOfOrder
      ? [`its lines are not numbered consecutively (from byte ${numbering.brokenAt} on); a new local file is renumbered`]
      : []),
  ];
}
