import { expect, test } from 'vitest';
import { dumpJson, parseJson } from './python_json.ts';

// Right-hand sides are what Python 3 prints for json.dumps(json.loads(text), ensure_ascii=False).
test.each([
  ['{"a":1,"b":[true,false,null],"c":{}}', '{"a": 1, "b": [true, false, null], "c": {}}'],
  ['[1.0,1e5,1E-5,1e16,123456789012345678.0,0.1,-0,-0.0]', '[1.0, 100000.0, 1e-05, 1e+16, 1.2345678901234568e+17, 0.1, 0, -0.0]'],
  ['[0.0001,0.00001234,1e15,5e-324]', '[0.0001, 1.234e-05, 1000000000000000.0, 5e-324]'],
  ['[0.000123]', '[0.000123]'],
  ['90071992547409931234', '90071992547409931234'],
  ['"caf\\u00e9 \\u2028 \\/ \\u001f \\u007f"', '"café \u2028 / \\u001f \u007f"'],
  ['{"b":1,"10":2,"b":3}', '{"b": 3, "10": 2}'],
])('%s is re-serialised as Python would', (text, expected) => {
  expect(dumpJson(parseJson(text))).toBe(expected);
});

test.each(['', '{"a"', '[1,,2]', '{}x', '}'])('%j is refused', (text) => {
  expect(() => parseJson(text)).toThrow(SyntaxError);
});
