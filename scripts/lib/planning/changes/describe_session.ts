// How one session of a package is shown to people and programs.

import fs from 'node:fs';
import { LOCAL_NAMES } from '../../adapters/paths/local_paths.ts';
import type { Action } from '../../domain/codes/class_table.ts';
import { localizePath } from '../../domain/localize/localization.ts';
import type { Fault } from '../../domain/package/package.ts';
import { isSamePath } from '../../domain/paths/foreign_path.ts';
import { isAbsoluteOn } from '../../domain/paths/local_path.ts';
import type { IncomingSession, NamedSession } from '../../domain/plan/incoming_session.ts';
import type { PlannedSession } from '../../domain/plan/plan.ts';
import { warningsFor } from '../../domain/plan/session_warnings.ts';
import { because } from '../../domain/reasons/reason.ts';
import { textCell } from '../../domain/thread/thread_name.ts';
import type { SyncContext } from '../context/sync_context.ts';
import type { MatchedHead } from '../match/matched_head.ts';
import type { Decision } from './decision.ts';

/** `head`: the local session that stays what the incoming one is; null where there is none, or where it is left alone. */
export function describe(
  { incoming, verdict, localId }: Decision,
  action: Action,
  context: SyncContext,
  head: MatchedHead | null = null,
): PlannedSession {
  const { transcript } = incoming;
  const isNew = action === 'create' || action === 'branch';
  const cwd = folderOf(incoming, head);
  const hasFolder = cwd.exists || (isNew && context.folders.ask(cwd.local) === null);
  const provider = (!isNew && textCell(verdict.best?.session.row?.model_provider)) || context.providerOf(incoming);
  const model_provider = { id: provider, configured: context.isConfigured(provider) };
  const oldCodex = staysPaginated(incoming, action, context) ? context.target.saidBy : null;
  const about = { action, providerConfigured: model_provider.configured, hasFolder, oldCodex };
  const relation = verdict.best?.relation;
  return {
    thread_id: incoming.threadId,
    title: incoming.title,
    classification: verdict.classification,
    reason: verdict.reason,
    reason_code: verdict.reason_code,
    action,
    local_thread_id: isNew || head ? localId : null,
    local_name: null,
    lineage_id: action === 'refuse' ? null : incoming.lineageId,
    lines: relation?.lines ?? { shared: 0, local_only: 0, incoming_only: transcript.lines },
    turns: relation?.turns ?? { shared: 0, local_only: 0, incoming_only: transcript.turns },
    cwd,
    model_provider,
    permissions: null,
    warnings: [...(head ? unmoved(incoming, head, context) : []), ...warningsFor(incoming, about)],
  };
}

/** Of a local session it is where that works, and the rule is the one that leads there, `here` where none does. */
function folderOf({ folder, transcript }: IncomingSession, head: MatchedHead | null): PlannedSession['cwd'] {
  const local = head ? head.folder.current : folder.path;
  const rule = isSamePath(folder.path, local) ? folder.rule : 'here';
  return { source: transcript.meta.cwd, local, rule, exists: isHere(local) };
}

/** Windows would look for a folder of Linux on the drive that it works on. */
const isHere = (folder: string): boolean => isAbsoluteOn(LOCAL_NAMES.platform, folder) && fs.existsSync(folder);

/** The flag is for folders of sessions that come. */
function unmoved({ transcript }: IncomingSession, { threadId, folder }: MatchedHead, { options, rules }: SyncContext): string[] {
  if (options.mapPaths.length === 0) return [];
  const asked = localizePath(transcript.meta.cwd, rules);
  if (asked.rule !== 'map-path' || isSamePath(asked.path, folder.current)) return [];
  return [
    `--map-path does not move an existing session; it works in ${folder.current}. To move it: \`relocate ${threadId} ${asked.path} --execute\``,
  ];
}

/** True where lines that this home's Codex cannot read are written. An append takes the form of the local rollout. */
function staysPaginated({ transcript }: IncomingSession, action: Action, { options, target }: SyncContext): boolean {
  const isConverted = options.convertHistory === 'legacy' || action === 'append';
  return !target.readsPaginated && transcript.meta.historyMode === 'paginated' && !isConverted;
}

/** With further warnings around its own. */
export const withWarnings = (session: PlannedSession, before: string[], behind: string[] = []): PlannedSession => ({
  ...session,
  // Of exactly that length, which a list that is spread is not.
  warnings: before.concat(session.warnings, behind),
});

/** What of a local session is repaired, and what it has from the package besides its lines. */
export const metadataWords = (repaired: string[], taken: string[]): string[] => [
  ...(taken.length > 0 ? [`taken over: ${taken.join(', ')}`] : []),
  ...(repaired.length > 0 ? [`mended: ${repaired.join(', ')}`] : []),
];

/** A session that cannot be read safely: shown, with the place, and left alone. */
export function describeInvalid(incoming: NamedSession, { reason, reason_code, where }: Fault): PlannedSession {
  const none = { shared: 0, local_only: 0, incoming_only: 0 };
  return {
    thread_id: incoming.threadId,
    title: incoming.title,
    classification: 'invalid',
    ...because(reason_code, `${reason} (${where})`),
    action: 'refuse',
    local_thread_id: null,
    local_name: null,
    lineage_id: null,
    lines: none,
    turns: none,
    cwd: { source: String(incoming.row.cwd ?? ''), local: '', rule: 'none', exists: false },
    model_provider: { id: String(incoming.row.model_provider ?? ''), configured: false },
    permissions: null,
    warnings: [],
  };
}
