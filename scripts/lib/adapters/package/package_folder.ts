// Reads a session package from a folder. Hostile until checked (invariant 6): nothing in it chooses a path, every fault has a place.

import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { ATTACHED_TABLES, metadataFile } from '../../domain/attachments/attached_tables.ts';
import { SPAWN_EDGES } from '../../domain/attachments/spawn_edge.ts';
import { SyncError } from '../../domain/codes/errors.ts';
import { baseName, parseRolloutName, uncompressed, withoutShadowed } from '../../domain/ids/rollout_name.ts';
import { wholeIds } from '../../domain/ids/whole_ids.ts';
import { asDigest, type Cell, type Row } from '../../domain/operation/operation.ts';
import type { PackageSession, SessionPackage } from '../../domain/package/package.ts';
import { MANIFEST } from '../../domain/package/package_layout.ts';
import { SharedTexts } from '../../domain/package/shared_texts.ts';
import { childrenIn, type Parents, parentInSource, withDescendants } from '../../domain/rollout/thread_tree.ts';
import { digestFile } from '../disk/file_reading.ts';
import { distrust } from '../open_files/distrusted_path.ts';
import { exists, isFolder } from '../paths/entries.ts';
import { isBelowFolder, isSamePlace } from '../paths/local_paths.ts';
import type { FindRollout } from '../rollout/rollout_chain.ts';
import type { TranscriptCache } from '../rollout/transcript_cache.ts';
import { type PackedAttachments, readAttachments } from './package_attachments.ts';
import { notAPackage, readManifest, readRequiredDirectories, readRows, requireFolder } from './package_metadata.ts';
import { readSession } from './package_session.ts';
import { findSkills } from './package_skills.ts';

/** `wanted`: ids of sessions, or beginnings of them. `cache` and `findLocal` answer from the local home: what is known of packed content, and rollouts that a packed one may continue. */
export function readPackage(
  folder: string,
  wanted: ReadonlySet<string>,
  cache: TranscriptCache = () => [],
  findLocal: FindRollout = () => null,
): SessionPackage {
  if (isFolder(folder)) distrust(folder);
  return whileItStays(folder, () => read(folder, wanted, cache, findLocal));
}

/** What was there a moment ago is no bug of ours when it is gone. */
function whileItStays<Result>(folder: string, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    const { code = '', path: where = '' } = error as NodeJS.ErrnoException;
    if (!['ENOENT', 'ENOTDIR'].includes(code) || !(isSamePlace(folder, where) || isBelowFolder(folder, where))) throw error;
    throw new SyncError('unsafe_package', 'A file of the package disappeared while it was being read.', {
      where,
      hint: 'wait until the package is complete, then run the same command again',
      cause: error,
    });
  }
}

function read(folder: string, wanted: ReadonlySet<string>, cache: TranscriptCache, findLocal: FindRollout): SessionPackage {
  const manifest = readManifest(folder);
  for (const name of ['metadata', 'sessions', 'skeleton']) requireFolder(path.join(folder, name));
  const texts = new SharedTexts();
  const rows = readRows(path.join(folder, 'metadata', 'threads.jsonl'), texts);
  if (rows.length === 0) throw notAPackage(folder, 'it contains no session (metadata/threads.jsonl is missing or empty)');
  const indexNames = new Map(
    readRows(path.join(folder, 'metadata', 'session_index.jsonl')).map((row) => [row.id, String(row.thread_name ?? '')]),
  );
  const rollouts = packedRollouts(folder);
  const find: FindRollout = (rolloutId) => {
    const file = rollouts.get(rolloutId);
    return file ? { file, isTrusted: () => true } : findLocal(rolloutId);
  };
  const attachments = readAttachments(folder, new Set(rows.map(({ id }) => String(id))), texts);
  const isChosen = choose(wanted, rows, attachments);
  const sessions = withoutDuplicates(rows.filter(isChosen)).map(({ row, isDuplicate }) => {
    const indexName = indexNames.get(row.id ?? '') || null;
    return readSession(folder, row, isDuplicate, { indexName, attachments, cache, find });
  });
  return {
    path: folder,
    form: 'directory',
    manifest,
    digest: digestOf(folder, sessions),
    bytes: sessions.reduce((sum, session) => sum + session.size, 0),
    sessions,
    requiredDirectories: readRequiredDirectories(folder),
    skills: findSkills(folder),
    warnings: [...(wanted.size > 0 ? [] : warnOfUnneeded(rollouts, rows, sessions)), ...attachments.warnings],
  };
}

