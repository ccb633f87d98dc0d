// The skills of a package. Their folders are named without a look into them; one that is asked for is read, and is hostile until checked
// (invariant 6): no link is followed, nothing but plain files is opened, and the first fault ends the reading.

import fs from 'node:fs';
import path from 'node:path';
import type { PackedFile } from '../../domain/attachments/attached_tables.ts';
import { hasErrorCode } from '../../domain/codes/errors.ts';
import type { SkillFolders } from '../../domain/package/package.ts';
import {
  declaredName,
  type PackedSkill,
  problemWithEntry,
  SKILL_FILE,
  SKILL_LIMITS,
  SKILLS,
} from '../../domain/package/skill.ts';
import { foldName } from '../../domain/paths/folded_name.ts';
import { because, type Reason } from '../../domain/reasons/reason.ts';
import { digestFile, readStart } from '../disk/file_reading.ts';

export function findSkills(packageFolder: string): SkillFolders {
  const folder = path.join(packageFolder, SKILLS);
  const isFolder = fs.lstatSync(folder, { throwIfNoEntry: false })?.isDirectory() ?? false;
  const entries = isFolder ? fs.readdirSync(folder, { withFileTypes: true }) : [];
  const names = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  return { folder, names: names.sort() };
}

export function readSkill(folder: string): PackedSkill {
  const reader = new SkillReader(folder);
  const fault = orSkillUnreadable(() => reader.read([]) ?? reader.problemWithWhole());
  const { files, isRunnable } = reader;
  if (fault) return { files: [], isRunnable: [], declaredName: null, fault };
  return { files: files.sort((one, other) => (one.name < other.name ? -1 : 1)), isRunnable, declaredName: nameIn(folder), fault };
}

/** A disk that does not give something back is no bug. */
export function orSkillUnreadable(work: () => Reason | null): Reason | null {
  try {
    return work();
  } catch (error) {
    const { syscall, message } = error as NodeJS.ErrnoException;
    if (hasErrorCode(error, 'unsafe_package')) return because('skill_unsafe', message);
    if (syscall === undefined) throw error;
    return because('skill_unreadable', `it cannot be read: ${message}`);
  }
}

class SkillReader {
  readonly files: PackedFile[] = [];
  readonly isRunnable: string[] = [];
  readonly #root: string;
  #entries = 0;
  #bytes = 0;

  constructor(root: string) {
    this.#root = root;
  }

  /** `below`: the folders on the way from the skill's own to this one. */
  read(below: readonly string[]): Reason | null {
    if (below.length > SKILL_LIMITS.depth) return tooLarge(`has folders more than ${SKILL_LIMITS.depth} deep`);
    const seen = new Set<string>();
    const folder = fs.opendirSync(path.join(this.#root, ...below));
    try {
      for (let entry = folder.readSync(); entry; entry = folder.readSync()) {
        if (++this.#entries > SKILL_LIMITS.files) return tooLarge(`has more than ${SKILL_LIMITS.files} files and folders`);
        const fault = this.#take(below, entry.name, seen);
        if (fault) return fault;
      }
      return null;
    } finally {
      folder.closeSync();
    }
  }

  problemWithWhole(): Reason | null {
    const isWhole = this.files.some(({ name }) => name === SKILL_FILE);
    return isWhole ? null : because('skill_incomplete', `it has no ${SKILL_FILE}`);
  }

  #take(below: readonly string[], name: string, seen: Set<string>): Reason | null {
    const fault = problemWithEntry(below, name);
    if (fault) return fault;
    const place = [...below, name].join('/');
    if (seen.has(foldName(name))) return because('skill_unsafe', `${place} appears twice, in other capitals`);
    seen.add(foldName(name));
    const stat = fs.lstatSync(path.join(this.#root, place));
    if (stat.isDirectory()) return this.read([...below, name]);
    if (stat.isSymbolicLink()) return because('skill_unsafe', `${place} is a symbolic link`);
    if (!stat.isFile()) return because('skill_unsafe', `${place} is not a regular file`);
    if (stat.nlink > 1) return because('skill_unsafe', `${place} is a hard link to another file`);
    return this.#add(place, stat);
  }

  #add(place: string, { size, mtimeMs, mode }: fs.Stats): Reason | null {
    this.#bytes += size;
    if (this.#bytes > SKILL_LIMITS.bytes) return tooLarge(`has more than ${SKILL_LIMITS.bytes >> 20} MiB`);
    const file = path.join(this.#root, place);
    this.files.push({ name: place, file, size, mtime: mtimeMs, digest: digestFile(file) });
    if ((mode & 0o111) !== 0 && process.platform !== 'win32') this.isRunnable.push(place);
    return null;
  }
}

const tooLarge = (what: string): Reason => because('skill_too_large', `it ${what}`);

/** The name stands in the first lines; of an endless one nobody reads more. */
const nameIn = (folder: string): string | null =>
  declaredName(readStart(path.join(folder, SKILL_FILE), 16 << 10).toString('utf8'));
