/** A number as it was spelled: JavaScript would lose digits and the difference between 1 and 1.0. */
class SpelledNumber {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** A map and not an object, because an object reorders keys that look like numbers. */
export type Json = null | boolean | string | SpelledNumber | Json[] | Map<string, Json>;

const token = /\s*([[\]{},:]|"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)/y;

/** Parses one JSON text; throws a SyntaxError with the offset where it is none. */
export function parseJson(text: string): Json {
  let offset = 0;
  const next = (): string => {
    token.lastIndex = offset;
    const found = token.exec(text);
    if (found === null) throw new SyntaxError(`no JSON at offset ${offset}`);
    offset = token.lastIndex;
    return found[1]!;
  };
  const read = (first: string): Json => {
    if (first === '{') return readMembers();
    if (first === '[') return readItems();
    if (first.startsWith('"')) return JSON.parse(first) as string;
    if (first === 'null') return null;
    if (first === 'true' || first === 'false') return first === 'true';
    if (/^[-\d]/.test(first)) return new SpelledNumber(first);
    throw new SyntaxError(`${first} before offset ${offset} starts no value`);
  };
  const readItems = (): Json[] => {
    const items: Json[] = [];
    for (let first = next(); first !== ']'; first = next()) items.push(read(first === ',' ? next() : first));
    return items;
  };
  const readMembers = (): Map<string, Json> => {
    const members = new Map<string, Json>();
    for (let first = next(); first !== '}'; first = next()) {
      const key = JSON.parse(first === ',' ? next() : first) as string;
      next();
      members.set(key, read(next()));
    }
    return members;
  };
  const value = read(next());
  if (text.slice(offset).trim() !== '') throw new SyntaxError(`more than one value at offset ${offset}`);
  return value;
}

/** Writes JSON as Python's `json.dumps(value, ensure_ascii=False)` does; `compact` is its separators=(',', ':'). */
export function dumpJson(value: Json, compact = false): string {
  const [comma, colon] = compact ? [',', ':'] : [', ', ': '];
  if (value instanceof SpelledNumber) return spellAsPython(value.text);
  if (Array.isArray(value)) return `[${value.map((item) => dumpJson(item, compact)).join(comma)}]`;
  if (value instanceof Map) {
    return `{${[...value].map(([key, member]) => JSON.stringify(key) + colon + dumpJson(member, compact)).join(comma)}}`;
  }
  return JSON.stringify(value);
}

/** Integers keep every digit in Python; everything else becomes the shortest spelling of the nearest double. */
function spellAsPython(text: string): string {
  if (/^-?\d+$/.test(text)) return text === '-0' ? '0' : text;
  const number = Number(text);
  if (Object.is(number, -0)) return '-0.0';
  const [digits, exponent] = number.toExponential().split('e') as [string, string];
  const power = Number(exponent);
  if (power >= -4 && power < 16) {
    const plain = number.toString();
    // JavaScript changes to exponents elsewhere than Python does
    const decimal = plain.includes('e') ? number.toFixed(digits.replace(/^-?\d\.?/, '').length - power) : plain;
    return decimal.includes('.') ? decimal : `${decimal}.0`;
  }
  return `${digits}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
}

/** A plain value of ours as Json. */
function toJson(value: unknown): Json {
  if (typeof value === 'number' || typeof value === 'bigint') return new SpelledNumber(String(value));
  if (Array.isArray(value)) return value.map(toJson);
  if (value !== null && typeof value === 'object')
    return new Map(Object.entries(value).map(([key, member]) => [key, toJson(member)]));
  return value as null | boolean | string;
}

export const dumpPlain = (value: unknown): string => dumpJson(toJson(value));
