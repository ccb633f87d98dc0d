// The files that Codex has its configuration from, for a thread in a folder.

import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { samePath } from '../../domain/ids/local_path.ts';
import { asObject } from '../../domain/json/json_value.ts';
import type { Configuration, Trust } from '../../domain/rights/configured_rights.ts';
import { readLocalText } from '../disk/distrusted_path.ts';
import { LOCAL_NAMES } from '../disk/local_paths.ts';
import { withoutLinks } from '../disk/places.ts';

type Table = Record<string, unknown>;

/** Where an administrator puts what holds for all users. */
const SYSTEM = '/etc/codex';

/** Reads each file once, for all folders of a run. */
export class ConfigurationFiles {
  readonly #home: string;
  readonly #system: string;
  readonly #tables = new Map<string, Table | null>();

  constructor(home: string, system = SYSTEM) {
    this.#home = home;
    this.#system = system;
  }

  /** The layers in Codex's order: the system's, the user's, those of a trusted project, and what an administrator insists on. */
  for(folder: string): Configuration {
    const user = path.join(this.#home, 'config.toml');
    const trust = trustOf(asObject(this.#read(user)).projects, folder);
    const files = [
      path.join(this.#system, 'config.toml'),
      user,
      ...(trust === 'trusted' ? projectFiles(folder) : []),
      path.join(this.#system, 'managed_config.toml'),
      path.join(this.#home, 'managed_config.toml'),
    ];
    const tables = files.map((file) => this.#read(file));
    const limits = this.#read(path.join(this.#system, 'requirements.toml'));
    const isWhole = tables.every((table) => table !== null) && limits !== null;
    return { tables: isWhole ? (tables as Table[]) : null, trust, limits: limits ?? {} };
  }

  get defaultModel(): string | null {
    const { model } = asObject(this.#read(path.join(this.#home, 'config.toml')));
    return typeof model === 'string' && model !== '' ? model : null;
  }

  #read(file: string): Table | null {
    const known = this.#tables.get(file);
    if (known !== undefined) return known;
    const table = readToml(file, () => {});
    this.#tables.set(file, table);
    return table;
  }
}

/** Empty where there is no such file. `unreadable` is told why one cannot be read; that the parser is not installed is no reason of a file. */
export function readToml(file: string, unreadable: (error: unknown) => void): Table | null {
  if (!fs.existsSync(file)) return {};
  // Loaded only here: every command starts faster without it where there is no configuration.
  const { parse } = createRequire(import.meta.url)('smol-toml') as typeof import('smol-toml');
  try {
    return parse(readLocalText(file));
  } catch (error) {
    unreadable(error);
    return null;
  }
}

/** A folder has the trust that is written down for it or for its repository; that of other folders above it means nothing. */
function trustOf(projects: unknown, folder: string): Trust {
  const places = [folder, withoutLinks(folder), repositoryOf(folder)?.trustedAs ?? null];
  const levels = places.flatMap((place) => (place === null ? [] : levelsOf(asObject(projects), place)));
  if (levels.includes('untrusted')) return 'untrusted';
  return levels.includes('trusted') ? 'trusted' : null;
}

/** Codex for Windows writes the names in small letters, and looks them up so; elsewhere as they are. */
const levelsOf = (projects: Table, place: string): unknown[] =>
  Object.entries(projects)
    .filter(([name]) => name === place || (LOCAL_NAMES.platform === 'win32' && samePath(name, place, LOCAL_NAMES)))
    .map(([, project]) => asObject(project).trust_level);

/** `trustedAs`: the folder whose trust it has besides its own; null where there is none. */
type Repository = { root: string; trustedAs: string | null };

/** The nearest one upwards. A `.git` that is a file is a worktree's, which its main repository speaks for, or a submodule's, which none does (0.150 to 0.171). */
function repositoryOf(folder: string): Repository | null {
  const root = upwards(folder).find((place) => statOf(path.join(place, '.git')) !== null);
  if (root === undefined) return null;
  const git = path.join(root, '.git');
  const stat = statOf(git);
  const isSmall = stat?.isFile() === true && stat.size <= MAX_GIT_FILE;
  return { root, trustedAs: stat?.isDirectory() ? root : isSmall ? mainRepository(root, readText(git)) : null };
}

/** A path and a word; in bytes. */
const MAX_GIT_FILE = 8192;

/** A worktree's `.git` says `gitdir: MAIN/.git/worktrees/NAME`. */
function mainRepository(root: string, git: string): string | null {
  const named = /^gitdir: (.*\S)/.exec(git)?.[1];
  const worktrees = path.dirname(path.resolve(root, named ?? ''));
  return named !== undefined && path.basename(worktrees) === 'worktrees' ? path.resolve(worktrees, '../..') : null;
}

/** A package can name a folder that no folder can be: too long, or with a NUL in it. */
const statOf = (place: string): fs.Stats | null => unlessRefused(() => fs.statSync(place), null);
const readText = (file: string): string => unlessRefused(() => readLocalText(file), '');

function unlessRefused<Found>(look: () => Found, otherwise: Found): Found {
  try {
    return look();
  } catch {
    return otherwise;
  }
}

/** Of the project alone: the one next to the folder comes last, since it counts most. */
function projectFiles(folder: string): string[] {
  const root = repositoryOf(folder)?.root ?? folder;
  const places = upwards(folder).filter((place) => place.length >= root.length);
  return places.reverse().map((place) => path.join(place, '.codex', 'config.toml'));
}

function upwards(folder: string): string[] {
  const above = path.dirname(folder);
  return above === folder ? [folder] : [folder, ...upwards(above)];
}
