// What of this home is to be published: sessions that began here or went on here, as far as that has changed since they were published.

import { createHash } from 'node:crypto';
import type { CodexHome } from '../../adapters/codex_home/codex_home.ts';
import { statFile } from '../../adapters/disk/file_reading.ts';
import type { LocalFile } from '../../adapters/exchange/exchange_state.ts';
import { withHomeRows } from '../../adapters/local_sessions/home_rows.ts';
import { findImages } from '../../adapters/local_sessions/image_files.ts';
import type { LocalHome } from '../../adapters/local_sessions/local_home.ts';
import { localChain } from '../../adapters/local_sessions/local_rollout.ts';
import { isPresent, type PresentSession } from '../../adapters/local_sessions/local_session.ts';
import { ATTACHED_TABLES, metadataFile } from '../../domain/attachments/attached_tables.ts';
import type { SessionEntry } from '../../domain/exchange/commit.ts';
import type { Row } from '../../domain/operation/operation.ts';
import { packedIndexEntry, packedJson, packedRow } from '../../domain/package/packed_row.ts';
import { madeNameOf } from '../../domain/plan/branch_name.ts';

/** What is said of a session beside its contents. */
export type Facts = Pick<SessionEntry, 'thread_id' | 'row' | 'index' | 'made_name' | 'attached'>;

/** `files`: its own rollout and the beginnings of those that it continues, up to byte `to` (null: to its last whole line). `local`: as it is now. */
export type Departure = {
  facts: Facts;
  files: { file: string; to: number | null }[];
  images: { name: string; file: string }[];
  local: LocalFile;
  title: string;
};

export type Departures = { sessions: Departure[]; leftOut: string[] };

export function departuresOf(home: CodexHome, local: LocalHome, inStep: ReadonlyMap<string, LocalFile>): Departures {
  const attached = attachedByThread(home);
  const departures: Departures = { sessions: [], leftOut: [] };
  for (const session of [...local.sessions.values()].filter(isPresent)) {
    const facts = factsOf(session, local, attached);
    const now = localFile(session, facts);
    const before = inStep.get(session.threadId);
    if (before && isSameFile(before, now)) continue;
    const chain = localChain(local, session.file);
    if (chain.fault) departures.leftOut.push(`${session.threadId} is left out: ${chain.fault.reason}`);
    else if (session.row === null) departures.leftOut.push(`${session.threadId} is left out until Codex has listed it`);
    else {
      const bases = chain.ranges.filter(({ file }) => file !== session.file).map(({ file, to }) => ({ file, to }));
      departures.sessions.push({
        facts,
        files: [{ file: session.file, to: null }, ...longest(bases)],
        images: findImages(home.path, session.threadId).map(({ name, file }) => ({ name, file })),
        local: now,
        title: session.name ?? String(session.row.title ?? ''),
      });
    }
  }
  return departures;
}

/** By thread: the digest of what is said of it beside its contents. */
export function factsOfAll(home: CodexHome, local: LocalHome): Map<string, string> {
  const attached = attachedByThread(home);
  const present = [...local.sessions.values()].filter(isPresent);
  return new Map(present.map((session) => [session.threadId, digestOf(factsOf(session, local, attached))]));
}

const isSameFile = (one: LocalFile, other: LocalFile): boolean =>
  one.file === other.file && one.size === other.size && one.mtime === other.mtime && one.facts === other.facts;

const digestOf = (facts: Facts): string => createHash('sha256').update(JSON.stringify(facts)).digest('hex');

function localFile({ file }: PresentSession, facts: Facts): LocalFile {
  const { size, mtime } = statFile(file) ?? { size: 0, mtime: 0 };
  return { file, size, mtime, facts: digestOf(facts) };
}

function factsOf(session: PresentSession, { sidecar }: LocalHome, attached: Map<string, Record<string, Row[]>>): Facts {
  const { threadId } = session;
  const row = session.row ?? {};
  return asJson({
    thread_id: threadId,
    row: packedRow(row, session.file),
    index: packedIndexEntry({ ...row, id: threadId }, session.name),
    made_name: madeNameOf(session, sidecar),
    attached: attached.get(threadId) ?? {},
  });
}

/** As a package spells it. */
const asJson = <Value>(value: Value): Value => JSON.parse(packedJson(value)) as Value;

const attachedByThread = (home: CodexHome): Map<string, Record<string, Row[]>> =>
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
