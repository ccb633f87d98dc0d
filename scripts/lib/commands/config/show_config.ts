// `config show`: every key with the value that holds, and where it comes from.

import { CONFIG_KEYS } from '../../domain/config/config_keys.ts';
import type { Value } from '../../domain/config/config_values.ts';
import { type Validation, validateConfig } from './validate_config.ts';

/** `value`: null where nothing is set and there is no default that can be written down. */
export type Shown = { key: string; value: Value | null; source: 'environment' | 'file' | 'default' };

/** Without flags, which hold for one run. */
export function showConfig(named: string | null, environment: NodeJS.ProcessEnv): Validation & { values: Shown[] } {
  const validation = validateConfig(named, environment);
  const values = CONFIG_KEYS.map(({ name: key, variable, default: usual = null }): Shown => {
    const outer = variable === undefined ? undefined : environment[variable];
    if (outer) return { key, value: outer, source: 'environment' };
    const value = validation.settings.get(key);
    return value === undefined ? { key, value: usual, source: 'default' } : { key, value, source: 'file' };
  });
  return { ...validation, values };
}
