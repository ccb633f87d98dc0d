// The documents of a new package. What would be refused when it is read is not written.

import { SyncError } from '../../domain/codes/errors.ts';
import type { Row } from '../../domain/operation/operation.ts';
import { packedJson } from '../../domain/package/packed_row.ts';
import { MAX_DOCUMENT_BYTES } from '../documents/documents.ts';
import { MAX_LINE_BYTES } from '../lines/line_reader.ts';
import { MAX_METADATA_BYTES } from './package_metadata.ts';
import { type PackageTarget, writeInto } from './package_target.ts';

export const writeRows = (target: PackageTarget, name: string, rows: Row[]): void =>
  writeInto(target, name, (file) => {
    for (const row of rows) {
      const line = Buffer.from(`${packedJson(row)}\n`);
      if (line.length > MAX_LINE_BYTES) throw tooLarge(name, MAX_LINE_BYTES);
      if (file.size + line.length > MAX_METADATA_BYTES) throw tooLarge(name, MAX_METADATA_BYTES);
      file.write(line);
    }
    file.finish(Date.now());
  });

export function writeDocument(target: PackageTarget, name: string, value: unknown): void {
  const text = `${JSON.stringify(value, null, 2)}\n`;
  if (Buffer.byteLength(text) > MAX_DOCUMENT_BYTES) throw tooLarge(name, MAX_DOCUMENT_BYTES);
  writeText(target, name, text);
}

const tooLarge = (where: string, limit: number): SyncError =>
  new SyncError('package_too_large', `A file of the package would exceed the ${limit >> 20} MiB that can be read back.`, {
    where,
    hint: 'split the sessions into several packages with --thread-id or --cwd-filter',
  });

export const writeText = (target: PackageTarget, name: string, text: string): void =>
  writeInto(target, name, (file) => {
    file.write(Buffer.from(text));
    file.finish(Date.now());
  });
