// The rollout of a packed session with all that it continues, or why nobody can take it.

import fs from 'node:fs';
import path from 'node:path';
import type { ErrorCode } from '../../domain/codes/error_table.ts';
import { SyncError } from '../../domain/codes/errors.ts';
import type { Transcript } from '../../domain/compare/transcript.ts';
import { isCompressed } from '../../domain/ids/rollout_name.ts';
import type { Fault, PackageSession, PackedRange } from '../../domain/package/package.ts';
import { because, type Reason, type ReasonCode } from '../../domain/reasons/reason.ts';
import { type ByteRange, lengthOf, placeOf } from '../../domain/rollout/byte_range.ts';
import { statFile } from '../disk/file_reading.ts';
import { contentSize, knownEnd } from '../lines/rollout_bytes.ts';
import { MAX_FIRST_LINE } from '../rollout/first_line.ts';
import { type FindRollout, resolveChain } from '../rollout/rollout_chain.ts';
import { type CachedContent, fromCache, readContent, type TranscriptCache } from '../rollout/transcript_cache.ts';

/** `cache`: what earlier syncs noted of the thread's content. `find`: rollouts that this one may continue. */
export type RolloutSource = { cache: TranscriptCache; find: FindRollout };

type ReadRollout = Pick<PackageSession, 'ranges' | 'ownFrom' | 'transcript' | 'digest' | 'size' | 'mtime' | 'invalid'>;

export function readRollout(file: string, threadId: string, { cache, find }: RolloutSource): ReadRollout {
  const stat = fs.lstatSync(file, { throwIfNoEntry: false });
  const [size, mtime] = [stat?.size ?? 0, stat?.mtimeMs ?? 0];
  const unread = { ranges: [], ownFrom: 0, transcript: null, digest: '', size, mtime };
  const inPackage = (name: string): string => `sessions/${path.basename(name)}`;
  try {
    const cached = cache(threadId);
    const read = aloneFromCache(file, cached) ?? readChain(file, threadId, cached, find);
    if ('broken' in read)
      return {
        ...unread,
        invalid: { ...because('chain_broken', read.broken.reason), where: `${inPackage(read.broken.where)} at byte 0` },
      };
    requireSame(read.ranges);
    return { ...read, mtime };
  } catch (error) {
    return { ...unread, invalid: { ...reasonOf(error), where: inPackage(file) } };
  }
}

function readChain(file: string, threadId: string, cached: CachedContent[], find: FindRollout) {
  const chain = resolveChain(file, find);
  if (chain.fault) return { broken: chain.fault };
  const ranges = chain.ranges.map(asPacked);
  const size = lengthOf(ranges);
  const known = fromCache(ranges, cached);
  const { ownFrom } = chain;
  if (known) return { ...known, ranges, ownFrom, size, invalid: null };
  const { transcript, digest } = readContent(ranges, cached);
  return { ranges, ownFrom, transcript, digest, size, invalid: faultOfTranscript(transcript, threadId, ranges) };
}

/** Content that was seen before and continues nothing needs no look at its first line either. */
function aloneFromCache(file: string, cached: CachedContent[]) {
  if (isCompressed(file)) return null;
  const size = knownEnd(file);
  if (!cached.some((known) => known.size === size)) return null;
  const ranges = [asPacked({ file, from: 0, to: size })];
  const known = fromCache(ranges, cached);
  if (!known?.transcript.meta || known.transcript.meta.historyBase !== null) return null;
  return { ...known, ranges, ownFrom: known.transcript.meta.ownFromOrdinal, size, invalid: null };
}

const REASONS: Partial<Record<ErrorCode, ReasonCode>> = {
  unsafe_package: 'rollout_not_packed',
  not_downloaded: 'not_downloaded',
  rollout_unreadable: 'rollout_unreadable',
};

/** A disk that fails to give a file back, or does not let us, fails that session only. */
function reasonOf(error: unknown): Reason {
  const { code, syscall, message } = error as NodeJS.ErrnoException;
  if (error instanceof SyncError) return because(REASONS[error.code] ?? 'malformed_rollout', message);
  if (syscall === undefined) throw error;
  return because('rollout_unreadable', `its rollout cannot be read (${code})`);
}

function asPacked(range: ByteRange): PackedRange {
  const { size, mtime, identity } = present(range.file);
  const to = isCompressed(range.file) ? Math.min(range.to, contentSize(range.file)) : range.to;
  return { ...range, to, fileSize: size, fileTime: mtime, identity };
}

function present(file: string): NonNullable<ReturnType<typeof statFile>> {
  const stat = statFile(file);
  if (stat) return stat;
  throw new SyncError('unsafe_package', 'it disappeared while it was being read', { where: file });
}

/** What was planned with one file must not be carried out with another, though both may lie in the package. */
function requireSame(ranges: readonly PackedRange[]): void {
  for (const { file, identity } of ranges)
    if (present(file).identity !== identity)
      throw new SyncError('unsafe_package', 'it changed while it was being read', { where: file });
}

function faultOfTranscript({ fault, meta }: Transcript, threadId: string, ranges: ByteRange[]): Fault | null {
  const at = (logical: number): string => {
    const { file, offset } = placeOf(ranges, logical);
    return `sessions/${path.basename(file)} at byte ${offset}`;
  };
  const unfit = (reason: string): Fault => ({ ...because('unfit_first_line', reason), where: at(0) });
  if (fault) return { reason: fault.reason, reason_code: fault.reason_code, where: at(fault.at) };
  if (meta?.historyBase && ranges.length === 1) return unfit(`its first line is longer than ${MAX_FIRST_LINE >> 20} MiB`);
  if (meta?.id !== threadId) return unfit(`its first line belongs to another thread (${meta?.id || 'none'})`);
  return null;
}
