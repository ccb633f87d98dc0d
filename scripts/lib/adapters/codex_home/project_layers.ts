// What a project has to say in the configuration of a thread in one of its folders: by experiment with Codex 0.150, 0.160.1 and 0.171.

import path from 'node:path';
import { asObject, type JsonObject } from '../../domain/json/json_value.ts';
import { samePath } from '../../domain/paths/local_path.ts';
import type { Trust } from '../../domain/rights/configured_rights.ts';
import { withoutLinks } from '../paths/links.ts';
import { LOCAL_NAMES } from '../paths/local_paths.ts';
import { existsThere, repositoryOf, upwards } from './repository.ts';

/** `files`: that count, the strongest last. `filesIfTrusted`: a new thread that may write makes Codex trust a folder that nobody has decided about. */
export type Project = { trust: Trust; files: string[]; filesIfTrusted: string[] };

/** `below`: the tables of the system and the user. */
export function projectOf(folder: string, below: readonly JsonObject[]): Project {
  const levels: JsonObject = Object.assign({}, ...below.map(({ projects }) => asObject(projects)));
  const trustedAs = repositoryOf(folder)?.trustedAs ?? null;
  const root = rootOf(folder, below);
  const counting = (known: JsonObject): string[] =>
    upwards(folder)
      .filter((place) => place.length >= root.length)
      .filter((place) => firstLevel(known, [place, root, trustedAs]) === 'trusted')
      .map((place) => path.join(place, '.codex', 'config.toml'))
      .reverse();
  const trust = trustOf(levels, folder, trustedAs);
  const decided = trust === null ? { ...levels, [trustedAs ?? folder]: { trust_level: 'trusted' } } : levels;
  return { trust, files: counting(levels), filesIfTrusted: counting(decided) };
}

/** A folder has the trust that is written down for it or for its repository; that of other folders above it means nothing. */
function trustOf(levels: JsonObject, folder: string, trustedAs: string | null): Trust {
  const found = [folder, trustedAs].flatMap((place) => (place === null ? [] : levelsOf(levels, place)));
  if (found.includes('untrusted')) return 'untrusted';
  return found.includes('trusted') ? 'trusted' : null;
}

/** Each folder's file counts by the folder's own trust, else by that of the project's root, else by its repository's. */
const firstLevel = (levels: JsonObject, places: (string | null)[]): unknown =>
  places.flatMap((place) => (place === null ? [] : levelsOf(levels, place)))[0];

/** By its name as it stands, then by where that leads. Codex for Windows writes names in small letters, and looks them up so. */
function levelsOf(levels: JsonObject, place: string): unknown[] {
  const isNamed = (name: string, wanted: string): boolean =>
    name === wanted || (LOCAL_NAMES.platform === 'win32' && samePath(name, wanted, LOCAL_NAMES));
  return [place, withoutLinks(place)]
    .flatMap((wanted) => Object.entries(levels).filter(([name]) => wanted !== null && isNamed(name, wanted)))
    .map(([, project]) => asObject(project).trust_level);
}

/** The nearest folder upwards that holds one of `project_root_markers`; the folder itself where none does. */
function rootOf(folder: string, below: readonly JsonObject[]): string {
  const said = below.map(({ project_root_markers: markers }) => markers).filter(Array.isArray);
  const markers: unknown[] = said.at(-1) ?? ['.git'];
  const isRoot = (place: string): boolean => markers.some((marker) => existsThere(path.join(place, String(marker))));
  return upwards(folder).find(isRoot) ?? folder;
}
