import type { Explanation } from './explanation.ts';

const NOT_MADE = 'It is only listed. Sessions in it list and resume, but every command in it fails until it is there.';
const BY_HAND = 'Make it by hand where it is really worked in.';
const MAPPED = 'Make it by hand, or say with `--map-path FROM=TO` where it is to be.';

/** Why a working folder that a package names is not made. */
export const FOLDER_REASONS = {
  folder_cannot_be: {
    means: 'No file system has a folder of that name, or its name hides what it is: `..`, control characters, device names.',
    matters: NOT_MADE,
    remedy: MAPPED,
  },
  folder_not_below_home: {
    means: 'It lies neither below the user home nor below the `TO` of a mapping.',
    matters: NOT_MADE,
    remedy: MAPPED,
  },
  folder_hidden: {
    means: 'A name on the way to it begins with a dot: programs keep their settings and keys in such places.',
    matters: NOT_MADE,
    remedy: `${BY_HAND} A mapping whose \`TO\` has the dot in it is believed.`,
  },
  folder_of_system: {
    means: 'It lies where systems and programs keep their own files, such as `/etc` or `~/Library`.',
    matters: NOT_MADE,
    remedy: `${BY_HAND} A mapping whose \`TO\` lies there is believed.`,
  },
  folder_of_codex: {
    means:
      'It lies in the Codex home, where the databases of Codex are, in the folder of this skill, or in the package; perhaps through a link.',
    matters: `Nothing of a package gets there but its sessions and the skills that were named. ${NOT_MADE}`,
    remedy: BY_HAND,
  },
  folder_in_the_way: {
    means: 'Something that is no folder lies on the way to it, or this user may not make anything there.',
    matters: NOT_MADE,
    remedy: 'The reason says what the system said. Move away what is in the way, or map the folder elsewhere.',
  },
  too_many_folders: {
    means: 'The package has more folders made than one run makes.',
    matters: NOT_MADE,
    remedy: 'Make those that are needed by hand, or take over fewer sessions at a time with `--thread-id`.',
  },
} satisfies Record<string, Explanation>;
