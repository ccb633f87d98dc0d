// Skills: folders of instructions and programs that Codex takes from `<codex home>/skills/<name>/` (0.117 to 0.169).

import type { PackedFile } from '../attachments/attached_tables.ts';
import { parseRolloutName } from '../ids/rollout_name.ts';
import { foldName } from '../paths/folded_name.ts';
import { isDeviceName } from '../paths/valid_name.ts';
import { because, type Reason } from '../reasons/reason.ts';

export const SKILLS = 'skills';
/** Codex's own lie in `skills/.system`, and are skills like any other. */
export const SYSTEM_SKILLS = '.system';
/** Codex takes every file of this name for a skill, at any depth below `skills/` (0.145, 0.169). */
export const SKILL_FILE = 'SKILL.md';

/** What a packed skill may have. One with its installed dependencies has more, and is to be installed as its author says. */
export const SKILL_LIMITS = { files: 1000, bytes: 64 << 20, depth: 8 } as const;

/** A skill of a package, as it was when it was read: `files` by their path in its folder, with `/`; `fault` says why it is not taken. */
export type PackedSkill = { files: PackedFile[]; isRunnable: string[]; declaredName: string | null; fault: Reason | null };

/** One folder below `skills/` on every system, hidden nowhere. */
export const isSkillName = (name: string): boolean =>
  /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(name) && !name.endsWith('.') && !isDeviceName(name);

/** Control characters, text that turns around on a screen, what a file system could not decode, and what Windows refuses. */
const BAD_CHARACTER = /[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\ufffd<>:"|?*\\/]/;

/** Why an entry of a skill's folder cannot be taken, by its name alone; null where it can. `below`: the folders that it lies in. */
export function problemWithEntry(below: readonly string[], name: string): Reason | null {
  const place = [...below, name].join('/');
  if (name === '.' || name === '..' || BAD_CHARACTER.test(name) || /[ .]$/.test(name) || isDeviceName(name))
    return because('skill_unsafe', `${JSON.stringify(place)} is not a valid name on every system`);
  // Git runs programs that its settings and hooks name.
  if (foldName(name) === '.git')
    return because('skill_unsafe', `${place} is a git repository, whose settings name programs that git runs`);
  // The journal knows a rollout by its name.
  if (parseRolloutName(name)) return because('skill_unsafe', `${place} is named like a session's rollout`);
  if (below.length > 0 && foldName(name) === foldName(SKILL_FILE))
    return because('skill_unsafe', `${place} is another skill, which Codex would also load`);
  return null;
}

/** What the first lines say that it is called; Codex shows that name and not the folder's. */
export function declaredName(text: string): string | null {
  const opening = /^\uFEFF?---\r?\n([\s\S]*?)\r?\n---/.exec(text)?.[1];
  const name = opening === undefined ? undefined : /^name:[ \t]*(.*?)[ \t]*$/m.exec(opening)?.[1];
  return name ? name.replace(/^(["'])(.*)\1$/, '$2') : null;
}
