import { describe, expect, test } from 'vitest';
import {
  homeOfRollout,
  imageNameIn,
  imageRule,
  isImageName,
  savedPathOf,
} from '../../../scripts/lib/domain/attachments/generated_image.ts';
import { localizePath } from '../../../scripts/lib/domain/localize/localization.ts';
import { readHead } from '../../../scripts/lib/domain/rollout/rollout_line.ts';
import { rulesFrom } from '../../fixtures/path_rules.ts';
import { idFrom } from '../../fixtures/records_at_places.ts';
import { jsonLine } from '../../fixtures/spelling.ts';

const thread = idFrom('there');
const savedIn = (record: object): string | null => {
  const bytes = jsonLine(record);
  return savedPathOf(bytes, readHead(bytes));
};

describe('a line says where an image was saved', () => {
  test.each([
    ['as an event', { type: 'image_generation_end', call_id: 'ig_1', result: 'AAAA', saved_path: '/x/1.png' }, '/x/1.png'],
    ['as an item', { type: 'item_completed', item: { type: 'ImageGeneration', saved_path: '/x/1.png' } }, '/x/1.png'],
    ['or that it was not', { type: 'image_generation_end', call_id: 'ig_1', saved_path: null }, null],
    ['or speaks of it', { type: 'agent_message', message: 'it is at "saved_path"', saved_path: '/x/1.png' }, null],
  ])('%s', (_how, payload, path) => expect(savedIn({ type: 'event_msg', payload })).toBe(path));
});

describe('the home of a rollout', () => {
  test.each([
    ['/home/al/.codex/sessions/2026/11/03/rollout-x.jsonl', '/home/al/.codex'],
    ['/home/al/.codex/archived_sessions/rollout-x.jsonl', '/home/al/.codex'],
    ['C:\\Users\\al\\.codex\\sessions\\2026\\11\\03\\rollout-x.jsonl', 'C:\\Users\\al\\.codex'],
    ['\\\\?\\C:\\Users\\al\\.codex\\archived_sessions\\rollout-x.jsonl', '\\\\?\\C:\\Users\\al\\.codex'],
    ['rollout-x.jsonl', null],
    ['/tmp/rollout-x.jsonl', null],
    [null, null],
  ])('of %s is %s', (path, home) => expect(homeOfRollout(path)).toBe(home));
});

describe('an image of a thread', () => {
  const folder = `/home/al/.codex/generated_images/${thread}`;
  test('is named by what lies in its folder', () =>
    expect(imageNameIn(`${folder}/ig_1.png`, '/home/al/.codex', thread)).toBe('ig_1.png'));

  test.each([
    ['another thread’s', `/home/al/.codex/generated_images/${idFrom('x')}/ig_1.png`],
    ['one that climbs', `${folder}/../../auth.json`],
    ['one that lies deeper', `${folder}/a/ig_1.png`],
    ['one of another home', `/home/bo/.codex/generated_images/${thread}/ig_1.png`],
    ['no path', 'ig_1.png'],
  ])('is not %s', (_what, path) => expect(imageNameIn(path, '/home/al/.codex', thread)).toBeNull());

  test.each(['.hidden', '..', '', 'a/b', 'a\\b', 'con', 'NUL.png', 'com1', 'dot.', 'a:b', 'é.png', `${'a'.repeat(300)}.png`])(
    'has no name like `%s`',
    (name) => expect(isImageName(name)).toBe(false),
  );

  test('is found here by the path that the transcript names, from any machine', () => {
    const here = { home: '/home/jw/.codex', threadId: idFrom('here') };
    const target = `/home/jw/.codex/generated_images/${idFrom('here')}/ig_1.png`;
    for (const [home, path] of [
      ['/home/al/.codex', `${folder}/ig_1.png`],
      ['\\\\?\\C:\\Users\\al\\.codex', `C:\\Users\\al\\.codex\\generated_images\\${thread}\\ig_1.png`],
    ] as const) {
      const rules = rulesFrom(['/home/al', '/home/elsewhere']);
      const rule = imageRule({ home, threadId: thread }, here);
      expect(localizePath(path, { ...rules, explicit: [...rules.explicit, rule] }).path).toBe(target);
    }
  });
});
