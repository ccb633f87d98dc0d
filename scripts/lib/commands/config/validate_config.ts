// `config validate`: what the configuration file sets, and all that is wrong with it.

import { type ConfigPlace, placeOfConfig, readConfigFile } from '../../adapters/config/config_file.ts';
import { LOCAL_NAMES } from '../../adapters/paths/local_paths.ts';
import { type ConfigProblem, readSettings, type Settings } from '../../domain/config/read_settings.ts';

export type Validation = ConfigPlace & { exists: boolean; settings: Settings; problems: ConfigProblem[] };

/** Throws where the file cannot be read, or is not TOML: then nothing more can be said about it. */
export function validateConfig(named: string | null, environment: NodeJS.ProcessEnv): Validation {
  const place = placeOfConfig(named, environment);
  const file = readConfigFile(place);
  const read = file ? readSettings(file.table, file.text, LOCAL_NAMES.platform) : { settings: new Map(), problems: [] };
  return { ...place, exists: file !== null, ...read };
}
