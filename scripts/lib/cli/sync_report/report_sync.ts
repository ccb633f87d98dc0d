import { type SyncResult, summarize } from '../../commands/sync/sync.ts';
import type { PlannedSession } from '../../domain/plan/plan.ts';
import type { ShownRights } from '../../domain/rights/rights.ts';
import type { PlannedSync } from '../../planning/plan_sync.ts';
import { exitCodeOfPlan } from '../command_line/exit_codes.ts';
import { documentOf, endingOf, modeFields, type Report } from '../output/report.ts';
import { bytesText, shorten, table } from '../output/text.ts';
import { folderLines, skillLines } from './report_extras.ts';
import { type SessionDocument, sessionDocuments } from './session_document.ts';

export function reportInspection(planned: PlannedSync): Report {
  const { plan, home } = planned;
  const sessions = sessionDocuments(planned);
  return {
    document: documentOf('inspection', home.path, factsOf(planned, sessions)),
    get lines() {
      return [...describe(planned, sessions), '', `Plan digest: ${plan.digest}`];
    },
    warnings: plan.warnings,
    exitCode: exitCodeOfPlan(plan),
  };
}

/** `command`: what the user typed to get here. */
export function reportSync(result: SyncResult, command = 'sync …'): Report {
  const { plan, home, rolloutPaths } = result;
  const sessions = sessionDocuments(result).map((session) => ({
    ...session,
    rollout_path: rolloutPaths.get(session.local_thread_id ?? '') ?? null,
  }));
  return {
    document: documentOf('sync', home.path, { ...factsOf(result, sessions), ...modeFields(result) }),
    get lines() {
      const toExecute = `To apply exactly this plan: ${command} --execute --expect-plan ${plan.digest}`;
      return [...describe(result, sessions), '', endingOf(result, toExecute)];
    },
    warnings: plan.warnings,
    exitCode: exitCodeOfPlan(plan),
  };
}

const factsOf = (
  { package: incoming, home, target, plan, extensions }: PlannedSync,
  sessions: SessionDocument[],
): Record<string, unknown> => ({
  package: {
    path: incoming.path,
    form: incoming.form,
    format_version: incoming.manifest.format_version,
    sessions: incoming.sessions.length,
    bytes: incoming.bytes,
    digest: incoming.digest,
    skills: incoming.skills.names,
  },
  databases: { path: home.databases, chosen_by: home.databasesChosenBy },
  target_codex: { version: target.version, reads_paginated: target.readsPaginated, said_by: target.saidBy },
  extensions,
  plan_digest: plan.digest,
  sessions,
  skills: plan.skills,
  folders: plan.folders,
  summary: summarize(plan.sessions),
  warnings: plan.warnings,
});

function describe({ package: incoming, plan, extensions }: PlannedSync, sessions: SessionDocument[]): string[] {
  const counts = Object.entries(summarize(plan.sessions)).filter(([, count]) => count > 0);
  return [
    `Package ${incoming.path}: ${incoming.sessions.length} session(s), ${bytesText(incoming.bytes)}`,
    ...extensions.map(({ name, version, digest }) => `Extension ${name} ${version} (${digest.slice(0, 19)}…)`),
    '',
    ...table([['SESSION', 'TITLE', 'CLASS', 'ACTION', 'LINES =/+/-', 'TURNS =/+/-', 'FOLDER'], ...sessions.map(row)]),
    '',
    ...sessions.flatMap(details),
    ...skillLines(incoming.skills.names, plan.skills),
    ...folderLines(plan.folders),
    `Summary: ${counts.map(([name, count]) => `${count} ${name}`).join(', ') || 'no sessions'}`,
  ];
}

const row = (session: PlannedSession): string[] => [
  session.thread_id.slice(0, 13),
  shorten(session.title, 32),
  session.classification,
  session.action,
  `${session.lines.shared}/${session.lines.incoming_only}/${session.lines.local_only}`,
  `${session.turns.shared}/${session.turns.incoming_only}/${session.turns.local_only}`,
  shorten(session.cwd.local || session.cwd.source, 60),
];

function details(session: SessionDocument): string[] {
  const moved =
    session.local_thread_id && session.local_thread_id !== session.thread_id ? [`  local id: ${session.local_thread_id}`] : [];
  return [
    `${session.thread_id}: ${shorten(session.reason, 200)}`,
    ...moved,
    ...permissionLines(session),
    ...(session.adopted ? ['  adopted: the local session had no lineage yet'] : []),
    ...session.warnings.map((warning) => `  ! ${shorten(warning, 200)}`),
  ];
}

/** Only where something changes, or where the sender's rights hold. */
function permissionLines({ permissions }: PlannedSession): string[] {
  if (!permissions) return [];
  const [sender, local] = [rightsText(permissions.sender), rightsText(permissions.local)];
  if (permissions.kept) return [`  permissions: ${sender}, kept from the sender (--keep-permissions)`];
  return sender === local || sender === '' ? [] : [`  permissions: sender ${sender}; local ${local}`];
}

const rightsText = ({ approval, reviewer, sandbox, network, writable_roots }: ShownRights): string =>
  [
    ...(approval === null ? [] : [`approval ${approval}`]),
    ...(reviewer === 'auto_review' ? ['approved by a model'] : []),
    ...(sandbox === null ? [] : [`sandbox ${sandbox}`]),
    ...(network && sandbox !== 'danger-full-access' ? ['network'] : []),
    ...(writable_roots.length > 1 ? [`${writable_roots.length} writable folders`] : []),
  ].join(', ');
