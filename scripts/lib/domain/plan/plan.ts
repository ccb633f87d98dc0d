// The plan: what a run would do, as a value. It is shown, digested, and executed as it is (invariant 9).

import { createHash } from 'node:crypto';
import type { PackedFile } from '../attachments/attached_tables.ts';
import type { Action, Classification } from '../codes/class_table.ts';
import type { Sides } from '../compare/relation.ts';
import type { Transcript } from '../compare/transcript.ts';
import type { Localization, LocalizedPath } from '../localize/localization.ts';
import { type AppendPoint, asDigest, type Operation, type Owned } from '../operation/operation.ts';
import type { PackedRange } from '../package/package.ts';
import type { Reason } from '../reasons/reason.ts';
import type { ShownRights } from '../rights/rights.ts';
import type { AddedEvent } from '../rights/settings_line.ts';
import type { FirstLineChanges } from '../rollout/first_line_changes.ts';
import type { SyncPoint } from '../sidecar/sidecar.ts';

/** What the thread may do without being asked: at the sender, and on this machine once it is resumed. `kept`: the user wants the sender's to hold. */
export type Permissions = { sender: ShownRights; local: ShownRights; kept: boolean };

/** What is decided of one session of the package. What the package says of it is shown beside it, and follows from the package alone. */
export type PlannedSession = Reason & {
  thread_id: string;
  title: string;
  classification: Classification | 'invalid' | 'busy';
  action: Action;
  local_thread_id: string | null;
  /** The name that a created session or branch gets; null where it gets none, or keeps its own. */
  local_name: string | null;
  lineage_id: string | null;
  lines: Sides;
  turns: Sides;
  /** Of a local session: where it works, by the rule `here` where no rule leads there. */
  cwd: { source: string; local: string; rule: LocalizedPath['rule'] | 'here'; exists: boolean };
  model_provider: { id: string; configured: boolean };
  /** Null where nothing of it is written. */
  permissions: Permissions | null;
  warnings: string[];
};

/** A transcript as it was when it was planned: its files by size and mtime, its content by digest. */
export type PlannedSource = { ranges: PackedRange[]; digest: string };

/** `as_it_is`, or converted down to what a Codex before 0.147 reads. */
export type RolloutForm = 'as_it_is' | 'legacy';

/** The lines of a source from logical offset `from` on, and how they are spelled locally. */
export type SourceLines = { source: PlannedSource; from: number; localization: Localization; form: RolloutForm };

/** A local rollout as it was when the plan was made. `isTorn`: its last line is unfinished. `nextOrdinal`: null where lines keep their own. */
export type LocalEnd = AppendPoint & { digest: string; isTorn: boolean; nextOrdinal: number | null };

/**
 * A change of the plan. Rollout content is described, not held: it is written to the transaction's folder first, and only then
 * becomes an operation with sizes and digests.
 */
export type Change =
  | {
      kind: 'create_rollout';
      path: string;
      lines: SourceLines;
      firstLine: FirstLineChanges;
      /** Settings in this machine's terms, behind what is written; null where it ends with them, or has none. */
      added: AddedEvent | null;
      mtime: number;
    }
  | {
      kind: 'append_rollout';
      /** As it lies there; a compressed one becomes a plain one by it, as Codex makes it. */
      path: string;
      end: LocalEnd;
      lines: SourceLines;
      /** A record behind them. */
      added: AddedEvent | null;
      mtime: number;
    }
  /** Comes before an append to the rollout, which then names its new place. */
  | { kind: 'move_rollout'; path: string; to: string }
  | { kind: 'copy_file'; path: string; source: PackedFile }
  | { kind: 'create_sidecar'; path: string }
  /** The transcript is the incoming one itself: 20,000 of them as texts would be held beside it. */
  | { kind: 'sync_point'; path: string; before: SyncPoint | null; point: PlannedPoint; transcript: Transcript }
  | { kind: 'operation'; operation: Operation };

type PlannedPoint = Omit<SyncPoint, 'incoming_transcript' | 'local_size' | 'local_mtime'>;

/** `thread_id` is the local session that the change belongs to; null where it belongs to a skill or to the run. */
export type PlannedChange = Owned & { change: Change };

/** A skill that was asked for. `path`: its local folder. `files` are those that the package has, by their path in that folder. */
export type PlannedSkill = Reason & {
  name: string;
  action: 'create' | 'unchanged' | 'refuse';
  path: string;
  files: { path: string; bytes: number }[];
  bytes: number;
  warnings: string[];
};

export type FolderNotMade = Reason & { path: string };

/** Working folders that do not exist locally. `make`: all that the run makes, outermost first. `not_made` has the first of the others. */
export type PlannedFolders = { make: string[]; not_made: FolderNotMade[]; not_made_count: number };

export type Plan = {
  sessions: PlannedSession[];
  skills: PlannedSkill[];
  folders: PlannedFolders;
  changes: PlannedChange[];
  warnings: string[];
  digest: string;
};

/**
 * Names a plan: the same content, home and flags give the same digest, and nothing else does. `folder` is where the package lies, which
 * the digest leaves out: an archive is unpacked somewhere else each time.
 */
export function digestPlan(
  { sessions = [], skills = [], changes }: { sessions?: PlannedSession[]; skills?: PlannedSkill[]; changes: PlannedChange[] },
  packageDigest: string,
  folder = '',
): string {
  const spelled = spelling(folder);
  const hash = createHash('sha256').update(`[${JSON.stringify(packageDigest)}`);
  for (const list of [sessions, changes, ...(skills.length > 0 ? [skills] : [])]) {
    hash.update(',[');
    // One at a time: of 20,000 sessions the whole would be a text of 100 MB.
    for (const [at, entry] of list.entries()) hash.update(`${at > 0 ? ',' : ''}${JSON.stringify(entry, spelled)}`);
    hash.update(']');
  }
  return asDigest(hash.update(']').digest('hex'));
}

/** JSON knows neither large integers nor maps. */
function spelling(folder: string): (key: string, value: unknown) => unknown {
  const isPacked = (text: string): boolean => folder !== '' && text.startsWith(folder);
  return (key, value) => {
    // The same package, copied or unpacked anew, is the same plan.
    if (key === 'identity') return undefined;
    if (typeof value === 'string') return isPacked(value) ? `package:${value.slice(folder.length)}` : value;
    if (typeof value === 'bigint') return { bigint: String(value) };
    return value instanceof Map ? [...value] : value;
  };
}