/** Sub-agents belong to what is asked for: they are chosen with the thread that spawned them. */
function choose(wanted: ReadonlySet<string>, rows: Row[], attachments: PackedAttachments): (row: Row) => boolean {
  const ids = rows.map(({ id }) => String(id));
  const chosen = withDescendants(new Set(wholeIds([...wanted], ids, '--thread-id')), childrenIn(parentsIn(rows, attachments)));
  return ({ id }) => chosen.size === 0 || chosen.has(String(id));
}

const parentsIn = (rows: Row[], attachments: PackedAttachments): Parents =>
  new Map(
    rows.flatMap(({ id, source }) => {
      const [edge] = attachments.of(String(id)).rows.get(SPAWN_EDGES.table) ?? [];
      const parent = parentInSource(source) ?? edge?.parent_thread_id;
      return parent ? [[String(id), String(parent)] as const] : [];
    }),
  );

/** A thread that is named twice is one session, and an invalid one: nobody can tell which row is meant. */
function withoutDuplicates(rows: Row[]): { row: Row; isDuplicate: boolean }[] {
  const count = new Map<Cell | undefined, number>();
  for (const row of rows) count.set(row.id, (count.get(row.id) ?? 0) + 1);
  const seen = new Set<Cell | undefined>();
  return rows.flatMap((row) => {
    if (seen.has(row.id)) return [];
    seen.add(row.id);
    return [{ row, isDuplicate: (count.get(row.id) ?? 0) > 1 }];
  });
}

/** The rollouts of the package by the id that a `history_base` names them by. */
function packedRollouts(folder: string): Map<string, string> {
  const sessions = path.join(folder, 'sessions');
  const entries = exists(sessions) ? fs.readdirSync(sessions, { withFileTypes: true }) : [];
  return new Map(
    withoutShadowed(entries).flatMap((entry) => {
      const name = entry.isFile() ? parseRolloutName(entry.name) : null;
      return name ? [[name.rolloutId, path.join(sessions, entry.name)] as const] : [];
    }),
  );
}

function warnOfUnneeded(rollouts: Map<string, string>, rows: Row[], sessions: PackageSession[]): string[] {
  const named = new Set(rows.map((row) => uncompressed(baseName(String(row.rollout_path ?? '')))));
  const continued = new Set(sessions.flatMap(({ ranges }) => ranges.map(({ file }) => file)));
  const isNeeded = (file: string): boolean => named.has(uncompressed(path.basename(file))) || continued.has(file);
  const unneeded = [...rollouts.values()].filter((file) => !isNeeded(file)).length;
  return unneeded > 0 ? [`${unneeded} rollout file(s) are not named in metadata/threads.jsonl and are left out`] : [];
}

/** Names the content: the metadata that decides and the rollouts, whatever the folder is called. */
function digestOf(folder: string, sessions: PackageSession[]): string {
  const hash = createHash('sha256');
  for (const name of [MANIFEST, 'metadata/threads.jsonl', 'metadata/session_index.jsonl', ...ATTACHED_TABLES.map(metadataFile)]) {
    const file = path.join(folder, name);
    if (exists(file)) hash.update(`${name} ${digestFile(file)}\n`);
  }
  for (const { rolloutName, digest } of sessions) hash.update(`sessions/${rolloutName} ${digest}\n`);
  for (const { threadId, attachments } of sessions)
    for (const { name, digest } of attachments.images) hash.update(`files/${threadId}/${name} ${digest}\n`);
  return asDigest(hash.digest('hex'));
}
