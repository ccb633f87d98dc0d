// The configuration file of this tool: where it lies, and what is in it. Only the user names it (`--config`, CODEX_SYNC_CONFIG) or has it in
// their own place: nothing in the current folder, which may be a project of somebody else, is ever read.

import { devNull } from 'node:os';
import path from 'node:path';
import { parse as parseToml, TomlError } from 'smol-toml';
import { SyncError } from '../../domain/codes/errors.ts';
import type { JsonObject } from '../../domain/json/json_value.ts';
import { readLocalText } from '../open_files/distrusted_path.ts';
import { exists } from '../paths/entries.ts';
import { userPlace } from '../process/user_places.ts';

export type ConfigPlace = { path: string; chosenBy: 'flag' | 'environment' | 'default' };

/** `table`: what its text says. */
export type ConfigFile = ConfigPlace & { text: string; table: JsonObject };

type Environment = NodeJS.ProcessEnv;

/** `named`: with the flag, which may be relative to the current folder. */
export function placeOfConfig(named: string | null, environment: Environment): ConfigPlace {
  if (named !== null) return { path: path.resolve(named), chosenBy: 'flag' };
  const variable = environment.CODEX_SYNC_CONFIG;
  if (!variable) return { path: path.join(userPlace('configuration', environment), 'config.toml'), chosenBy: 'default' };
  if (path.isAbsolute(variable)) return { path: variable, chosenBy: 'environment' };
  throw new SyncError('configuration_invalid', 'CODEX_SYNC_CONFIG must be an absolute path.', { where: variable });
}

/** Null where nothing is in the default place, or the null device is named. */
export function readConfigFile(place: ConfigPlace): ConfigFile | null {
  if (place.path === devNull) return null;
  if (place.chosenBy === 'default' && !isReachable(place.path)) return null;
  if (!exists(place.path))
    throw invalid('There is no such configuration file.', place.path, {
      hint: `create it with \`config init --output ${place.path}\``,
    });
  const text = textOf(place.path);
  return { ...place, text, table: parse(text, place.path) };
}

/** In a home that is closed to this user (a sandbox, another account) nothing of theirs can lie. */
function isReachable(file: string): boolean {
  try {
    return exists(file);
  } catch {
    return false;
  }
}

/** Windows' own editor puts a mark in front. */
function textOf(file: string): string {
  try {
    return readLocalText(file).replace(/^\uFEFF/, '');
  } catch (cause) {
    if (cause instanceof SyncError) throw invalid(cause.message, file, { cause });
    throw cause;
  }
}

export function parse(text: string, where: string): JsonObject {
  try {
    return parseToml(text);
  } catch (cause) {
    if (!(cause instanceof TomlError)) throw cause;
    const message = cause.message.split('\n')[0]?.replace('Invalid TOML document: ', '');
    throw invalid(`line ${cause.line}, column ${cause.column}: not TOML: ${message}.`, where, { cause });
  }
}

const invalid = (message: string, where: string, detail: { hint?: string; cause?: unknown } = {}): SyncError =>
  new SyncError('configuration_invalid', message, { where, ...detail });
