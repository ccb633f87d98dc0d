// How one session of a package is shown to people and programs.

import fs from 'node:fs';
import type { LocalSession } from '../../adapters/codex_home/local_home.ts';
import type { Action } from '../../domain/codes/class_table.ts';
import { because } from '../../domain/codes/reason.ts';
import { type LocalizedPath, localizePath, plainPath } from '../../domain/localize/localization.ts';
import type { Fault, PackageSession, ValidSession } from '../../domain/package/package.ts';
import type { PlannedSession, Prospect } from '../../domain/plan/plan.ts';
import { warningsFor } from '../../domain/plan/session_warnings.ts';
import { nameOf } from '../../domain/thread/thread_row.ts';
import type { SyncContext } from '../context/sync_context.ts';
import type { Decision } from '../match/relate_session.ts';

export function describe(
  incoming: ValidSession,
  { verdict, lineageId, local, localEnd }: Decision,
  action: Action,
  localThreadId: string | null,
  context: SyncContext,
): PlannedSession {
  const { transcript } = incoming;
  const isNew = action === 'create' || action === 'branch';
  const present = isNew || localThreadId === null ? null : local;
  const cwd = present
    ? folderOfPresent(incoming, { lineageId, local: present, localEnd }, context)
    : folderOfNew(incoming, lineageId, context);
  const here = isNew ? null : local?.row?.model_provider;
  const provider = typeof here === 'string' && here !== '' ? here : context.providerOf(incoming);
  const exists = fs.existsSync(cwd.path);
  const isMade = isNew && context.folders.ask(plainPath(cwd.path)) === null;
  const providerConfigured = context.isConfigured(provider);
  const relation = verdict.best?.relation;
  return {
    thread_id: incoming.threadId,
    title: nameOf(incoming.row, incoming.indexName) ?? incoming.madeName ?? titleOf(incoming),
    classification: verdict.classification,
    reason: verdict.reason,
    reason_code: verdict.reason_code,
    action,
    local_thread_id: localThreadId,
    local_name: null,
    lineage_id: action === 'refuse' ? null : lineageId,
    lines: relation?.lines ?? { shared: 0, local_only: 0, incoming_only: transcript.lines },
    turns: relation?.turns ?? { shared: 0, local_only: 0, incoming_only: transcript.turns },
    cwd: { source: transcript.meta.cwd, local: plainPath(cwd.path), rule: cwd.rule, exists },
    model_provider: { id: provider, configured: providerConfigured },
    encrypted_items: transcript.encryptedItems,
    prospect: prospectOf(transcript.encryptedItems, providerConfigured),
    permissions: null,
    bytes: incoming.size,
    archived: isArchived(incoming),
    adopted: false,
    warnings: [
      ...(present ? unmoved(incoming, present, cwd.path, context) : []),
      ...warningsFor(incoming, {
        action,
        providerConfigured,
        hasFolder: exists || isMade,
        oldCodex: staysPaginated(incoming, action, context) ? context.target.saidBy : null,
      }),
    ],
  };
}

const folderOfNew = (incoming: ValidSession, lineageId: string, context: SyncContext): LocalizedPath =>
  localizePath(incoming.transcript.meta.cwd, context.rulesFor(incoming, lineageId, null));

/** The rule is the one that leads there, `here` where none does. */
function folderOfPresent(
  incoming: ValidSession,
  { lineageId, local, localEnd }: Pick<Decision, 'lineageId' | 'localEnd'> & { local: LocalSession },
  context: SyncContext,
): { path: string; rule: PlannedSession['cwd']['rule'] } {
  const path = context.folderOf(local, localEnd, incoming.transcript.meta.cwd);
  const ruled = folderOfNew(incoming, lineageId, context);
  return { path, rule: plainPath(ruled.path) === path ? ruled.rule : 'here' };
}

/** The flag is for folders of sessions that come. */
function unmoved({ transcript }: ValidSession, { threadId }: LocalSession, folder: string, { options }: SyncContext): string[] {
  const asked = localizePath(transcript.meta.cwd, { explicit: options.mapPaths, userHome: options.userHome });
  if (asked.rule !== 'map-path' || plainPath(asked.path) === folder) return [];
  return [
    `--map-path does not move it: it is here already and works in ${folder}; \`relocate ${threadId} ${asked.path} --execute\` moves it`,
  ];
}

function prospectOf(encryptedItems: number, providerConfigured: boolean): Prospect {
  if (!providerConfigured) return 'readable here';
  return encryptedItems > 0 ? 'may fail on resume: encrypted for another account' : 'continuable here';
}

/** True where lines that this home's Codex cannot read are written. An append takes the form of what is here. */
function staysPaginated({ transcript }: ValidSession, action: Action, { options, target }: SyncContext): boolean {
  const isConverted = options.convertHistory === 'legacy' || action === 'append';
  return !target.readsPaginated && transcript.meta.historyMode === 'paginated' && !isConverted;
}

export const withWarning = (session: PlannedSession, warning: string): PlannedSession => ({
  ...session,
  warnings: [warning, ...session.warnings],
});

export const withWarnings = (session: PlannedSession, warnings: string[]): PlannedSession =>
  warnings.length > 0 ? { ...session, warnings: [...session.warnings, ...warnings] } : session;

export const withMended = (session: PlannedSession, mended: string[]): PlannedSession =>
  mended.length > 0 ? withWarning(session, `mended: ${mended.join(', ')}`) : session;

/** What a session that is here already has from the package besides its lines. */
export const withTaken = (session: PlannedSession, taken: string[]): PlannedSession =>
  taken.length > 0 ? withWarning(session, `taken over: ${taken.join(', ')}`) : session;

export const isArchived = ({ row }: PackageSession): boolean => Number(row.archived ?? 0) === 1;

export const titleOf = ({ row, transcript }: ValidSession): string =>
  String(row.title ?? '') || transcript.firstUserMessage || '(no message yet)';

/** A session that cannot be read safely: shown, with the place, and left alone. */
export function describeInvalid(incoming: PackageSession, { reason, reason_code, where }: Fault): PlannedSession {
  const none = { shared: 0, local_only: 0, incoming_only: 0 };
  return {
    thread_id: incoming.threadId,
    title: nameOf(incoming.row, incoming.indexName) ?? incoming.madeName ?? String(incoming.row.title ?? ''),
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
    encrypted_items: 0,
    prospect: null,
    permissions: null,
    bytes: incoming.size,
    archived: isArchived(incoming),
    adopted: false,
    warnings: [],
  };
}
