// What of a report goes into the log: ids, codes and counts, by name. Titles, folders and messages stay out: a title mostly is the beginning of a
// conversation, and a message may quote what somebody else has written.

import type { LogFields, LogLevel } from './log_line.ts';
import type { Report } from './report.ts';

export type Logged = { level: LogLevel; event: string; fields: LogFields };

const OF_SESSION = ['thread_id', 'local_thread_id', 'lineage_id', 'classification', 'action', 'outcome', 'reason_code', 'bytes'];
const OF_FINDING = ['code', 'severity', 'thread_id'];
const OF_DOCUMENT = ['kind', 'mode', 'transaction_id', 'rolls_back', 'plan_digest', 'exchange_id', 'machine'];

export function* loggedOf({ document, warnings = [] }: Report): Generator<Logged> {
  for (const part of [document, ...objectsOf(document.pulled)]) {
    for (const session of objectsOf(part.sessions)) yield ofSession(session);
    for (const finding of objectsOf(part.findings)) yield ofFinding(finding);
  }
  yield {
    level: 'info',
    event: 'result',
    fields: { ...picked(document, OF_DOCUMENT), ...countsOf(document), warnings: warnings.length },
  };
}

/** Those that nothing is done with are many. */
const ofSession = (session: Row): Logged => ({
  level: session.action === 'none' ? 'debug' : session.action === 'refuse' || session.outcome === 'refused' ? 'warning' : 'info',
  event: 'session',
  fields: picked(session, OF_SESSION),
});

const ofFinding = (finding: Row): Logged => ({
  level: finding.severity === 'error' ? 'error' : finding.severity === 'note' ? 'info' : 'warning',
  event: 'finding',
  fields: picked(finding, OF_FINDING),
});

type Row = Record<string, unknown>;

const objectsOf = (value: unknown): Row[] =>
  Array.isArray(value) ? value.filter((one): one is Row => typeof one === 'object' && one !== null) : [];

const picked = (row: Row, names: string[]): LogFields =>
  Object.fromEntries(names.flatMap((name) => (isPlain(row[name]) ? [[name, row[name]]] : []))) as LogFields;

const isPlain = (value: unknown): boolean => ['string', 'number', 'boolean'].includes(typeof value);

/** By class, as the report sums them up. */
const countsOf = ({ summary }: Row): LogFields =>
  typeof summary === 'object' && summary !== null
    ? (Object.fromEntries(Object.entries(summary).filter(([, count]) => isPlain(count) && count !== 0)) as LogFields)
    : {};
