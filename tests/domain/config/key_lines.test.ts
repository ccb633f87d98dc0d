import { expect, test } from 'vitest';
import { lineOf } from '../../../scripts/lib/domain/config/key_lines.ts';

const TEXT = `# on_divergence = "skip"
top = 1
sync.dotted = 2
[ sync ]  # a comment
list = [
  "a = b",
]
text = """
plain = 1
[other]
"""
plain = 2
[a."b c"]
d = 1
[[many]]
e = 1
[pairs]
"C:\\\\x" = "/y"
`;

test.each([
  ['top', 2],
  ['sync.dotted', 3],
  ['sync.list', 5],
  ['sync.plain', 12],
  ['a.b c', 13],
  ['a.b c.d', 14],
  ['many', 15],
  ['many.e', 16],
  ['pairs', 17],
  ['pairs.C:\\x', 18],
  ['nowhere', null],
  ['plain', null],
  ['on_divergence', null],
])('%s stands in line %s', (name, line) => {
  expect(lineOf(TEXT, name)).toBe(line);
});
