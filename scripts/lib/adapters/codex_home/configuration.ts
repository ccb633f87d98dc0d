// The files that Codex has its configuration from, for a thread in a folder.

import fs from 'node:fs';
import path from 'node:path';
import { parse } from 'smol-toml';
import { asObject, type JsonObject } from '../../domain/json/json_value.ts';
import type { Configuration } from '../../domain/rights/configured_rights.ts';
import { readLocalText } from '../open_files/distrusted_path.ts';
import { LOCAL_NAMES } from '../paths/local_paths.ts';
import { projectOf } from './project_layers.ts';

/** Where an administrator puts what holds for all users. */
const SYSTEM = '/etc/codex';

/** Reads each file once, for all folders of a run. */
export class ConfigurationFiles {
  readonly #home: string;
  readonly #system: string;
  readonly #tables = new Map<string, JsonObject | null>();

  constructor(home: string, system = SYSTEM) {
    this.#home = home;
    this.#system = system;
  }

  /** The layers in Codex's order: the system's, the user's, those of the project that are trusted, and what an administrator insists on. */
  for(folder: string): Configuration {
    const below = [path.join(this.#system, 'config.toml'), path.join(this.#home, 'config.toml')];
    const { trust, files, filesIfTrusted } = projectOf(
      folder,
      below.map((file) => asObject(this.#read(file))),
    );
    const limits = this.#read(path.join(this.#system, 'requirements.toml'));
    const layers = (project: string[]): JsonObject[] | null =>
      limits && allReadable([...below, ...project, ...this.#managed].map((file) => this.#read(file)));
    return { tables: layers(files), tablesIfTrusted: layers(filesIfTrusted), trust, limits: limits ?? {} };
  }

  /** Only where there is no `/etc` Codex looks for it in its home (on Linux it does not: 0.150, 0.160.1, 0.171). */
  get #managed(): string[] {
    const folders = LOCAL_NAMES.platform === 'win32' ? [this.#system, this.#home] : [this.#system];
    return folders.map((folder) => path.join(folder, 'managed_config.toml'));
  }

  get defaultModel(): string | null {
    const { model } = asObject(this.#read(path.join(this.#home, 'config.toml')));
    return typeof model === 'string' && model !== '' ? model : null;
  }

  #read(file: string): JsonObject | null {
    const known = this.#tables.get(file);
    if (known !== undefined) return known;
    const table = readToml(file, () => {});
    this.#tables.set(file, table);
    return table;
  }
}

const allReadable = (tables: (JsonObject | null)[]): JsonObject[] | null =>
  tables.every((table) => table !== null) ? (tables as JsonObject[]) : null;

/** Empty where there is no such file. `unreadable` is told why one cannot be read; that the parser is not installed is no reason of a file. */
export function readToml(file: string, unreadable: (error: unknown) => void): JsonObject | null {
  if (!fs.existsSync(file)) return {};
  try {
    return parse(readLocalText(file));
  } catch (error) {
    unreadable(error);
    return null;
  }
}
