// Whether a package may have a folder made. What the user chose (the own home, the TO of a mapping) is believed; what the package adds below
// that is only taken where it can be meant as a place to work in.

import { because, type Reason } from '../reasons/reason.ts';
import { foldSeen } from './folded_name.ts';
import { componentsBelow, parsePath } from './foreign_path.ts';
import { isMakeable, isTooLongToWorkIn } from './valid_name.ts';

/** Null where the folder may be made as far as its name tells. `bases`: the user's home and the folders that the user mapped to. */
export function problemWithFolder(
  folder: string,
  { userHome, bases }: { userHome: string; bases: readonly string[] },
): Reason | null {
  if (isTooLongToWorkIn(folder)) return because('folder_cannot_be', 'no Windows program can work in a path of that length');
  if (!isMakeable(folder)) return because('folder_cannot_be', 'no folder can have that name');
  if (folder.split(/[\\/]/).some(hasControls)) return because('folder_cannot_be', 'its name has control characters');
  const base = [userHome, ...bases].filter((each) => below(folder, each)).sort((one, other) => other.length - one.length)[0];
  if (base === undefined) return because('folder_not_below_home', 'it is not below your home');
  const names = (below(folder, base) as string[]).map(foldSeen);
  if (/^[A-Za-z]:|^\\\\/.test(folder) && names.some(isShortName))
    return because('folder_cannot_be', 'it is a Windows short name');
  if (names.some((name) => name.startsWith('.'))) return because('folder_hidden', 'it is hidden, or in a hidden folder');
  const isOfSystem = SYSTEM_PLACES.some((place) => isWithin(folder, place) && !isWithin(base, place));
  const isOfHome = [folder, base].map((each) => OF_SYSTEM_IN_HOME.has(foldSeen(below(each, userHome)?.[0] ?? '')));
  return isOfSystem || (isOfHome[0] && !isOfHome[1]) ? because('folder_of_system', 'programs and settings are kept there') : null;
}

function below(folder: string, ancestor: string): string[] | null {
  const [path, above] = [parsePath(folder), parsePath(ancestor)];
  return path && above && componentsBelow(path, above);
}

const isWithin = (folder: string, place: string): boolean => below(folder, place) !== null;

/** `SSH~1` may be what Windows calls `.ssh`. */
const isShortName = (name: string): boolean => /~\d/.test(name);

const hasControls = (name: string): boolean => /[\u0000-\u001f\u007f-\u009f]/.test(name);

/** A folder there that the user wants is one that the user names: `--map-path FROM=/usr/local/src`. */
const SYSTEM_PLACES = [
  ...['bin', 'boot', 'dev', 'etc', 'lib', 'lib32', 'lib64', 'proc', 'root', 'run', 'sbin', 'sys', 'usr', 'var'],
  ...['Applications', 'Library', 'System', 'private/etc', 'private/var'],
]
  .map((name) => `/${name}`)
  .concat(['Windows', 'Program Files', 'Program Files (x86)', 'ProgramData'].map((name) => `C:\\${name}`));

/** Below the home of macOS and of Windows. */
const OF_SYSTEM_IN_HOME = new Set(['library', 'appdata']);
