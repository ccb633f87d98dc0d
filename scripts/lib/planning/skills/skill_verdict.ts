// Whether a packed skill is installed: what lies under its name already decides.

import fs from 'node:fs';
import path from 'node:path';
import { isStill } from '../../adapters/disk/file_reading.ts';
import { orSkillUnreadable } from '../../adapters/package/package_skills.ts';
import { exists, isFolder, isThere } from '../../adapters/paths/entries.ts';
import type { PackedFile } from '../../domain/attachments/attached_tables.ts';
import { type PackedSkill, SKILLS, SYSTEM_SKILLS } from '../../domain/package/skill.ts';
import { foldName } from '../../domain/paths/folded_name.ts';
import { isMakeable } from '../../domain/paths/valid_name.ts';
import type { PlannedSkill } from '../../domain/plan/plan.ts';
import { because, type Reason } from '../../domain/reasons/reason.ts';

type SkillVerdict = Pick<PlannedSkill, 'action'> & Reason;

export function verdictOn(name: string, { files, fault }: PackedSkill, target: string, taken: TakenNames): SkillVerdict {
  const refused = (reason: Reason): SkillVerdict => ({ action: 'refuse', ...reason });
  const problem = fault ?? taken.problemWith(name) ?? problemWithPlaces(files, target);
  if (problem) return refused(problem);
  if (!exists(target)) return { action: 'create', ...because('skill_absent', 'no local skill has this name') };
  const difference = orSkillUnreadable(() => localDifference(files, target));
  return difference ? refused(difference) : { action: 'unchanged', ...because('skill_same', 'all its files exist locally') };
}

function problemWithPlaces(files: PackedFile[], target: string): Reason | null {
  const found = files.find(({ name }) => !isMakeable(path.join(target, name)));
  return found ? because('skill_unsafe', `the local path of ${found.name} would be too long`) : null;
}

/** Further local files are the user's own, or were made by running it: they make no difference. */
function localDifference(files: PackedFile[], target: string): Reason | null {
  for (const file of files) {
    const { name } = file;
    const local = path.join(target, name);
    const stat = fs.statSync(local, { throwIfNoEntry: false });
    if (!stat?.isFile()) return because('skill_differs', `${name} is missing in the local skill`);
    if (!isStill(local, file)) return because('skill_differs', `${name} differs from the local file`);
  }
  return null;
}

/** Names in `skills/` and among Codex's own; on some file systems capitals make no difference. */
export class TakenNames {
  readonly #skills: string;
  readonly #names: Map<string, string>;

  constructor(home: string) {
    this.#skills = path.join(home, SKILLS);
    const own = takenIn(this.#skills);
    const system = own.includes(SYSTEM_SKILLS) ? takenIn(path.join(this.#skills, SYSTEM_SKILLS)) : [];
    const all = [
      ...system.map((name) => [name, `${SYSTEM_SKILLS}/${name}`] as const),
      ...own.map((name) => [name, name] as const),
    ];
    this.#names = new Map(all.map(([name, place]) => [foldName(name), place]));
  }

  add(name: string): void {
    this.#names.set(foldName(name), name);
  }

  problemWith(name: string): Reason | null {
    if (isNoFolder(this.#skills)) return because('skill_name_taken', `${this.#skills} is not a folder`);
    if (isNoFolder(path.join(this.#skills, name)))
      return because('skill_name_taken', 'the local entry with this name is not a folder');
    const other = this.#names.get(foldName(name));
    return other === undefined || other === name ? null : because('skill_name_taken', `there is a local skill \`${other}\``);
  }
}

/** A folder that cannot be read is an error: what is not seen may be taken. */
const takenIn = (folder: string): string[] => (isFolder(folder) ? fs.readdirSync(folder) : []);

/** A link to a folder is one: users keep their skills elsewhere. One that leads nowhere is not. */
const isNoFolder = (place: string): boolean => isThere(place) && !isFolder(place);
