// One session of a package folder: its names, its rollout, its faults.

import { isUtf8 } from 'node:buffer';
import fs from 'node:fs';
import path from 'node:path';
import { SyncError } from '../domain/errors.ts';
import type { Row } from '../domain/operation.ts';
import type { PackageSession } from '../domain/package.ts';
import { baseName, parseRolloutName } from '../domain/rollout_name.ts';
import { asThreadId } from '../domain/thread_id.ts';
import { readTranscript, type Transcript } from '../domain/transcript.ts';
import { digestFile } from './disk.ts';
import { LineReader } from './line_reader.ts';

/** What earlier passes over a session's content told, by digest; so known content is only hashed. */
export type Recall = (threadId: string, size: number) => { digest: string; transcript: string }[];

type Surroundings = { indexName: string | null; dynamicTools: Row[]; recall: Recall };

export function readSession(
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
