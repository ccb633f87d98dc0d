import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { newKey, sealFor, unwrapKey, wrapKey } from '../../../scripts/lib/adapters/place/seal.ts';
import { temporaryFolder } from '../../fixtures/temporary_folder.ts';
import { AGE, buildAge } from '../../schemas/build_age.ts';

test('the shipped part of age-encryption is the one of the locked version (npm run age)', () => {
  expect(fs.readFileSync(AGE, 'utf8')).toBe(buildAge());
});

test('what is closed opens with its key only, and a changed byte opens nothing', async () => {
  const [key, other] = [await newKey(), await newKey()];
  const closed = await (await sealFor(key)).close(Buffer.from('said in private'));
  expect(String(await (await sealFor(key)).open(closed))).toBe('said in private');
  expect(await (await sealFor(other)).open(closed)).toBe(null);
  closed[closed.length - 1] = (closed.at(-1) as number) ^ 1;
  expect(await (await sealFor(key)).open(closed)).toBe(null);
});

test('a passphrase gives the key back, another one nothing', async () => {
  const key = await newKey();
  const wrapped = await wrapKey(key, 'open sesame');
  expect(await unwrapKey(wrapped, 'open sesame')).toBe(key);
  expect(await unwrapKey(wrapped, 'open barley')).toBe(null);
}, 30_000);

test.skipIf(spawnSync('age', ['--version']).status !== 0)('the ordinary age program reads it', async () => {
  const folder = temporaryFolder();
  const key = await newKey();
  fs.writeFileSync(path.join(folder, 'key'), key);
  const closed = await (await sealFor(key)).close(Buffer.from('said in private'));
  const { stdout } = spawnSync('age', ['-d', '-i', path.join(folder, 'key')], { input: closed });
  expect(String(stdout)).toBe('said in private');
});
