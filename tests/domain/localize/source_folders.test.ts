import { expect, test } from 'vitest';
import { namesSourceFolders } from '../../../scripts/lib/domain/localize/source_folders.ts';
import { ownIds, rulesFrom } from '../../fixtures/path_rules.ts';
import { jsonLine } from '../../fixtures/spelling.ts';

const localization = { rules: rulesFrom(['/home/al', '/home/jw']), ...ownIds };
const settings = (cwd: string): Buffer =>
  jsonLine({ timestamp: 't', type: 'event_msg', payload: { type: 'thread_settings_applied', thread_settings: { cwd } } });

test.each([
  ['it is here and its settings are not', '/home/jw/x', '/home/al/x', true],
  ['both are here', '/home/jw/x', '/home/jw/x', false],
  ['both are there', '/home/al/x', '/home/al/x', false],
])('a thread is given its folder back where %s', (_what, metaCwd, cwd, isRepaired) => {
  expect(namesSourceFolders({ metaCwd, lastSettings: settings(cwd) }, localization)).toBe(isRepaired);
});

test('a thread without settings needs no repair', () =>
  expect(namesSourceFolders({ metaCwd: '/home/jw', lastSettings: null }, localization)).toBe(false));
