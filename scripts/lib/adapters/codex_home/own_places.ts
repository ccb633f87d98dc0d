// Folders that belong to Codex or to this tool. Nothing that a package or a flag names is made in them.

import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { SyncError } from '../../domain/codes/errors.ts';
import { foldSeen } from '../../domain/paths/folded_name.ts';
import { plain, throughLinks } from '../paths/local_paths.ts';
import { userFolder } from '../process/runtime_environment.ts';
import type { CodexHome } from './codex_home.ts';

const SKILL = fileURLToPath(new URL('../../../..', import.meta.url));

/** Answers of a place which of them it lies in or is, whatever links and capitals lead there; null where it lies in none. */
export function ownPlaceFinder({
  path: home,
  databases,
}: Pick<CodexHome, 'path' | 'databases'>): (place: string) => string | null {
  // With databases in a folder that has all else in it too, such as the user's home, only they are Codex's.
  const hasAllElse = isIn(home, { folder: databases, holds: () => true });
  const named: OwnPlace[] = [
    { folder: home, holds: () => true },
    { folder: path.join(userFolder(), '.codex'), holds: () => true },
    { folder: databases, holds: (name) => !hasAllElse || name.includes('.sqlite') },
    // What people who work on this tool have in tests/ is no part of it.
    { folder: SKILL, holds: (name) => name !== 'tests' },
  ];
  const places = named.flatMap(({ folder, holds }) =>
    [...new Set([folder, throughLinks(folder) ?? folder])].map((each) => ({ folder: each, holds })),
  );
  return (place) => {
    const spellings = [path.resolve(place), throughLinks(place)].flatMap((each) => each ?? []);
    return places.find((own) => spellings.some((each) => isIn(each, own)))?.folder ?? null;
  };
}

/** `what`: the place, in words. `flag`: that names it. */
export function requireOutside(home: CodexHome, place: string, what: string, flag: string | null = null): void {
  const own = ownPlaceFinder(home)(place);
  if (own === null) return;
  throw new SyncError('usage', `${what} is inside a folder of Codex or of this tool.`, {
    where: place,
    hint: `name a folder outside ${own}${flag === null ? '' : ` with ${flag}`}`,
  });
}

/** `holds`: whether what is called so in it belongs to it; the empty name is the folder itself. */
type OwnPlace = { folder: string; holds: (name: string) => boolean };

function isIn(place: string, { folder, holds }: OwnPlace): boolean {
  const names = namesBelow(place, folder);
  return names !== null && holds(names[0] ?? '');
}

/** Capitals and composed letters make no difference here, as on some file systems. */
function namesBelow(place: string, ancestor: string): string[] | null {
  const [names, above] = [namesOf(place), namesOf(ancestor)];
  return above.every((name, at) => name === names[at]) ? names.slice(above.length) : null;
}

const namesOf = (place: string): string[] =>
  path
    .resolve(plain(place))
    .split(path.sep)
    .filter((name) => name !== '')
    .map(foldSeen);
