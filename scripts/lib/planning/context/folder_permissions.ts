// Which folders a package may have made in this home: judged by name first, then by what lies there.

import path from 'node:path';
import type { CodexHome } from '../../adapters/codex_home/codex_home.ts';
import { ownPlaceFinder } from '../../adapters/codex_home/own_places.ts';
import { missingFolders } from '../../adapters/disk/folders.ts';
import { whyNotMakeable } from '../../adapters/disk/write_access.ts';
import { isThere } from '../../adapters/paths/entries.ts';
import { isBelowFolder, LOCAL_NAMES, plain, throughLinks } from '../../adapters/paths/local_paths.ts';
import { problemWithFolder } from '../../domain/paths/allowed_folder.ts';
import { isAbsoluteOn } from '../../domain/paths/local_path.ts';
import { because, type Reason } from '../../domain/reasons/reason.ts';

/** With the folders on the way to them. A package of 20,000 sessions has some hundreds. */
const MOST_MADE = 1000;
/** Further ones are not even looked at. */
const MOST_ASKED = 10_000;

const TOO_MANY = because('too_many_folders', `a run creates at most ${MOST_MADE} folders`);

/** `mapped`: the folders that `--map-path` has named, now or before. `package`: where it lies. */
type Bounds = { home: CodexHome; package: string; userHome: string; mapped: readonly string[] };

/** Answers for each folder, once: who asks first gets those that one run may make. */
export class FolderPermissions {
  readonly #bounds: Bounds;
  readonly #answers = new Map<string, Reason | null>();
  readonly #made = new Set<string>();
  readonly #ownPlaceOf: ReturnType<typeof ownPlaceFinder>;

  constructor(bounds: Bounds) {
    this.#bounds = bounds;
    this.#ownPlaceOf = ownPlaceFinder(bounds.home);
  }

  /** Null where the folder exists or is made; else why not. */
  ask(folder: string): Reason | null {
    const known = this.#answers.get(folder);
    if (known !== undefined) return known;
    const answer = this.#answerFor(folder);
    this.#answers.set(folder, answer);
    return answer;
  }

  #answerFor(named: string): Reason | null {
    if (!isAbsoluteOn(LOCAL_NAMES.platform, named)) return because('folder_not_below_home', 'it is not a path of this system');
    const folder = path.resolve(plain(named));
    if (isThere(folder)) return null;
    if (this.#made.size >= MOST_MADE || this.#answers.size >= MOST_ASKED) return TOO_MANY;
    const problem =
      problemWithFolder(named, { userHome: this.#bounds.userHome, bases: this.#bounds.mapped }) ?? this.#problemWithPlace(folder);
    if (problem) return problem;
    const missing = missingFolders(folder).filter((each) => !this.#made.has(each));
    if (this.#made.size + missing.length > MOST_MADE) return TOO_MANY;
    for (const each of missing) this.#made.add(each);
    return null;
  }

  #problemWithPlace(folder: string): Reason | null {
    const own = this.#ownPlaceOf(folder);
    if (own) return because('folder_of_codex', `it is inside ${own}`);
    const real = throughLinks(folder);
    const inPackage = [folder, real].some((each) => each !== null && isBelowFolder(this.#bounds.package, each));
    if (inPackage) return because('folder_of_codex', 'it is inside the package');
    const above = path.dirname(missingFolders(folder)[0] as string);
    const problem = whyNotMakeable(above);
    return problem ? because('folder_in_the_way', `${above}: ${problem}`) : null;
  }

  /** Outermost first. */
  toMake(): string[] {
    return [...this.#made];
  }
}
