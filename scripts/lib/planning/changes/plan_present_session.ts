// Sessions that are here already: kept, mended, appended to.

import { type LocalSession, localRanges, supersededBy } from '../../adapters/codex_home/local_home.ts';
import { type RolloutEnd, readRolloutEnd } from '../../adapters/rollout/rollout_end.ts';
import { isListedPlace } from '../../adapters/rollout/rollout_files.ts';
import { because } from '../../domain/codes/reason.ts';
import type { Verdict } from '../../domain/compare/classification.ts';
import { plainPath } from '../../domain/localize/localization.ts';
import { settingsToMend } from '../../domain/localize/settings_mend.ts';
import type { ValidSession } from '../../domain/package/package.ts';
import type { Change, RolloutForm } from '../../domain/plan/plan.ts';
import { forThread, sourceOf, updatedAt } from '../../domain/plan/session_changes.ts';
import { pointOf } from '../../domain/sidecar/sidecar.ts';
import { localizationFor } from '../context/session_localization.ts';
import type { SyncContext } from '../context/sync_context.ts';
import type { Decision } from '../match/relate_session.ts';
import { rightsOfAppended } from '../rights/plan_rights.ts';
import { carryAlong, NOTHING_ALONG } from './attachments.ts';
import { describe, withMended, withTaken, withWarning, withWarnings } from './describe_session.ts';
import type { Outcome } from './plan_new_session.ts';
import { type PresentChanges, presentChanges } from './present_changes.ts';
import { remember } from './sidecar_update.ts';

type AppendRollout = Extract<Change, { kind: 'append_rollout' }>;

export function planKeep(incoming: ValidSession, decision: Decision, local: LocalSession, context: SyncContext): Outcome {
  const session = describe(incoming, decision, 'none', local.threadId, context);
  const present = presentChanges(incoming, decision, local, false, context);
  const isRemembered = pointOf(context.local.sidecar, local.threadId, incoming.threadId) !== null;
  if (!context.mayWrite(local.threadId, incoming.threadId))
    return { session, changes: forThread(local.threadId, isRemembered ? [] : remember(incoming, present.learned, context)) };
  // A session that was synced before has been mended then.
  const append = isRemembered
    ? null
    : appendChange(incoming, local, present, endOf(local, decision, context), incoming.size, context);
  const along = isRemembered ? NOTHING_ALONG : carryAlong(incoming, local.threadId, context);
  const mends = [...(append?.mend ? [append] : []), ...along.changes];
  const mended = [
    ...present.mended,
    ...(append?.mend ? ['its working folder'] : []),
    ...(along.changes.length > 0 ? ['what belongs to it'] : []),
  ];
  const held = present.changes.length + mends.length > 0 ? context.holders.isHeld(local.threadId, local.file) : null;
  const waiting = [...mended, ...present.taken].join(', ');
  if (held) return { session: withWarning(session, `it is open, so this waits (${waiting}): ${held.reason}`), changes: [] };
  const remembered = isRemembered && !present.hasNews ? [] : remember(incoming, present.learned, context);
  return {
    session: withWarnings(withTaken(withMended(session, mended), present.taken), [
      ...placesOf(local, context),
      ...along.warnings,
    ]),
    changes: forThread(local.threadId, [...present.moves, ...mends, ...present.changes, ...remembered]),
  };
}

export function planAppend(incoming: ValidSession, decision: Decision, local: LocalSession, context: SyncContext): Outcome {
  const session = describe(incoming, decision, 'append', local.threadId, context);
  const held = context.holders.isHeld(local.threadId, local.file);
  if (held) return { session: { ...session, action: 'refuse', classification: 'busy', ...held }, changes: [] };
  const end = endOf(local, decision, context);
  const form = formToAppend(end, incoming, decision.verdict) ?? 'as_it_is';
  const present = presentChanges(incoming, decision, local, true, context);
  const from = decision.verdict.best?.relation.incomingResumesAt ?? 0;
  const plain = appendChange(incoming, local, present, end, from, context);
  const { historyMode } = end;
  const here = {
    threadId: local.threadId,
    folder: folderOf(local, end),
    modelProvider: providerOf(local, incoming, context),
    historyMode,
  };
  const { permissions, added, warnings } = rightsOfAppended(incoming, { here, end, from }, plain.localization, context);
  const append = { ...plain, form, added };
  const along = carryAlong(incoming, local.threadId, context);
  const mended = append.mend ? [...present.mended, 'its working folder'] : present.mended;
  const remembered = remember(incoming, present.learned, context);
  return {
    session: withWarnings(withTaken(withMended({ ...session, permissions }, mended), present.taken), [
      ...warnings,
      ...placesOf(local, context),
      ...along.warnings,
    ]),
    changes: forThread(local.threadId, [...present.moves, append, ...present.changes, ...along.changes, ...remembered]),
  };
}

