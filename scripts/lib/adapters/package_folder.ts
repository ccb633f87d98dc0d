// Reads a session package from a folder. Hostile until checked (invariant 6): nothing in it chooses a path, every fault has a place.

import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { SyncError } from '../domain/errors.ts';
import type { Cell, Row } from '../domain/operation.ts';
import {
  FORMAT_VERSION,
  PACKAGE_KIND,
  type PackageManifest,
  type PackageSession,
  type SessionPackage,
} from '../domain/package.ts';
import { baseName, parseRolloutName } from '../domain/rollout_name.ts';
import { asThreadId } from '../domain/thread_id.ts';
import { readTranscript, type Transcript } from '../domain/transcript.ts';
import { digestFile } from './disk.ts';
import { parseDocument, readPackageManifest } from './documents.ts';
import { LineReader } from './line_reader.ts';

const MANIFEST = 'package_manifest.json';

/** What earlier passes over a session's content told, by digest; so known content is only hashed. */
export type Recall = (threadId: string, size: number) => { digest: string; transcript: string }[];

export function readPackage(folder: string, wanted: ReadonlySet<string>, recall: Recall = () => []): SessionPackage {
  const manifest = readManifest(folder);
  for (const name of ['metadata', 'sessions', 'skeleton']) requireFolder(path.join(folder, name));
  const warnings: string[] = [];
  const rows = readRows(path.join(folder, 'metadata', 'threads.jsonl'));
  if (rows.length === 0) throw notAPackage(folder, 'it names no session (metadata/threads.jsonl is missing or empty)');
  const indexNames = new Map(
    readRows(path.join(folder, 'metadata', 'session_index.jsonl')).map((row) => [row.id, String(row.thread_name ?? '')]),
  );
  const tools = readRows(path.join(folder, 'metadata', 'thread_dynamic_tools.jsonl'));
  const sessions = withoutDuplicates(rows)
    .filter(({ row }) => wanted.size === 0 || wanted.has(String(row.id)))
    .map(({ row, isDuplicate }) =>
      readSession(folder, row, isDuplicate, {
        indexName: indexNames.get(row.id ?? '') || null,
        dynamicTools: tools.filter((tool) => tool.thread_id === row.id),
        recall,
      }),
    );
  const unnamed = countUnnamed(folder, rows);
  if (unnamed > 0) warnings.push(`${unnamed} rollout file(s) are not named in metadata/threads.jsonl and are left out`);
  return {
    path: folder,
    form: 'directory',
    manifest,
    digest: digestOf(folder, sessions),
    bytes: sessions.reduce((sum, session) => sum + session.size, 0),
    sessions,
    requiredDirectories: readRequiredDirectories(folder),
    skills: manifest.skills_included ?? [],
    warnings,
  };
}

const notAPackage = (where: string, why: string): SyncError =>
  new SyncError('not_a_package', `This is not a session package: ${why}.`, {
    where,
    hint: `a package is a folder with ${MANIFEST}, metadata/ and sessions/; unpack an archive first`,
  });

function readManifest(folder: string): PackageManifest {
  if (!fs.statSync(folder, { throwIfNoEntry: false })?.isDirectory()) throw notAPackage(folder, 'there is no such folder');
  const file = path.join(folder, MANIFEST);
  if (!fs.existsSync(file)) throw notAPackage(folder, `it has no ${MANIFEST}`);
  requireRegular(file);
  const manifest = readPackageManifest(file);
  if (manifest.package_kind !== PACKAGE_KIND) throw notAPackage(file, `its kind is \`${manifest.package_kind}\``);
  if (manifest.format_version !== FORMAT_VERSION) {
    throw new SyncError(
      'unsupported_format_version',
      `The package has format_version ${manifest.format_version}; this version reads ${FORMAT_VERSION}.`,
      {
        where: file,
        hint: 'update codex-session-sync, or ask for a package in the older format',
      },
    );
  }
  return manifest;
}

/** A link would read outside the package, a pipe would wait for ever: only regular files are opened. */
function requireRegular(file: string): void {
  const stat = fs.lstatSync(file);
  if (stat.isFile()) return;
  const what = stat.isSymbolicLink() ? 'a symbolic link' : 'not a regular file';
  throw new SyncError('unsafe_package', `A file of the package is ${what}.`, { where: file });
}

function requireFolder(folder: string): void {
  const stat = fs.lstatSync(folder, { throwIfNoEntry: false });
  if (!stat || stat.isDirectory()) return;
  throw new SyncError('unsafe_package', 'A folder of the package is a symbolic link or no folder.', { where: folder });
}

/** The rows of a metadata file. Values that SQLite cannot hold become their JSON text. */
function readRows(file: string): Row[] {
  if (!fs.existsSync(file)) return [];
  requireRegular(file);
  const rows: Row[] = [];
  const reader = new LineReader(file);
  for (let line = reader.next(); line; line = reader.next()) {
    const text = line.bytes
      .toString('utf8')
      .replace(/^\uFEFF/, '')
      .trim();
    if (text !== '') rows.push(parseRow(text, `${file} at byte ${line.offset}`));
  }
  return rows;
}

function parseRow(text: string, where: string): Row {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new SyncError('malformed_document', `A metadata line is not JSON: ${(error as Error).message}`, { where });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new SyncError('malformed_document', 'A metadata line is not a JSON object.', { where });
  return Object.fromEntries(Object.entries(value).map(([column, cell]) => [column, asCell(cell)]));
}

