// Where a package is read from: its folder, or the folder that its archive is unpacked into for as long as a command runs.

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { listArchive, ROOM, unpackArchive } from '../../adapters/archive/archive_file.ts';
import { makeFolders } from '../../adapters/disk/folders.ts';
import { notAPackage } from '../../adapters/package/package_metadata.ts';
import {
  leftUnpackFolders,
  makeUnpackFolder,
  removeUnpackFolder,
} from '../../adapters/temporary_folders/private_temporary_folder.ts';
import { SyncError } from '../../domain/codes/errors.ts';
import { type CheckedArchive, type ChosenEntry, checkEntries, type EntryFault } from '../../domain/package/archive_entries.ts';
import { mostUnpacked } from '../../domain/package/archive_limits.ts';
import { MANIFEST } from '../../domain/package/package_layout.ts';
import { isSkillName, SKILLS } from '../../domain/package/skill.ts';
import { requireSpace } from '../../transaction/space/free_space.ts';

/** `package` is the folder that is read; `archive` the file that it came out of, null where it was a folder all along. */
export type PackagePlace = { package: string; archive: string | null };

/** `skills`: those to be read; of others there is an empty folder. `mayBeLarge`: however much it unpacks to, if the disk has room. */
export type NamedPackage = { named: string; skills: readonly string[]; mayBeLarge?: boolean };

/** What `work` throws names the archive and the place in it. */
export async function withPackageFolder<Result>(
  { named, skills, mayBeLarge = false }: NamedPackage,
  work: (place: PackagePlace) => Result,
): Promise<Result> {
  const file = path.resolve(named);
  if (!fs.statSync(file, { throwIfNoEntry: false })?.isFile()) return work({ package: file, archive: null });
  for (const left of leftUnpackFolders()) removeUnpackFolder(left);
  const { top, chosen, others } = await chooseFiles(file, skills, mayBeLarge);
  const folder = makeUnpackFolder();
  try {
    for (const name of others) makeFolders(path.join(folder.path, SKILLS, name), 0o700);
    await unpackArchive(file, chosen, folder.path);
    return namingArchive({ file, top, folder: folder.path }, () => work({ package: folder.path, archive: file }));
  } finally {
    folder.remove();
  }
}

/** `top`: the folder of the archive that is the package, or nothing where that is the archive itself. Nothing is unpacked yet. */
async function chooseFiles(
  file: string,
  skills: readonly string[],
  mayBeLarge: boolean,
): Promise<{ top: string; chosen: ChosenEntry[]; others: string[] }> {
  const checked = checkEntries(await listArchive(file), skills);
  requireSound(file, checked);
  if (!mayBeLarge) requireUsualSize(file, checked);
  requireSpace([{ folder: os.tmpdir(), bytes: checked.onDisk }], { hint: ROOM });
  return { top: checked.tops[0] as string, chosen: checked.chosen, others: checked.skills.filter(isSkillName) };
}

function requireSound(file: string, { tops, faults }: CheckedArchive): void {
  if (faults.length > 0) throw refused(file, faults);
  if (tops.length === 0) throw notAPackage(file, `it has no ${MANIFEST}, neither at the top nor in a top-level folder`);
  if (tops.length > 1) throw notAPackage(file, `it contains ${tops.length} packages (${tops.slice(0, MOST_NAMED).join(', ')})`);
}

function requireUsualSize(file: string, { bytes }: CheckedArchive): void {
  const most = mostUnpacked(fs.statSync(file).size);
  if (bytes > most) {
    throw new SyncError(
      'unsafe_package',
      `The archive unpacks to ${megabytes(bytes)}; a package may have at most ${megabytes(most)}.`,
      {
        where: file,
        hint: 'if you trust it, unpack it yourself and name the folder',
      },
    );
  }
}

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(0)} MB`;

const MOST_NAMED = 20;

function refused(file: string, faults: EntryFault[]): SyncError {
  const said = faults.slice(0, MOST_NAMED).map(({ name, what }) => `\`${name.slice(0, 200)}\` ${what}`);
  const more = faults.length > MOST_NAMED ? [`and ${faults.length - MOST_NAMED} more`] : [];
  const isUnsafe = faults.some((fault) => fault.isUnsafe);
  return new SyncError(
    isUnsafe ? 'unsafe_package' : 'archive_unreadable',
    `The archive ${isUnsafe ? 'is not safe to unpack' : 'cannot be unpacked'}: ${[...said, ...more].join('; ')}.`,
    { where: file },
  );
}

type Unpacked = { file: string; top: string; folder: string };

function namingArchive<Result>(unpacked: Unpacked, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof SyncError)) throw error;
    const { code, where, hint } = error;
    const detail = { ...(where ? { where: inArchive(where, unpacked) } : {}), hint, cause: error };
    throw new SyncError(code, inArchive(error.message, unpacked), detail);
  }
}

/** A place in the folder, as a place in the archive, whose names have `/` on every system. */
function inArchive(text: string, { file, top, folder }: Unpacked): string {
  const [before = '', ...below] = text.split(folder + path.sep);
  const named = below.map((rest) => rest.replace(/^\S+/, (name) => name.replaceAll(path.sep, '/')));
  return [before, ...named].join(`${file}: ${top === '' ? '' : `${top}/`}`).replaceAll(folder, file);
}
