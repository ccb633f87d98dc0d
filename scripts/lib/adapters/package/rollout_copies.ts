// Copies rollouts into a package: plain, whole, and none that nobody could read.

import { isUtf8 } from 'node:buffer';
import fs from 'node:fs';
import path from 'node:path';
import { savedPathOf } from '../../domain/attachments/generated_image.ts';
import { isOfOneRollout, SyncError } from '../../domain/codes/errors.ts';
import { systemCode } from '../../domain/codes/system_code.ts';
import { readTranscript, type Transcript } from '../../domain/compare/transcript.ts';
import { uncompressed } from '../../domain/ids/rollout_name.ts';
import { findFault } from '../../domain/json/json_faults.ts';
import { LINE_END } from '../../domain/json/json_syntax.ts';
import type { SessionFacts } from '../../domain/package/package.ts';
import { SecretCount } from '../../domain/package/secret.ts';
import { headOf, type LineSource, type RolloutLine } from '../../domain/rollout/rollout_line.ts';
import { statFile } from '../disk/file_reading.ts';
import { withLines } from '../lines/line_reader.ts';
import { readRanges } from '../lines/range_reader.ts';
import { knownEnd } from '../lines/rollout_bytes.ts';
import type { PresentSession } from '../local_sessions/local_session.ts';
import { type NewFile, type PackageTarget, writeInto } from './package_target.ts';

/** `savedPaths`: images that the transcript names. */
type Copied = { transcript: Transcript; facts: SessionFacts; savedPaths: string[]; warnings: string[] };

export type CopiedSession = { session: PresentSession } & Copied;

/** One damaged session stops no other. `leftOut`: those that nobody could take, each with the reason. */
export function copyRollouts(
  sessions: PresentSession[],
  required: ReadonlySet<string>,
  target: PackageTarget,
): { copied: CopiedSession[]; leftOut: string[] } {
  const [copied, faults]: [CopiedSession[], SyncError[]] = [[], []];
  const leftOut: string[] = [];
  for (const session of sessions) {
    const one = copyRollout(session, target);
    if (!(one instanceof SyncError)) copied.push({ session, ...one });
    else if (required.has(session.threadId)) throw one;
    else {
      faults.push(one);
      leftOut.push(`${session.threadId} is left out: ${one.message} (${one.where})`);
    }
  }
  if (copied.length === 0 && faults[0]) throw faults[0];
  return { copied, leftOut };
}

/** The copy, or why there is none; then nothing of it is left. */
const copyRollout = (session: PresentSession, target: PackageTarget): Copied | SyncError =>
  readFault(session.file) ?? copyLines(session, target);

const nameInPackage = (file: string): string => `sessions/${uncompressed(path.basename(file))}`;

function readFault(file: string): SyncError | null {
  try {
    fs.accessSync(file, fs.constants.R_OK);
    return null;
  } catch (error) {
    const message = `its rollout cannot be read (${systemCode(error)})`;
    return new SyncError('malformed_rollout', message, { where: file, cause: error });
  }
}

/** A frozen prefix: up to the last newline that was there when the copy began, whatever a live Codex writes meanwhile. */
function copyLines(session: PresentSession, target: PackageTarget): Copied | SyncError {
  const limit = knownEnd(session.file);
  const copy = (written: NewFile): Copied | SyncError =>
    withLines(session.file, (lines) => copyInto(written, session, lines), { limit });
  return writeInto(target, nameInPackage(session.file), copy, limit);
}

function copyInto(written: NewFile, { file, threadId }: PresentSession, lines: LineSource): Copied | SyncError {
  const { mtime } = statFile(file) as { mtime: number };
  const savedPaths: string[] = [];
  const secrets = new SecretCount();
  const copying = linesOf(lines, (line) => {
    written.write(line.bytes);
    written.write(LINE_END);
    secrets.add(line.bytes);
    const savedPath = savedPathOf(line.bytes, headOf(line));
    if (savedPath) savedPaths.push(savedPath);
  });
  const transcript = transcriptOrFault(copying);
  const fault = transcript instanceof SyncError ? transcript : refusalOf(transcript, file, threadId);
  if (transcript instanceof SyncError || fault) {
    written.discard();
    return fault as SyncError;
  }
  const { size: bytes, digest } = written.finish(mtime);
  return {
    transcript,
    facts: { lines: transcript.lines, turns: transcript.turns, bytes, digest },
    savedPaths,
    warnings: secrets.warnings(),
  };
}

/** Whole lines; each goes to `take` as it is read. */
const linesOf = (reader: LineSource, take: (line: RolloutLine) => void): LineSource => ({
  next() {
    const line = reader.next();
    if (!line || (!line.closed && findFault(line.bytes))) return null;
    take(line);
    return line;
  },
});

function transcriptOrFault(source: LineSource): Transcript | SyncError {
  try {
    return readTranscript(source, { isUtf8 });
  } catch (error) {
    if (isOfOneRollout(error)) return error;
    throw error;
  }
}

/** What `inspect-package` would call invalid. */
function refusalOf({ fault, meta }: Transcript, file: string, threadId: string): SyncError | null {
  const reason = fault?.reason ?? (meta?.id === threadId ? null : `its first line belongs to another thread (${meta?.id})`);
  return reason === null ? null : new SyncError('malformed_rollout', reason, { where: `${file} at byte ${fault?.at ?? 0}` });
}

export const copyBeginning = ({ file, to }: { file: string; to: number }, target: PackageTarget): void =>
  writeInto(
    target,
    nameInPackage(file),
    (written) => {
      readRanges([{ file, from: 0, to }], (chunk) => written.write(chunk));
      written.finish(statFile(file)?.mtime ?? 0);
    },
    to,
  );
