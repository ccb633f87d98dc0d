// The sessions of a package as this run takes them in: each with its local lineage, and the folder that the flags give it.

import type { PathRules } from '../../domain/localize/localization.ts';
import type { ValidSession } from '../../domain/package/package.ts';
import { isSamePath } from '../../domain/paths/foreign_path.ts';
import { type IncomingSession, localizeFolder, type NamedSession } from '../../domain/plan/incoming_session.ts';
import { pathExtensions, sourceHomeOf } from './extensions_in_use.ts';
import type { SyncContext } from './sync_context.ts';

type Named = NamedSession & ValidSession;

export const takeIn = (session: Named, context: SyncContext): IncomingSession =>
  inLineage(session, context.local.sidecar.lineageFor(session.threadId, session.transcript.root), context);

/** The same session, with what is remembered for that lineage. */
export const inLineage = (session: Named, lineageId: string, context: SyncContext): IncomingSession => ({
  ...session,
  lineageId,
  folder: localizeFolder(session.transcript.meta.cwd, rulesFor(session, lineageId, context)),
});

/** Flags, then what was remembered for the lineage. */
function rulesFor(session: ValidSession, lineageId: string, { local, options, rules }: SyncContext): PathRules {
  const { mapPaths } = options;
  const remembered = local.sidecar
    .rulesOf(lineageId)
    .filter((rule) => !mapPaths.some(({ from }) => isSamePath(from, rule.from_path)))
    .map(({ from_path, to_path }) => ({ from: from_path, to: to_path }));
  const extended = pathExtensions(options, sourceHomeOf(session));
  if (remembered.length === 0 && !extended.extensions) return rules;
  return { ...rules, explicit: [...mapPaths, ...remembered], ...extended };
}
