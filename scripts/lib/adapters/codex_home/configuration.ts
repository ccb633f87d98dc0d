// The files that Codex has its configuration from, for a thread in a folder.

import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import type { Configuration, Trust } from '../../domain/rights/configured_rights.ts';
import { asObject } from '../../domain/rights/settings_spelling.ts';

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
    const table = readToml(file);
    this.#tables.set(file, table);
    return table;
  }
}

/** Empty where there is no such file; null where it cannot be read. */
function readToml(file: string): Table | null {
  try {
    if (!fs.existsSync(file)) return {};
    const { parse } = createRequire(import.meta.url)('smol-toml') as typeof import('smol-toml');
    return parse(fs.readFileSync(file, 'utf8'));
  } catch {
    return null;
  }
}

/** A folder has the trust that is written down for it or for the root of its repository; that of other folders above it means nothing. */
function trustOf(projects: unknown, folder: string): Trust {
  const places = [folder, realPlace(folder), repositoryOf(folder)];
  const levels = places.map((place) => (place === null ? undefined : asObject(asObject(projects)[place]).trust_level));
  if (levels.includes('untrusted')) return 'untrusted';
  return levels.includes('trusted') ? 'trusted' : null;
}

function realPlace(folder: string): string | null {
  try {
    return fs.realpathSync(folder);
  } catch {
    return null;
  }
}

/** A `.git` that is a file belongs to a repository elsewhere, whose trust is not taken for granted. */
const repositoryOf = (folder: string): string | null =>
  upwards(folder).find((place) => isFolder(path.join(place, '.git'))) ?? null;

/** A package can name a folder that no folder can be: too long, or with a NUL in it. */
function isFolder(place: string): boolean {
  try {
    return fs.statSync(place).isDirectory();
  } catch {
    return false;
  }
}

/** Of the project alone: the one next to the folder comes last, since it counts most. */
function projectFiles(folder: string): string[] {
  const root = repositoryOf(folder) ?? folder;
  const places = upwards(folder).filter((place) => place.length >= root.length);
  return places.reverse().map((place) => path.join(place, '.codex', 'config.toml'));
}

function upwards(folder: string): string[] {
  const above = path.dirname(folder);
  return above === folder ? [folder] : [folder, ...upwards(above)];
}
