// codexSync's configuration, taken over: every key of it ends in one of two lists.

import { asObject, isObject, type JsonObject } from '../json/json_value.ts';
import { parsePath } from '../paths/foreign_path.ts';
import type { Platform } from '../paths/local_path.ts';
import { CODEXSYNC_KEYS, NO_KEY, type Reason, type Rule } from './codexsync_keys.ts';
import { CONFIG_KEYS, type ConfigKey } from './config_keys.ts';
import { checkValue, type Pair, problemWithPair, type Value } from './config_values.ts';
import type { Settings } from './read_settings.ts';

/** `from`: the key there, `key` the one here. */
export type Imported = {
  settings: Settings;
  taken: { from: string; key: string; value: Value }[];
  notTaken: { from: string; reason: string }[];
};

/** `folder`: where the file lies, which relative paths of it start from. */
export function importCodexsync(
  table: JsonObject,
  folder: string,
  platform: Platform,
  keys: ConfigKey[] = CONFIG_KEYS,
): Imported {
  const imported: Imported = { settings: new Map(), taken: [], notTaken: [] };
  const { mappings, rest } = entriesOf(table);
  const root = expanded(asObject(table.paths).workspace_root_dir, '', folder) ?? folder;
  for (const [from, given] of rest) {
    const made = applied(ruleOf(from), given, root, platform, keys);
    if ('why' in made) imported.notTaken.push({ from, reason: made.why });
    else take(imported, from, made.key, made.value);
  }
  takeMappings(imported, mappings, asObject(table.identity).machine_id, platform);
  return imported;
}

function take({ settings, taken }: Imported, from: string, key: string, value: Value): void {
  settings.set(key, value);
  taken.push({ from, key, value });
}

/** Sections within sections stand with their section. */
function entriesOf(table: JsonObject): { mappings: unknown[]; rest: [string, unknown][] } {
  const { path_mappings: mappings, ...sections } = table;
  const rest = Object.entries(sections).flatMap(([section, value]) =>
    isObject(value)
      ? Object.entries(value).map(([key, given]): [string, unknown] => [`${section}.${key}`, given])
      : [[section, value] as [string, unknown]],
  );
  return { mappings: Array.isArray(mappings) ? mappings : [], rest };
}

const ruleOf = (from: string): Rule => {
  const name = [from, `${from.split('.')[0]}.*`].find((one) => Object.hasOwn(CODEXSYNC_KEYS, one));
  return (name === undefined ? undefined : CODEXSYNC_KEYS[name]) ?? { why: 'it is no key of codexSync' };
};

function applied(
  rule: Rule,
  given: unknown,
  root: string,
  platform: Platform,
  keys: ConfigKey[],
): { key: string; value: Value } | Reason {
  if ('why' in rule) return rule;
  const key = keys.find(({ name }) => name === rule.to);
  if (!key || key.type.kind === 'pairs') return { why: NO_KEY };
  const value = 'path' in rule ? pathOf(given, root, rule.below) : rule.take(given);
  if (isReason(value)) return value;
  const checked = checkValue(key.type, value, platform);
  return checked.problem === null ? { key: rule.to, value: checked.value } : { why: `\`${rule.to}\` ${checked.problem}` };
}

const isReason = (value: Value | Reason): value is Reason => isObject(value) && 'why' in value;

function pathOf(given: unknown, root: string, below?: string): Value | Reason {
  const path = expanded(given, root, root);
  if (path === null) return { why: 'it is empty' };
  const trimmed = path.replace(/[/\\]+$/, '');
  if (below === undefined) return path;
  return below === '..' ? trimmed.replace(/[/\\][^/\\]*$/, '') : `${trimmed}/${below}`;
}

/** Null where there is none. */
function expanded(given: unknown, workspace: string, base: string): string | null {
  if (typeof given !== 'string' || given.trim() === '') return null;
  const path = given.replaceAll(/\$\{workspace_root\}/g, () => workspace);
  return parsePath(path) || path.startsWith('~') ? path : `${base.replace(/[/\\]+$/, '')}/${path}`;
}

/** Only those that lead to this machine. */
function takeMappings(imported: Imported, mappings: unknown[], machine: unknown, platform: Platform): void {
  const pairs: Pair[] = [];
  for (const [at, mapping] of mappings.entries()) {
    const { from, to, target_machine: target, rule_id: id } = asObject(mapping);
    const name = `path_mappings.${typeof id === 'string' ? id : at + 1}`;
    const problem =
      target !== undefined && target !== machine
        ? 'it leads to another machine'
        : problemWithPair('paths', String(from), to, platform);
    if (problem !== null) imported.notTaken.push({ from: name, reason: problem });
    else {
      pairs.push({ from: String(from), to: String(to) });
      imported.taken.push({ from: name, key: 'path_mappings', value: [{ from: String(from), to: String(to) }] });
    }
  }
  if (pairs.length > 0) imported.settings.set('path_mappings', pairs);
}