function asCell(value: unknown): Cell {
  if (typeof value === 'string' || typeof value === 'number' || value === null) return value;
  return typeof value === 'boolean' ? Number(value) : JSON.stringify(value);
}

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

type Surroundings = { indexName: string | null; dynamicTools: Row[]; recall: Recall };

function readSession(
  folder: string,
  row: Row,
  isDuplicate: boolean,
  { indexName, dynamicTools, recall }: Surroundings,
): PackageSession {
  const rolloutName = baseName(String(row.rollout_path ?? ''));
  const file = path.join(folder, 'sessions', rolloutName);
  const session = {
    threadId: String(row.id ?? ''),
    row,
    rolloutName,
    file,
    indexName,
    dynamicTools,
    transcript: null,
    digest: '',
    size: 0,
    mtime: 0,
  };
  const metadataFault = isDuplicate
    ? { reason: 'metadata/threads.jsonl names this thread more than once', where: 'metadata/threads.jsonl' }
    : faultOfNames(row, rolloutName, file);
  return metadataFault ? { ...session, invalid: metadataFault } : { ...session, ...readRollout(file, session.threadId, recall) };
}

type Fault = PackageSession['invalid'];

function faultOfNames(row: Row, rolloutName: string, file: string): Fault {
  const where = 'metadata/threads.jsonl';
  if (!asThreadId(row.id)) return { reason: `\`${String(row.id)}\` is not a thread id`, where };
  const parsed = parseRolloutName(rolloutName);
  if (!parsed) return { reason: `\`${rolloutName}\` is not the name of a rollout`, where };
  if (parsed.threadId !== row.id) return { reason: `the rollout is named for another thread (${parsed.threadId})`, where };
  const stat = fs.lstatSync(file, { throwIfNoEntry: false });
  if (!stat) return { reason: 'its rollout is not in the package', where: `sessions/${rolloutName}` };
  if (stat.isSymbolicLink()) return { reason: 'its rollout is a symbolic link', where: `sessions/${rolloutName}` };
  return stat.isFile() ? null : { reason: 'its rollout is not a regular file', where: `sessions/${rolloutName}` };
}

function readRollout(
  file: string,
  threadId: string,
  recall: Recall,
): Pick<PackageSession, 'transcript' | 'digest' | 'size' | 'mtime' | 'invalid'> {
  const { size, mtimeMs: mtime } = fs.statSync(file);
  const recalled = recall(threadId, size);
  const digest = recalled.length > 0 ? digestFile(file) : '';
  const known = recalled.find((content) => content.digest === digest);
  if (known) return { transcript: JSON.parse(known.transcript) as Transcript, digest, size, mtime, invalid: null };
  const reader = new LineReader(file, { hash: true });
  try {
    const transcript = readTranscript(reader, { isUtf8 });
    return {
      transcript,
      digest: reader.digest(),
      size,
      mtime,
      invalid: faultOfTranscript(transcript, threadId, path.basename(file)),
    };
  } catch (error) {
    if (!(error instanceof SyncError)) throw error;
    return {
      transcript: null,
      digest: '',
      size,
      mtime,
      invalid: { reason: error.message, where: `sessions/${path.basename(file)}` },
    };
  } finally {
    reader.close();
  }
}

function faultOfTranscript({ fault, meta }: Transcript, threadId: string, name: string): Fault {
  const at = (offset: number): string => `sessions/${name} at byte ${offset}`;
  if (fault) return { reason: fault.reason, where: at(fault.at) };
  if (meta?.id !== threadId) return { reason: `its first line belongs to another thread (${meta?.id || 'none'})`, where: at(0) };
  if (!meta.timestamp || !meta.cliVersion)
    return { reason: 'its first line lacks timestamp or cli_version, which Codex requires', where: at(0) };
  if (meta.historyMode !== 'legacy' && meta.historyMode !== 'paginated')
    return { reason: `its history mode \`${meta.historyMode}\` is unknown`, where: at(0) };
  if (meta.hasHistoryBase)
    return {
      reason: `it continues another rollout (history_base ${meta.historyBaseThreadId ?? 'unknown'}), which this version cannot import yet`,
      where: at(0),
    };
  return null;
}

function countUnnamed(folder: string, rows: Row[]): number {
  const named = new Set(rows.map((row) => baseName(String(row.rollout_path ?? ''))));
  const sessions = path.join(folder, 'sessions');
  return fs.existsSync(sessions)
    ? fs.readdirSync(sessions).filter((name) => parseRolloutName(name) && !named.has(name)).length
    : 0;
}

function readRequiredDirectories(folder: string): string[] {
  const file = path.join(folder, 'skeleton', 'required-directories.json');
  if (!fs.existsSync(file)) return [];
  requireRegular(file);
  const value = parseDocument(file);
  return Array.isArray(value) ? value.filter((entry): entry is string => typeof entry === 'string') : [];
}

/** Names the content: the metadata that decides and the rollouts, whatever the folder is called. */
function digestOf(folder: string, sessions: PackageSession[]): string {
  const hash = createHash('sha256');
  for (const name of [
    MANIFEST,
    'metadata/threads.jsonl',
    'metadata/session_index.jsonl',
    'metadata/thread_dynamic_tools.jsonl',
  ]) {
    const file = path.join(folder, name);
    if (fs.existsSync(file)) hash.update(`${name} ${digestFile(file)}\n`);
  }
  for (const { rolloutName, digest } of sessions) hash.update(`sessions/${rolloutName} ${digest}\n`);
  return `sha256:${hash.digest('hex')}`;
}
