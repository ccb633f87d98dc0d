import type { Explanation } from '../codes/explanation.ts';

const NOT_INSTALLED = 'The skill is not installed, everything else is handled, and the exit code is 2.';

/** Why a skill is installed, or is not, and why it cannot be taken away again. */
export const SKILL_REASONS = {
  skill_absent: {
    means: 'No local skill has this name.',
    matters: 'It is installed: instructions to the agent, and programs that run with the rights of the user.',
    remedy: 'Read its files first; `rollback` removes it.',
  },
  skill_same: {
    means: 'Every file of the skill exists locally, byte for byte.',
    matters: 'There is nothing to install.',
    remedy: 'Nothing.',
  },
  skill_differs: {
    means: 'A local skill has this name, but one of its files differs or is missing.',
    matters: `Skill files are never overwritten. ${NOT_INSTALLED}`,
    remedy: 'Compare the two; to use the packaged one, move the local folder away and sync again.',
  },
  skill_name_taken: {
    means:
      "Something else has this name in `skills/`: a skill that differs only in capitals, one of Codex's own, or not a folder.",
    matters: NOT_INSTALLED,
    remedy: 'Move away what the reason names, or ask for the skill under another name.',
  },
  skill_unsafe: {
    means: 'The skill contains a file, folder or name that is not accepted; the reason says which.',
    matters: `Links, hard links, devices, repositories and nested skills are never accepted. ${NOT_INSTALLED}`,
    remedy: 'Install it as its author says, or ask for a package without what the reason names.',
  },
  skill_too_large: {
    means: 'The skill has too many files, too many bytes or too deep folders.',
    matters: NOT_INSTALLED,
    remedy: 'Ask for a package without installed dependencies and data.',
  },
  skill_incomplete: {
    means: 'The folder has no `SKILL.md`.',
    matters: `Codex would not recognize it as a skill. ${NOT_INSTALLED}`,
    remedy: 'Ask for a new package.',
  },
  skill_unreadable: {
    means: 'The skill cannot be read from disk, or this user may not read it.',
    matters: NOT_INSTALLED,
    remedy: "The reason gives the system's message; grant read access.",
  },
  skill_changed_since: {
    means: 'A file of the skill was changed, or one was added, after the transaction.',
    matters: 'The skill stays unchanged; everything else of the transaction can be rolled back.',
    remedy: 'Move away what the reason names and try again, or delete the skill by hand.',
  },
  skill_gone: {
    means: 'The skill that the transaction installed no longer exists.',
    matters: 'Nothing is left to remove, so it counts as rolled back.',
    remedy: 'Nothing.',
  },
} satisfies Record<string, Explanation>;
