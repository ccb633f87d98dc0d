import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { indexFile, nameInIndex, readIndex } from '../../../scripts/lib/adapters/codex_home/session_index.ts';
import { temporaryFolder } from '../../fixtures/temporary_folder.ts';

const read = (content: string): [string, string][] => {
  const file = indexFile(temporaryFolder());
  fs.writeFileSync(file, content);
  return [...readIndex(file)];
};
const line = (id: string, name: string): string =>
  `${JSON.stringify({ id, thread_name: name, updated_at: '2026-11-21T10:08:09Z' })}\n`;

describe('names in the index', () => {
  test.each<[string, string, [string, string][]]>([
    ['nothing', '', []],
    [
      'names',
      line('a', 'A') + line('b', 'B'),
      [
        ['a', 'A'],
        ['b', 'B'],
      ],
    ],
    [
      'two names of one thread: the last wins',
      line('a', 'A') + line('b', 'B') + line('a', 'A2'),
      [
        ['a', 'A2'],
        ['b', 'B'],
      ],
    ],
    ['a last line without newline', line('a', 'A').trim(), [['a', 'A']]],
    ['a torn last line', line('a', 'A') + line('a', 'A2').slice(0, 20), [['a', 'A']]],
    ['a line that is no JSON', `oops\n${line('a', 'A')}`, [['a', 'A']]],
    ['lines of another form', `null\n[]\n7\n{"id":1,"thread_name":"x"}\n{"id":"b"}\n${line('a', 'A')}`, [['a', 'A']]],
    ['\\r\\n and empty lines', `\r\n${line('a', 'A').replace('\n', '\r\n')}\n\n`, [['a', 'A']]],
    ['U+2028 in a name', line('a', 'x\u2028y'), [['a', 'x\u2028y']]],
    ['spaces of Python', '{"id": "a", "thread_name": "A", "updated_at": "x"}\n', [['a', 'A']]],
  ])('%s', (_what, content, expected) => expect(read(content)).toEqual(expected));

  test('are none where there is no index', () => expect(readIndex(path.join(temporaryFolder(), 'absent'))).toEqual(new Map()));
});

test('a name is added as the line that Codex writes, on one line whatever the name', () => {
  const home = path.resolve('home');
  const line = '{"id":"a","thread_name":"x\\"\\n\u2028y","updated_at":"t"}';
  const operation = { kind: 'index_entry', path: indexFile(home), line, action: 'add' };
  expect(nameInIndex(home, 'a', 'x"\n\u2028y', 't')).toEqual({ kind: 'operation', operation });
  expect(read(`${line}\n`)).toEqual([['a', 'x"\n\u2028y']]);
});
