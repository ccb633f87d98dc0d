// The first line of a rollout that holds something: who the session is.

import { hasErrorCode, unlessDamaged } from '../../domain/codes/errors.ts';
import { isBlank } from '../../domain/json/json_bytes.ts';
import { findStrictFault } from '../../domain/json/json_faults.ts';
import { refusalOfFirstLine } from '../../domain/rollout/first_line_faults.ts';
import { headOf, type RolloutLine } from '../../domain/rollout/rollout_line.ts';
import { parseSessionMeta, type SessionMeta } from '../../domain/rollout/session_meta.ts';
import { linesOf } from '../lines/line_reader.ts';
import { knownEnd, openBytes } from '../lines/rollout_bytes.ts';

/** The first line of a rollout and the offset behind it; null where that is no session_meta or cannot be read. */
export function readFirstLine(file: string): FirstLine | null {
  const size = knownEnd(file);
  return unlessDamaged(
    () =>
      readWithin(file, Math.min(size, USUAL_FIRST_LINE)) ??
      (size > USUAL_FIRST_LINE ? readWithin(file, Math.min(size, MAX_FIRST_LINE)) : null),
  );
}

type FirstLine = { meta: SessionMeta; end: number };

/** Instructions make it some 20 kB; more is only read where that is not enough. */
const USUAL_FIRST_LINE = 64 << 10;
/** It has no images; a longer one is not believed to continue anything. */
export const MAX_FIRST_LINE = 8 << 20;

/** Why the system does not give it back, not even its beginning; null where it does. */
export function whyUnreadable(file: string): string | null {
  try {
    openBytes(file, 0).close();
    firstLine(file, Math.min(knownEnd(file), USUAL_FIRST_LINE));
    return null;
  } catch (error) {
    return hasErrorCode(error, 'rollout_unreadable') ? error.message : null;
  }
}

/** Why Codex, or this tool, leaves a session with this first line alone; null where it takes it. */
export function faultOfFirstLine(file: string): string | null {
  const line = unlessDamaged(() => firstLine(file, Math.min(knownEnd(file), MAX_FIRST_LINE)));
  const meta = line && metaIn(line);
  return meta ? (refusalOfFirstLine(line.bytes, meta)?.reason ?? null) : 'its first line is not a readable session_meta';
}

/** The first line that holds something. */
function firstLine(file: string, limit: number): RolloutLine | null {
  for (const line of linesOf(file, { limit })) if (!isBlank(line.bytes)) return { ...line, bytes: Buffer.from(line.bytes) };
  return null;
}

function readWithin(file: string, limit: number): FirstLine | null {
  const line = firstLine(file, limit);
  const meta = line && metaIn(line);
  return meta && { meta, end: line.end };
}

const metaIn = (line: RolloutLine): SessionMeta | null =>
  headOf(line).kind !== 'session_meta' || findStrictFault(line.bytes) ? null : parseSessionMeta(line.bytes, headOf(line));
