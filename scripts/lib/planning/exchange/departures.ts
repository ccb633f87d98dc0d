// What of this home is to be published: sessions that began here or went on here, as far as that has changed since they were published.

import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import type { CodexHome } from '../../adapters/codex_home/codex_home.ts';
import { statFile } from '../../adapters/disk/file_reading.ts';
import type { LocalFile } from '../../adapters/exchange/exchange_state.ts';
import { findHolders, type Holders } from '../../adapters/holders/thread_holders.ts';
import { withLines } from '../../adapters/lines/line_reader.ts';
import { withHomeRows } from '../../adapters/local_sessions/home_rows.ts';
import { findImages } from '../../adapters/local_sessions/image_files.ts';
import type { LocalHome } from '../../adapters/local_sessions/local_home.ts';
import { localChain, readRoot } from '../../adapters/local_sessions/local_rollout.ts';
import { isPresent, type PresentSession } from '../../adapters/local_sessions/local_session.ts';
import { ATTACHED_TABLES, metadataFile } from '../../domain/attachments/attached_tables.ts';
import { readTranscript } from '../../domain/compare/transcript.ts';
import type { SessionEntry } from '../../domain/exchange/commit.ts';
import type { Row } from '../../domain/operation/operation.ts';
import { packedIndexEntry, packedJson, packedRow } from '../../domain/package/packed_row.ts';
import { madeNameOf } from '../../domain/plan/branch_name.ts';
import type { ByteRange } from '../../domain/rollout/byte_range.ts';
import { deriveRow } from '../../domain/thread/thread_row.ts';
import { endsInsideTurn } from './open_turn.ts';

/** What is said of a session beside its contents. */
export type Facts = Pick<SessionEntry, 'thread_id' | 'row' | 'index' | 'made_name' | 'attached'>;

/** `files`: its own rollout and the beginnings of those that it continues, up to byte `to` (null: to its last whole line). `local`: as it is now. */
export type Departure = {
  facts: Facts;
  files: { file: string; to: number | null }[];
  images: { name: string; file: string }[];
  local: LocalFile;
  title: string;
  root: string | null;
};

/** `inTurn`: threads that a Codex has open and is at work on; they are published when the turn has ended. `leftOut`: each with the reason. */
export type Departures = { sessions: Departure[]; inTurn: string[]; leftOut: string[] };

export function departuresOf(home: CodexHome, local: LocalHome, inStep: ReadonlyMap<string, LocalFile>): Departures {
  const attached = attachedByThread(home);
  const departures: Departures = { sessions: [], inTurn: [], leftOut: [] };
  let holders: Holders | null = null;
  for (const session of [...local.sessions.values()].filter(isPresent)) {
    const now = localFile(session, digestOf(factsOf(session, local, attached)));
    const before = inStep.get(session.threadId);
    if (before && isSameFile(before, now)) continue;
    holders ??= findHolders(home);
    if (holders.whyBusy(session.threadId, session.file) && endsInsideTurn(session.file)) {
      departures.inTurn.push(session.threadId);
      continue;
    }
    const departure = departureOf(home, session, local, attached);
    if (typeof departure === 'string') departures.leftOut.push(`${session.threadId} is left out: ${departure}`);
    else departures.sessions.push({ ...departure, local: now });
  }
  return departures;
}

/** Or why it cannot go. */
function departureOf(
  home: CodexHome,
  session: PresentSession,
  local: LocalHome,
  attached: Attached,
): Omit<Departure, 'local'> | string {
  const chain = localChain(local, session.file);
  if (chain.fault) return chain.fault.reason;
  const bases = chain.ranges.filter(({ file }) => file !== session.file).map(({ file, to }) => ({ file, to }));
  const row = session.row ?? rowFromRollout(session, chain.ranges);
  if (typeof row === 'string') return row;
  return {
    facts: asJson(factsOf({ ...session, row }, local, attached)),
    files: [{ file: session.file, to: null }, ...longest(bases)],
    images: findImages(home.path, session.threadId).map(({ name, file }) => ({ name, file })),
    title: session.name ?? String(row.title ?? ''),
    root: readRoot(chain.ranges),
  };
}

/** Of a session that no database knows: what its rollout tells; a text says why it tells nothing. */
function rowFromRollout(session: PresentSession, ranges: readonly ByteRange[]): Row | string {
  const transcript = withLines(ranges, (lines) => readTranscript(lines, { isUtf8 }));
  const { meta, fault } = transcript;
  return meta && !fault ? deriveRow(session, { ...transcript, meta }) : (fault?.reason ?? 'it has no first line');
}

/** By thread: the digest of what is said of it beside its contents. */
export function factsOfAll(home: CodexHome, local: LocalHome): Map<string, string> {
  const attached = attachedByThread(home);
  const present = [...local.sessions.values()].filter(isPresent);
  return new Map(present.map((session) => [session.threadId, digestOf(factsOf(session, local, attached))]));
}

const isSameFile = (one: LocalFile, other: LocalFile): boolean =>
  one.file === other.file && one.size === other.size && one.mtime === other.mtime && one.facts === other.facts;

const digestOf = (facts: Facts): string => createHash('sha256').update(packedJson(facts)).digest('hex');

function localFile({ file }: PresentSession, facts: string): LocalFile {
  const { size, mtime } = statFile(file) ?? { size: 0, mtime: 0 };
  return { file, size, mtime, facts };
}

function factsOf(session: PresentSession, { sidecar }: LocalHome, attached: Attached): Facts {
  const { threadId } = session;
  const row = session.row ?? {};
  return {
    thread_id: threadId,
    row: packedRow(row, session.file),
    index: packedIndexEntry({ ...row, id: threadId }, session.name),
    made_name: madeNameOf(session, sidecar),
    attached: attached.get(threadId) ?? {},
  };
}

/** As a package spells it. */
const asJson = <Value>(value: Value): Value => JSON.parse(packedJson(value)) as Value;

/** By thread: rows by the file of a package that they belong into. */
type Attached = Map<string, Record<string, Row[]>>;

const attachedByThread = (home: CodexHome): Attached =>
  withHomeRows(home, (all) => {
    const found = new Map<string, Record<string, Row[]>>();
    for (const table of ATTACHED_TABLES) {
      const { database, columns } = all.locate(table);
      for (const row of columns.length > 0 ? all.select(database, table.table) : []) {
        const threadId = String(row[table.key[0]]);
        const tables = found.get(threadId) ?? {};
        const file = metadataFile(table);
        found.set(threadId, { ...tables, [file]: [...(tables[file] ?? []), row] });
      }
    }
    return found;
  });

/** Of several ranges of one file the one that ends last. */
function longest(bases: { file: string; to: number }[]): { file: string; to: number }[] {
  const ends = new Map<string, number>();
  for (const { file, to } of bases) ends.set(file, Math.max(to, ends.get(file) ?? 0));
  return [...ends].map(([file, to]) => ({ file, to }));
}
