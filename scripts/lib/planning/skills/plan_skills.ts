// Skills of the package that were asked for by name. One that no local folder has is installed; whatever is local stays.

import path from 'node:path';
import type { CodexHome } from '../../adapters/codex_home/codex_home.ts';
import { missingFolders } from '../../adapters/disk/folders.ts';
import { readSkill } from '../../adapters/package/package_skills.ts';
import type { PackedFile } from '../../domain/attachments/attached_tables.ts';
import { SyncError } from '../../domain/codes/errors.ts';
import type { SessionPackage } from '../../domain/package/package.ts';
import { isSkillName, type PackedSkill, SKILL_FILE, SKILLS } from '../../domain/package/skill.ts';
import type { Change, PlannedChange, PlannedSkill } from '../../domain/plan/plan.ts';
import { forThread, newFolders } from '../../domain/plan/session_changes.ts';
import { because } from '../../domain/reasons/reason.ts';
import { TakenNames, verdictOn } from './skill_verdict.ts';

export type PlannedSkills = { skills: PlannedSkill[]; changes: PlannedChange[]; warnings: string[] };

export function planSkills({ skills: packed, path: where }: SessionPackage, home: CodexHome, asked: string[]): PlannedSkills {
  const names = [...new Set(asked)];
  requirePacked(names, packed.names, where);
  const taken = new TakenNames(home.path);
  const planned = names.map((name) => planSkill(name, packed.folder, home, taken));
  const changes = planned.flatMap(({ changes: own }) => own);
  const root = changes.length > 0 ? missingFolders(path.join(home.path, SKILLS)) : [];
  const skills = planned.map(({ skill }) => skill);
  return { skills, changes: [...forThread(null, newFolders(root)), ...changes], warnings: skills.flatMap(warningOf) };
}

function requirePacked(names: string[], packed: string[], where: string): void {
  const missing = names.filter((name) => !packed.includes(name));
  if (missing.length === 0) return;
  const named = packed.slice(0, 20).join(', ') + (packed.length > 20 ? ` and ${packed.length - 20} more` : '');
  throw new SyncError('usage', `The package has no skill ${missing.join(', ')}.`, {
    where,
    hint: packed.length > 0 ? `it has: ${JSON.stringify(named).slice(1, -1)}` : 'it has none',
  });
}

type SkillPlan = { skill: PlannedSkill; changes: PlannedChange[] };

function planSkill(name: string, folder: string, home: CodexHome, taken: TakenNames): SkillPlan {
  const target = path.join(home.path, SKILLS, name);
  const packed = isSkillName(name) ? readSkill(path.join(folder, name)) : unnamed(name);
  const { action, ...reason } = verdictOn(name, packed, target, taken);
  const files = packed.files.map(({ name: place, size }) => ({ path: place, bytes: size }));
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  const skill = { name, action, ...reason, path: target, files, bytes, warnings: warningsOf(name, packed) };
  if (action !== 'create') return { skill, changes: [] };
  taken.add(name);
  return { skill, changes: installing(packed, target).map((change) => ({ thread_id: null, skill: name, change })) };
}

const unnamed = (name: string): PackedSkill => ({
  files: [],
  isRunnable: [],
  declaredName: null,
  fault: because(
    'skill_unsafe',
    `${JSON.stringify(name)} is not a valid skill name: use letters, digits, \`-\`, \`_\` and \`.\`, not hidden`,
  ),
});

/** `SKILL.md` comes last: a Codex that looks meanwhile finds no skill whose programs are not there yet. */
function installing({ files }: PackedSkill, target: string): Change[] {
  const folders = new Set(files.flatMap(({ name }) => parentsOf(name)));
  const last = (file: PackedFile): number => (file.name === SKILL_FILE ? 1 : 0);
  return [
    ...newFolders([target, ...[...folders].sort().map((folder) => path.join(target, folder))]),
    ...files
      .toSorted((one, other) => last(one) - last(other))
      .map((source): Change => ({ kind: 'copy_file', path: path.join(target, source.name), source })),
  ];
}

/** `a/b/c` lies in `a` and in `a/b`. */
const parentsOf = (place: string): string[] =>
  place
    .split('/')
    .slice(0, -1)
    .map((_, at, names) => names.slice(0, at + 1).join('/'));

function warningsOf(name: string, { isRunnable, declaredName, fault }: PackedSkill): string[] {
  if (fault) return [];
  return [
    ...(declaredName !== null && declaredName !== name
      ? [`its ${SKILL_FILE} names it ${JSON.stringify(declaredName)}, which is the name that Codex shows`]
      : []),
    ...(isRunnable.length > 0 ? [`${isRunnable.length} file(s) lose their executable bit: ${isRunnable.join(', ')}`] : []),
  ];
}

const warningOf = ({ name, action, files, path: target }: PlannedSkill): string[] =>
  action === 'create'
    ? [
        `skill ${name} contains instructions to the agent and programs that run with your rights; read its ${files.length} file(s) before they are installed in ${target}`,
      ]
    : [];