/** What is odd about where it lies: nothing of that is changed here. */
function placesOf(local: LocalSession, { home }: SyncContext): string[] {
  const superseded = supersededBy(local);
  const file = local.file as string;
  return [
    ...local.others
      .filter((other) => !superseded.includes(other))
      .map((other) => `another file of this session is left alone, and may hold more: ${other}`),
    ...(isListedPlace(home.path, file) ? [] : [`Codex finds its file by its id only, its lists do not look there: ${file}`]),
  ];
}

const folderOf = ({ row }: LocalSession, { metaCwd }: RolloutEnd): string => plainPath(metaCwd || String(row?.cwd ?? ''));

const providerOf = ({ row }: LocalSession, incoming: ValidSession, context: SyncContext): string =>
  typeof row?.model_provider === 'string' && row.model_provider !== '' ? row.model_provider : context.providerOf(incoming);

const endOf = (local: LocalSession, decision: Decision, context: SyncContext): RolloutEnd =>
  decision.localEnd ?? readRolloutEnd(localRanges(context.local, local.file as string));

/** Appends what the incoming transcript holds from logical offset `from` on, behind a mend of the local settings where that is needed. */
function appendChange(
  incoming: ValidSession,
  local: LocalSession,
  { rules, file }: PresentChanges,
  end: RolloutEnd,
  from: number,
  context: SyncContext,
): AppendRollout {
  const localization = localizationFor(incoming, local.threadId, rules, context, null);
  return {
    kind: 'append_rollout',
    path: file,
    source: sourceOf(incoming),
    localization,
    from,
    at: { size: end.size, mtime: end.mtime },
    localDigest: end.digest,
    form: 'as_it_is',
    nextOrdinal: end.lastOrdinal === null ? null : end.lastOrdinal + 1,
    mendsTornLine: !end.endsWithNewline,
    mend: settingsToMend(end, localization),
    added: null,
    mtime: Math.max(updatedAt(incoming), Math.trunc(end.mtime)),
  };
}

/** How incoming lines are written here; null where one file cannot hold both: Codex refuses lines of the other form. */
function formToAppend(end: RolloutEnd, incoming: ValidSession, { best }: Verdict): RolloutForm | null {
  if (!best?.relation.resumesWithTurn || hasNoNumbers(end)) return null;
  if (end.historyMode === incoming.transcript.meta.historyMode) return 'as_it_is';
  return end.historyMode === 'legacy' && best.relation.acrossForms ? 'legacy' : null;
}

/** The same decision, but a branch where the incoming lines cannot be added to the local file. */
export function inFittingForm(incoming: ValidSession, decision: Decision, context: SyncContext): Decision {
  const { verdict, local } = decision;
  if (verdict.classification !== 'fast_forward_import' || !local) return decision;
  const end = endOf(local, decision, context);
  if (formToAppend(end, incoming, verdict)) return decision;
  return { ...decision, verdict: hasNoNumbers(end) ? unnumbered(verdict) : otherForm(verdict, end.historyMode) };
}

/** Codex refuses a paginated rollout without ordinals; beyond 2^53 nothing can be counted on. */
const hasNoNumbers = ({ historyMode, lastOrdinal }: RolloutEnd): boolean =>
  historyMode === 'paginated' && !Number.isSafeInteger(lastOrdinal ?? Number.NaN);

const unnumbered = (verdict: Verdict): Verdict => ({
  ...verdict,
  classification: 'diverged_lineage',
  ...because('numbers_missing', 'the lines here have no ordinals to go on from, so what incoming has more becomes a branch'),
});

const otherForm = (verdict: Verdict, here: string): Verdict => ({
  ...verdict,
  classification: 'diverged_lineage',
  ...because(
    'format_migration',
    `format_migration: the history here is ${here} and what incoming has more cannot be added to it, so it becomes a branch`,
  ),
});
