// The files of the log: one a day, a next one where it is full, old ones zipped and at last removed. Every line is written by one call to the end of
// the file, so that runs beside each other do not mix theirs. A file that is written to is never renamed: another run may have it open.

import fs from 'node:fs';
import path from 'node:path';
import { dayOf, logName, parseLogName } from '../../domain/logging/log_name.ts';
import { ZipWriter } from '../archive/zip_writer.ts';
import { readChunks } from '../disk/file_reading.ts';
import { makeFolder, moveFile } from '../disk/folders.ts';
import { failAfter, removeAt } from '../disk/removal.ts';
import { namesIn } from '../paths/entries.ts';

/** `machine`: a part of a file's name. `keepDays`: files of today and so many days before stay. */
export type LogRules = { folder: string; machine: string; maxBytes: number; keepDays: number; old: 'zip' | 'plain' };

const { O_APPEND, O_CREAT, O_WRONLY, O_NOFOLLOW = 0 } = fs.constants;

/** A run that began yesterday may still write a line of yesterday. */
const AT_REST_MILLISECONDS = 3_600_000;
const DAY_MILLISECONDS = 86_400_000;

export class LogFolder {
  readonly #rules: LogRules;
  #open: { handle: number; day: string; number: number } | null = null;

  /** Makes the folder, and puts away or removes what is old. */
  constructor(rules: LogRules, now: Date) {
    this.#rules = rules;
    makeFolder(rules.folder, 'private');
    this.#tidy(now);
  }

  /** The line gets its end here. */
  write(line: string, now: Date): void {
    const bytes = Buffer.from(`${line}\n`);
    fs.writeSync(this.#fileFor(bytes.length, dayOf(now)), bytes);
  }

  close(): void {
    if (this.#open) fs.closeSync(this.#open.handle);
    this.#open = null;
  }

  /** Another run may have filled the file meanwhile, so its size is asked for each time. */
  #fileFor(length: number, day: string): number {
    if (this.#open?.day !== day) this.#openNext(day, this.#newest(day));
    for (;;) {
      const { handle, number } = this.#open as { handle: number; number: number };
      const { size } = fs.fstatSync(handle);
      if (size === 0 || size + length <= this.#rules.maxBytes) return handle;
      this.#openNext(day, number + 1);
    }
  }

  #openNext(day: string, number: number): void {
    this.close();
    const file = path.join(this.#rules.folder, logName(this.#rules.machine, { day, number }));
    this.#open = { handle: fs.openSync(file, O_APPEND | O_CREAT | O_WRONLY | O_NOFOLLOW, 0o600), day, number };
  }

  #newest(day: string): number {
    return Math.max(0, ...this.#files().flatMap((file) => (file.day === day ? [file.number] : [])));
  }

  #files() {
    const { folder, machine } = this.#rules;
    return namesIn(folder).flatMap((name) => {
      const parsed = parseLogName(machine, name);
      return parsed ? [{ ...parsed, file: path.join(folder, name) }] : [];
    });
  }

  #tidy(now: Date): void {
    const oldest = dayOf(new Date(now.getTime() - this.#rules.keepDays * DAY_MILLISECONDS));
    for (const { file, day, isZipped } of this.#files()) {
      if (day < oldest) removeAt(file);
      else if (this.#rules.old === 'zip' && !isZipped && day < dayOf(now) && isAtRest(file, now)) putAway(file);
    }
  }
}

function isAtRest(file: string, now: Date): boolean {
  const stat = fs.lstatSync(file, { throwIfNoEntry: false });
  return stat?.isFile() === true && stat.mtimeMs < now.getTime() - AT_REST_MILLISECONDS;
}

/** Beside it first: there is never less than the whole file. What another run has begun is made anew. */
function putAway(file: string): void {
  const unfinished = `${file}.zip.new`;
  removeAt(unfinished);
  const zip = new ZipWriter(unfinished);
  try {
    const entry = zip.open(path.basename(file));
    readChunks(file, 0, Number.POSITIVE_INFINITY, (chunk) => entry.write(Buffer.from(chunk)));
    entry.finish(fs.statSync(file).mtimeMs);
    zip.finish();
    moveFile(unfinished, `${file}.zip`);
    removeAt(file);
  } catch (error) {
    zip.close();
    failAfter(error, () => removeAt(unfinished));
  }
}
