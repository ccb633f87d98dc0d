// One piece of a sync alone, on files: the way to understand a decision that surprises.

import fs from 'node:fs';
import { linesOf, withLines } from '../../adapters/lines/line_reader.ts';
import { readFirstLine } from '../../adapters/rollout/first_line.ts';
import { SyncError } from '../../domain/codes/errors.ts';
import { canonicalLine } from '../../domain/compare/canonical_line.ts';
import { classify } from '../../domain/compare/classification.ts';
import { relate } from '../../domain/compare/lineage.ts';
import type { ThreadId } from '../../domain/ids/thread_id.ts';
import { type LocalizedPath, localizePath, type PathRules } from '../../domain/localize/localization.ts';
import { localizeLine } from '../../domain/localize/localize_line.ts';
import type { Reason } from '../../domain/reasons/reason.ts';
import { type LineSource, readHead } from '../../domain/rollout/rollout_line.ts';

/** A line of both sides at the same place. `masked`: its canonical form, in which the rewrite surface is left out. Numbers begin at 1. */
export type Difference = { line: number; local: Shown | null; incoming: Shown | null };
type Shown = { unmasked: string; masked: string };

export type TriedClassification = Reason & {
  classification: string;
  lines: { shared: number; local_only: number; incoming_only: number };
  turns: { shared: number; local_only: number; incoming_only: number };
  identical_lines: number;
  shared_prefix: number;
  first_difference: Difference | null;
};

/** The two rollouts as if each were a session of its side; chains are not followed. */
export function tryClassify(localFile: string, incomingFile: string): TriedClassification {
  for (const file of [localFile, incomingFile]) requireRollout(file);
  const relation = withLines(localFile, (local) => withLines(incomingFile, (incoming) => relate(local, incoming)));
  const threadId = (readFirstLine(localFile)?.meta.id ?? '') as ThreadId;
  const sameId = threadId === readFirstLine(incomingFile)?.meta.id;
  const { classification, reason, reason_code } = classify([{ threadId, sameId, relation }]);
  const { lines, turns } = relation;
  return { classification, reason, reason_code, lines, turns, ...firstDifference(localFile, incomingFile) };
}

function requireRollout(file: string): void {
  if (!fs.statSync(file, { throwIfNoEntry: false })?.isFile())
    throw new SyncError('usage', 'This rollout does not exist.', { where: file, hint: 'name two rollout files' });
}

/** Line by line, without the care for lines that Codex writes by itself: what a person would see side by side. */
function firstDifference(
  localFile: string,
  incomingFile: string,
): Pick<TriedClassification, 'identical_lines' | 'shared_prefix' | 'first_difference'> {
  return withLines(localFile, (localLines) =>
    withLines(incomingFile, (incomingLines) => {
      let identical_lines = 0;
      for (let shared_prefix = 0; ; shared_prefix++) {
        const [local, incoming] = [shownNext(localLines), shownNext(incomingLines)];
        if (local === null && incoming === null) return { identical_lines, shared_prefix, first_difference: null };
        if (local?.masked !== incoming?.masked)
          return { identical_lines, shared_prefix, first_difference: { line: shared_prefix + 1, local, incoming } };
        if (local?.unmasked === incoming?.unmasked) identical_lines++;
      }
    }),
  );
}

function shownNext(lines: LineSource): Shown | null {
  const bytes = lines.next()?.bytes;
  return bytes ? { unmasked: bytes.toString('utf8'), masked: canonicalLine(bytes, readHead(bytes)) } : null;
}

export type TriedLocalization =
  | ({ kind: 'path'; source: string } & LocalizedPath)
  | { kind: 'rollout'; lines: number; changed: number; first_change: { line: number; before: string; after: string } | null };

/** A rollout where there is such a file, else a path. */
export function tryLocalize(what: string, rules: PathRules): TriedLocalization {
  const isRollout = what.endsWith('.jsonl') && fs.existsSync(what);
  return isRollout ? tryRollout(what, rules) : { kind: 'path', source: what, ...localizePath(what, rules) };
}

function tryRollout(file: string, rules: PathRules): TriedLocalization {
  const localization = { rules, ids: new Map<string, string>(), windowId: null };
  const result = {
    kind: 'rollout' as const,
    lines: 0,
    changed: 0,
    first_change: null as null | { line: number; before: string; after: string },
  };
  for (const { bytes } of linesOf(file)) {
    result.lines++;
    const before = Buffer.from(bytes);
    const after = localizeLine(before, readHead(before), localization, null);
    if (after.equals(before)) continue;
    result.changed++;
    result.first_change ??= { line: result.lines, before: before.toString('utf8'), after: after.toString('utf8') };
  }
  return result;
}
