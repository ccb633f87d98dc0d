import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { placeOfConfig, readConfigFile } from '../../../scripts/lib/adapters/config/config_file.ts';
import { machinesOfEachTest } from '../../fixtures/machines.ts';

const machine = machinesOfEachTest();
const at = (file: string) => ({ path: file, chosenBy: 'flag' as const });

describe('where it is', () => {
  test('the flag wins over the variable, the variable over the usual place', () => {
    const environment = { CODEX_SYNC_CONFIG: path.resolve('/named.toml'), XDG_CONFIG_HOME: path.resolve('/cfg') };
    expect(placeOfConfig('x.toml', environment)).toEqual({ path: path.resolve('x.toml'), chosenBy: 'flag' });
    expect(placeOfConfig(null, environment)).toEqual({ path: path.resolve('/named.toml'), chosenBy: 'environment' });
    expect(placeOfConfig(null, { ...environment, CODEX_SYNC_CONFIG: '' }).chosenBy).toBe('default');
    expect(() => placeOfConfig(null, { CODEX_SYNC_CONFIG: 'x.toml' })).toThrow('must be an absolute path');
  });
});

describe('what is read', () => {
  test('nothing where nothing is in the usual place, or the null device is named', () => {
    const { root } = machine();
    const missing = path.join(root, 'x', 'config.toml');
    expect(readConfigFile({ path: missing, chosenBy: 'default' })).toBeNull();
    expect(readConfigFile({ path: path.join(missing, 'below a file'), chosenBy: 'default' })).toBeNull();
    expect(readConfigFile(at(os.devNull))).toBeNull();
  });

  test.each(['flag', 'environment'] as const)('a file that is named by %s must be there', (chosenBy) => {
    const file = path.join(machine().root, 'config.toml');
    expect(() => readConfigFile({ path: file, chosenBy })).toThrow('There is no such configuration file.');
  });

  test('a mark of Windows and its ends of lines are no part of it', () => {
    const file = path.join(machine().root, 'config.toml');
    fs.writeFileSync(file, '\uFEFF# hello\r\n[sync]\r\nwait_seconds = 3\r\n');
    expect(readConfigFile(at(file))).toMatchObject({ table: { sync: { wait_seconds: 3 } } });
  });

  test.each([
    ['[sync]\nx = ', /^line 2, column \d+: not TOML: /],
    ['[sync]\nx = 1\nx = 2', /^line 3, /],
    ['x = "a\nb"', /^line 1, /],
  ])('%j is told by its line', (text, message) => {
    const file = path.join(machine().root, 'config.toml');
    fs.writeFileSync(file, text);
    expect(() => readConfigFile(at(file))).toThrow(
      expect.objectContaining({ code: 'configuration_invalid', where: file, message: expect.stringMatching(message) }),
    );
  });

  test('a folder is no file', () => {
    const { root } = machine();
    expect(() => readConfigFile(at(root))).toThrow(
      expect.objectContaining({ code: 'configuration_invalid', message: 'It is not a regular file.' }),
    );
  });
});
