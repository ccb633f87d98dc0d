import fs from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { failAfter, removeAt } from '../../../scripts/lib/adapters/disk/removal.ts';
import { temporaryFolder } from '../../fixtures/temporary_folder.ts';

afterEach(() => void vi.restoreAllMocks());

describe('removal', () => {
  test('a folder goes with all in it, and what its links lead to stays', () => {
    const root = temporaryFolder();
    fs.mkdirSync(path.join(root, 'gone', 'inner'), { recursive: true });
    fs.writeFileSync(path.join(root, 'gone', 'inner', 'file'), '');
    fs.writeFileSync(path.join(root, 'stays'), '');
    fs.symlinkSync(path.join(root, 'stays'), path.join(root, 'gone', 'link'));
    fs.symlinkSync(root, path.join(root, 'gone', 'round'));
    removeAt(path.join(root, 'gone'));
    expect(fs.readdirSync(root)).toEqual(['stays']);
  });

  test('where there is nothing, nothing happens', () => {
    expect(() => removeAt(path.join(temporaryFolder(), 'nothing'))).not.toThrow();
  });

  test('what the system says keeps its code', () => {
    const file = path.join(temporaryFolder(), 'file');
    fs.writeFileSync(file, '');
    vi.spyOn(fs, 'unlinkSync').mockImplementation(() => {
      throw Object.assign(new Error('EROFS'), { code: 'EROFS' });
    });
    expect(() => removeAt(file)).toThrow(expect.objectContaining({ code: 'EROFS' }));
  });

  test('the first error is told, whatever the clean-up says', () => {
    expect(() =>
      failAfter(new Error('the cause'), () => {
        throw new Error('the clean-up');
      }),
    ).toThrow('the cause');
  });
});
