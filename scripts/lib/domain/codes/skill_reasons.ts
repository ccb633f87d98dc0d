import type { Explanation } from './explanation.ts';

const NOT_INSTALLED = 'The skill is not installed, everything else is handled, and the exit code is 2.';

/** Why a skill is installed, or is not, and why it cannot be taken away again. */
export const SKILL_REASONS = {
  skill_absent: {
    means: 'No skill of that name is here.',
    matters: 'It is installed: instructions to the agent, and programs that run with the rights of the user.',
    remedy: 'Read its files first; `rollback` takes it away again.',
  },
  skill_same: {
    means: 'Every file of the skill is here already, byte for byte.',
    matters: 'There is nothing to install.',
    remedy: 'Nothing.',
  },
  skill_differs: {
    means: 'A skill of that name is here, and a file of it is another one or is missing.',
    matters: `Nothing of a skill is ever overwritten. ${NOT_INSTALLED}`,
    remedy: 'Compare the two; where the packaged one is wanted, move the folder here aside and sync again.',
  },
  skill_name_taken: {
    means: 'Something else has that name in `skills/`: one that differs in capitals only, one of Codex itself, or no folder.',
    matters: NOT_INSTALLED,
    remedy: 'Move away what the reason names, or have the skill packed under another name.',
  },
  skill_unsafe: {
    means: 'The skill has a file, a folder or a name that is not taken; the reason says which.',
    matters: `Links, devices, hard links, a repository and skills within the skill are never taken. ${NOT_INSTALLED}`,
    remedy: 'Install it as its author says, or have it packed without what the reason names.',
  },
  skill_too_large: {
    means: 'The skill has more files, more bytes or deeper folders than is taken.',
    matters: NOT_INSTALLED,
    remedy: 'Have it packed without installed dependencies and data.',
  },
  skill_incomplete: {
    means: 'The folder has no `SKILL.md`.',
    matters: `Codex would not take it for a skill. ${NOT_INSTALLED}`,
    remedy: 'Have it packed again.',
  },
  skill_unreadable: {
    means: 'The disk does not give the skill back, or this user may not read it.',
    matters: NOT_INSTALLED,
    remedy: 'The reason names what the system said; give the right to read.',
  },
  skill_changed_since: {
    means: 'A file of the skill was changed, or one was added, after the transaction.',
    matters: 'The skill stays as it is; everything else of the transaction can go back.',
    remedy: 'Move away what the reason names and try again, or remove the skill by hand.',
  },
  skill_gone: {
    means: 'The skill that the transaction installed is not here any more.',
    matters: 'Nothing is left to take away, and the transaction counts as rolled back for it.',
    remedy: 'Nothing.',
  },
} satisfies Record<string, Explanation>;
