// Makes an ordinary package of what machines have published, so that it takes the one way that packages take.

import path from 'node:path';
import { ATTACHED_TABLES, metadataFile } from '../../domain/attachments/attached_tables.ts';
import { IMAGES } from '../../domain/attachments/generated_image.ts';
import type { Content, SessionEntry } from '../../domain/exchange/commit.ts';
import { FORMAT_VERSION, PACKAGE_KIND, type PackageManifest } from '../../domain/package/package.ts';
import { MANIFEST } from '../../domain/package/package_layout.ts';
import { statFile } from '../disk/file_reading.ts';
import { FileWriter } from '../disk/file_writing.ts';
import { makeFolders } from '../disk/folders.ts';
import { removeAt } from '../disk/removal.ts';
import { writeDocument, writeRows } from '../package/package_documents.ts';
import { folderTarget } from '../package/package_target.ts';
import { toolVersion } from '../process/tool_version.ts';
import type { PackReader } from './packs.ts';

/** `createdAt`: of the newest commit that any of it comes from. */
export type PackageSource = { label: string; createdAt: string };

/** `folder` is empty. Tells which entries are in it; of the others not all has arrived. */
export async function writeExchangePackage(
  folder: string,
  entries: readonly SessionEntry[],
  packs: PackReader,
  source: PackageSource,
): Promise<SessionEntry[]> {
  for (const name of ['metadata', 'sessions', 'skills', 'skeleton']) makeFolders(path.join(folder, name), 0o700);
  const complete: SessionEntry[] = [];
  for (const entry of entries) if (await writeContents(folder, entry, packs)) complete.push(entry);
  const target = folderTarget(folder);
  writeRows(
    target,
    'metadata/threads.jsonl',
    complete.map(({ row }) => row),
  );
  writeRows(
    target,
    'metadata/session_index.jsonl',
    complete.map(({ index }) => index),
  );
  for (const file of ATTACHED_TABLES.map(metadataFile))
    writeRows(
      target,
      file,
      complete.flatMap(({ attached }) => attached[file] ?? []),
    );
  writeDocument(target, MANIFEST, manifestOf(complete, source));
  return complete;
}

/** Whether all was there; else nothing of it is left. */
async function writeContents(folder: string, entry: SessionEntry, packs: PackReader): Promise<boolean> {
  const images = path.join(folder, 'files', IMAGES, entry.thread_id);
  if (entry.images.length > 0) makeFolders(images, 0o700);
  const wanted = [
    ...entry.rollouts.map((one) => ({ content: one, file: path.join(folder, 'sessions', one.name), mtime: one.mtime })),
    ...entry.images.map((one) => ({ content: one, file: path.join(images, one.name), mtime: Date.now() })),
  ];
  const written: string[] = [];
  for (const { content, file, mtime } of wanted) {
    // What several sessions continue is there already.
    if ((statFile(file)?.size ?? 0) >= content.bytes) continue;
    removeAt(file);
    written.push(file);
    if (await writeContent(file, content, mtime, packs)) continue;
    for (const one of [...written, images]) removeAt(one);
    return false;
  }
  return true;
}

async function writeContent(file: string, { bytes, pieces }: Content, mtime: number, packs: PackReader): Promise<boolean> {
  const writer = new FileWriter(file, bytes);
  for (const piece of pieces) {
    const read = await packs.read(piece);
    if (!read) break;
    writer.write(read);
  }
  return writer.finish(mtime).size === bytes;
}

function manifestOf(entries: SessionEntry[], { label, createdAt }: PackageSource): PackageManifest {
  const made = entries.flatMap(({ thread_id, made_name }) => (made_name === null ? [] : [[thread_id, made_name] as const]));
  return {
    format_version: FORMAT_VERSION,
    package_kind: PACKAGE_KIND,
    minimum_working_set_only: true,
    cwd_filter: null,
    thread_ids: entries.map(({ thread_id }) => thread_id).toSorted(),
    skills_included: [],
    preferred_installer_skill: 'codex-session-transfer',
    sync: {
      tool_version: toolVersion(),
      machine: label,
      created_at: createdAt,
      sessions: {},
      made_names: Object.fromEntries(made),
    },
  };
}
