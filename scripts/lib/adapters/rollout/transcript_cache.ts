// The transcript of packed content, from what earlier syncs noted where the content, or the beginning of it, is what they saw.

import { isUtf8 } from 'node:buffer';
import { readTranscript, type Transcript } from '../../domain/compare/transcript.ts';
import { NEWLINE } from '../../domain/json/json_syntax.ts';
import { type ByteRange, lengthOf, rangesFrom, rangesUpTo } from '../../domain/rollout/byte_range.ts';
import { type LineOptions, withLines } from '../lines/line_reader.ts';
import { digestRanges, readRanges } from '../lines/range_reader.ts';
import { StreamHash } from '../run/background_hash.ts';

/** What an earlier pass over content told (`transcript` is a `Transcript` as JSON). It holds for the same bytes, which the digest tells. */
export type CachedContent = { size: number; digest: string; transcript: string };
/** What was seen of a thread of a package. */
export type TranscriptCache = (threadId: string) => CachedContent[];

type Content = { transcript: Transcript; digest: string };

/** Known content is only hashed; null where it is not known. */
export function fromCache(ranges: ByteRange[], cached: CachedContent[]): Content | null {
  const size = lengthOf(ranges);
  const ofThatSize = cached.filter((known) => known.size === size);
  if (ofThatSize.length === 0) return null;
  const digest = digestRanges(ranges);
  const known = ofThatSize.find((content) => content.digest === digest);
  const transcript = known ? transcriptOf(known) : null;
  return transcript && { transcript, digest };
}

/** A rollout only grows: where it begins with what was seen last, that is only hashed, and what is new is read. */
export function readContent(ranges: ByteRange[], cached: CachedContent[]): Content {
  const longest = cached.filter((known) => known.size < lengthOf(ranges)).sort((a, b) => b.size - a.size)[0];
  const grown = longest && readGrown(ranges, longest);
  return grown ?? readLines(ranges, { hash: true }, null);
}

function readGrown(ranges: ByteRange[], known: CachedContent): Content | null {
  const transcript = transcriptOf(known);
  // Reading ended at a fault. A last line that no newline had closed can have gone on since.
  if (!transcript || transcript.fault || transcript.bytes !== known.size || !endsLine(ranges, known.size)) return null;
  const hash = new StreamHash(lengthOf(ranges));
  readRanges(rangesUpTo(ranges, known.size), (chunk) => hash.update(chunk));
  if (hash.digestSoFar() === known.digest) return readLines(ranges, { offset: known.size, hash }, transcript);
  hash.digest();
  return null;
}

function endsLine(ranges: ByteRange[], at: number): boolean {
  let last = -1;
  readRanges(rangesUpTo(rangesFrom(ranges, at - 1), 1), (chunk) => {
    last = chunk[0] as number;
  });
  return last === NEWLINE;
}

const readLines = (ranges: ByteRange[], options: LineOptions, before: Transcript | null): Content =>
  withLines(ranges, (reader) => ({ transcript: readTranscript(reader, { isUtf8 }, before), digest: reader.digest() }), options);

function transcriptOf(known: CachedContent): Transcript | null {
  const transcript = JSON.parse(known.transcript) as Transcript;
  // An earlier version of this tool noted less.
  const isWhole = transcript.meta && 'pluginFolders' in transcript.meta && 'rightsPlaces' in transcript;
  return isWhole ? transcript : null;
}
