// What a package says of itself and of each session, after it was checked.

import type { Attachments } from '../attachments/attached_tables.ts';
import type { Transcript } from '../compare/transcript.ts';
import type { ThreadId } from '../ids/thread_id.ts';
import type { Row } from '../operation/operation.ts';
import type { Reason } from '../reasons/reason.ts';
import type { ByteRange } from '../rollout/byte_range.ts';

export const PACKAGE_KIND = 'session-skill-package';
export const FORMAT_VERSION = 1;

/** package_manifest.json. Fields that are not named here are kept and ignored. */
export type PackageManifest = {
  format_version: number;
  package_kind: string;
  minimum_working_set_only?: boolean;
  cwd_filter?: string | null;
  thread_ids?: string[];
  skills_included?: string[];
  deferred_components?: string[];
  preferred_installer_skill?: string;
  /** What this project adds: facts about the packing machine, none of them needed. */
  sync?: {
    tool_version: string;
    machine: string;
    created_at: string;
    sessions: Record<string, SessionFacts>;
    /** By thread: a name that a tool gave and no user, of those that look so. Absent: the packer does not say. */
    made_names?: Record<string, string>;
    /** By thread: what lies in files/generated_images/<thread id>/. */
    images?: Record<string, ImageFacts[]>;
  };
};

export type ImageFacts = { name: string; bytes: number; digest: string };

export type SessionFacts = { lines: number; turns: number; bytes: number; digest: string };

/**
 * One session of a package. `ranges` is its transcript with all that it continues, `size` and `digest` are of that, and `ownFrom` is the
 * ordinal that its first own line gets in one file; `mtime` is the packed rollout's. Paths are absolute; `invalid` says why it cannot be taken, and where.
 */
export type PackageSession = {
  threadId: string;
  /** The row of the `threads` table as its machine had it. */
  row: Row;
  rolloutName: string;
  ranges: PackedRange[];
  ownFrom: number;
  indexName: string | null;
  /** The thread that spawned it at the sender; null where a person started it. */
  parent: string | null;
  attachments: Attachments;
  transcript: Transcript | null;
  digest: string;
  size: number;
  /** mtime of the packed rollout, in milliseconds since 1970. */
  mtime: number;
  invalid: Fault | null;
};

/** Why a session cannot be taken, and where that is seen. */
export type Fault = Reason & { where: string };

/** A range of a packed transcript, and the file as it was when it was read: identity by size and mtime. */
export type PackedRange = ByteRange & { fileSize: number; fileTime: number; identity: string };

/** `names` are the folders in `folder`, which is absolute. What lies in them is read where it is asked for. */
export type SkillFolders = { folder: string; names: string[] };

export type SessionPackage = {
  path: string;
  form: 'directory' | 'archive';
  manifest: PackageManifest;
  digest: string;
  bytes: number;
  sessions: PackageSession[];
  requiredDirectories: string[];
  skills: SkillFolders;
  warnings: string[];
};

/** A session that passed every check. */
export type ValidSession = PackageSession & {
  threadId: ThreadId;
  transcript: Transcript & { meta: NonNullable<Transcript['meta']> };
  invalid: null;
};

export const isValid = <Session extends PackageSession>(session: Session): session is Session & ValidSession =>
  session.invalid === null;
