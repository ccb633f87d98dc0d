import type { Explanation } from '../codes/explanation.ts';

const NOT_MADE = 'It is only listed. Its sessions list and resume, but their commands fail until it exists.';
const BY_HAND = 'Create it by hand if you work in it.';
const MAPPED = 'Create it by hand, or put it elsewhere with `--map-path FROM=TO`.';

/** Why a working folder that a package names is not made. */
export const FOLDER_REASONS = {
  folder_cannot_be: {
    means: 'No file system allows this name, or the name is misleading: `..`, control characters, device names.',
    matters: NOT_MADE,
    remedy: MAPPED,
  },
  folder_not_below_home: {
    means: 'It is neither below the user home nor below the `TO` of a mapping.',
    matters: NOT_MADE,
    remedy: MAPPED,
  },
  folder_hidden: {
    means: 'Part of its path begins with a dot: programs keep settings and keys in such folders.',
    matters: NOT_MADE,
    remedy: `${BY_HAND} A mapping whose \`TO\` contains the dot is trusted.`,
  },
  folder_of_system: {
    means: 'Systems and programs keep their own files there, as in `/etc` or `~/Library`.',
    matters: NOT_MADE,
    remedy: `${BY_HAND} A mapping whose \`TO\` is there is trusted.`,
  },
  folder_of_codex: {
    means: 'It is inside the Codex home, the folder of its databases, this skill, or the package, perhaps through a link.',
    matters: `A package writes nothing there except its sessions and the skills you named. ${NOT_MADE}`,
    remedy: BY_HAND,
  },
  folder_in_the_way: {
    means: 'A part of its path is not a folder, or this user may not create anything there.',
    matters: NOT_MADE,
    remedy: "The reason gives the system's message. Move the obstacle away, or map the folder elsewhere.",
  },
  too_many_folders: {
    means: 'The package asks for more folders than one run creates.',
    matters: NOT_MADE,
    remedy: 'Create the needed ones by hand, or sync fewer sessions at a time with `--thread-id`.',
  },
} satisfies Record<string, Explanation>;
