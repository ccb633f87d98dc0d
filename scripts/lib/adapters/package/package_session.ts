// One session of a package folder: its names, its rollout, what goes with it.

import fs from 'node:fs';
import path from 'node:path';
import { baseName, parseRolloutName, uncompressed } from '../../domain/ids/rollout_name.ts';
import { asThreadId } from '../../domain/ids/thread_id.ts';
import type { Row } from '../../domain/operation/operation.ts';
import type { Fault, PackageSession } from '../../domain/package/package.ts';
import { because } from '../../domain/reasons/reason.ts';
import { parentInSource } from '../../domain/rollout/thread_tree.ts';
import { formOnDisk } from '../lines/rollout_bytes.ts';
import type { PackedAttachments } from './package_attachments.ts';
import { type RolloutSource, readRollout } from './package_rollout.ts';

type SessionContext = RolloutSource & { indexName: string | null; attachments: PackedAttachments };

export function readSession(
  folder: string,
  row: Row,
  isDuplicate: boolean,
  { indexName, attachments, ...source }: SessionContext,
): PackageSession {
  const threadId = String(row.id ?? '');
  const rolloutName = uncompressed(baseName(String(row.rollout_path ?? '')));
  const parent = parentInSource(row.source);
  const session = { threadId, row, rolloutName, indexName, parent, attachments: attachments.of(threadId), ...UNREAD };
  // What is no name of a rollout may be no name at all: it never becomes a path.
  const isNamed = parseRolloutName(rolloutName) !== null;
  const file = isNamed ? formOnDisk(path.join(folder, 'sessions', rolloutName)) : '';
  const metadataFault = isDuplicate ? NAMED_TWICE : faultOfNames(row, rolloutName, file);
  if (metadataFault) return { ...session, invalid: metadataFault };
  const read = readRollout(file, session.threadId, source);
  // The first line of a rollout knows the parent best; a row is all there is where that cannot be read.
  return { ...session, ...read, parent: read.transcript?.meta?.parentThreadId ?? session.parent };
}

const UNREAD = { ranges: [], ownFrom: 0, transcript: null, digest: '', size: 0, mtime: 0 };

const NAMED_TWICE: Fault = {
  ...because('named_twice', 'metadata/threads.jsonl lists this thread more than once'),
  where: 'metadata/threads.jsonl',
};

function faultOfNames(row: Row, rolloutName: string, file: string): Fault | null {
  const named = (reason: string): Fault => ({ ...because('not_a_session', reason), where: 'metadata/threads.jsonl' });
  const packed = (reason: string): Fault => ({ ...because('rollout_not_packed', reason), where: `sessions/${rolloutName}` });
  if (!asThreadId(row.id)) return named(`\`${String(row.id)}\` is not a thread id`);
  const parsed = parseRolloutName(rolloutName);
  if (!parsed) return named(`\`${rolloutName}\` is not the name of a rollout`);
  if (parsed.threadId !== row.id) return named(`the rollout's name belongs to another thread (${parsed.threadId})`);
  const stat = fs.lstatSync(file, { throwIfNoEntry: false });
  if (!stat) return packed('its rollout is not in the package');
  if (stat.isSymbolicLink()) return packed('its rollout is a symbolic link');
  return stat.isFile() ? null : packed('its rollout is not a regular file');
}
