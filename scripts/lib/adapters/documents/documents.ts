// JSON documents of ours and of packages, checked against references/schemas/ when they are read.

import fs from 'node:fs';
import type { BackupDescription } from '../../domain/backup/backup.ts';
import { SyncError } from '../../domain/codes/errors.ts';
import { StringCutter } from '../../domain/json/cut_strings.ts';
import { isTooDeep, MAX_DEPTH } from '../../domain/json/json_faults.ts';
import type { PackageManifest } from '../../domain/package/package.ts';
import { readChunks } from '../disk/file_reading.ts';
import { openToRead } from '../open_files/distrusted_path.ts';
import { withHandle } from '../open_files/handles.ts';
import { backupDescription, journalManifest, journalOperation, packageManifest } from './document_validators.generated.mjs';

/** A larger document of a package is refused before it is read, so none is written. */
export const MAX_DOCUMENT_BYTES = 16 << 20;

type Validator = typeof packageManifest;

export const readPackageManifest = (file: string): PackageManifest =>
  check(packageManifest, parseDocument(file), file) as PackageManifest;
export const readJournalManifest = (file: string): unknown => check(journalManifest, parseOwn(file), file);
export const checkBackupDescription = (document: unknown, where: string): BackupDescription =>
  check(backupDescription, document, where) as BackupDescription;
export const checkJournalOperation = (document: unknown, where: string): unknown => check(journalOperation, document, where);

export const parseDocument = (file: string): unknown =>
  withHandle(openToRead(file), (handle) => {
    if (fs.fstatSync(handle).size > MAX_DOCUMENT_BYTES)
      throw new SyncError('malformed_document', `A document is larger than ${MAX_DOCUMENT_BYTES >> 20} MiB.`, { where: file });
    return parseBytes(fs.readFileSync(handle), file);
  });

/** Up to 0.2 a journal listed titles whole, which are whole first messages in 0.169. They are for people to see: their beginnings do. */
const SHOWN_BYTES = 8192;

function parseOwn(file: string): unknown {
  const { size } = fs.statSync(file);
  if (size <= MAX_DOCUMENT_BYTES) return parseDocument(file);
  const cutter = new StringCutter(SHOWN_BYTES);
  const pieces: Buffer[] = [];
  readChunks(file, 0, size, (chunk) => pieces.push(cutter.take(chunk)));
  return parseBytes(Buffer.concat(pieces), file);
}

export function parseBytes(bytes: Buffer, file: string): unknown {
  if (isTooDeep(bytes))
    throw new SyncError('malformed_document', `A document is nested more than ${MAX_DEPTH} levels deep.`, { where: file });
  try {
    return JSON.parse(bytes.toString('utf8').replace(/^\uFEFF/, ''));
  } catch (error) {
    throw new SyncError('malformed_document', `A document is not JSON: ${(error as Error).message}`, { where: file });
  }
}

/** Names every violation at once. */
function check(validate: Validator, document: unknown, where: string): unknown {
  if (validate(document)) return document;
  const problems = (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath || '/'} ${message}`);
  throw new SyncError(
    'malformed_document',
    `A document does not have the expected form: ${[...new Set(problems)].slice(0, 5).join('; ')}`,
    { where },
  );
}
