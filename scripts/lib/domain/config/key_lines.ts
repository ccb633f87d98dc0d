// Where a key stands in a text of TOML. The parser tells no places, so this is a look at lines: enough for a message, and null where in doubt.

/** The first line is 1. `name`: `section.key`, a key at the top, or a section. */
export function lineOf(text: string, name: string): number | null {
  let section = '';
  let isInText = false;
  for (const [at, line] of text.split('\n').entries()) {
    const wasInText = isInText;
    if (((line.match(/"""|'''/g) ?? []).length & 1) === 1) isInText = !isInText;
    if (wasInText) continue;
    const header = /^\s*\[\[?\s*([^\]]+?)\s*\]/.exec(line)?.[1];
    if (header !== undefined) section = spelled(header);
    const key = header === undefined ? KEY.exec(line)?.[1] : undefined;
    const found = key === undefined ? section : [section, spelled(key)].filter((part) => part !== '').join('.');
    if ((header !== undefined || key !== undefined) && (found === name || (key !== undefined && found.startsWith(`${name}.`))))
      return at + 1;
  }
  return null;
}

/** Bare, quoted or dotted, with its `=`. */
const KEY = /^\s*((?:[\w-]+|"(?:\\.|[^"\\])*"|'[^']*')(?:\s*\.\s*(?:[\w-]+|"(?:\\.|[^"\\])*"|'[^']*'))*)\s*=/;

const spelled = (key: string): string =>
  (key.match(PARTS) ?? []).map((part) => (part.startsWith('"') ? unescaped(part) : part.replaceAll("'", ''))).join('.');

const PARTS = /[\w-]+|"(?:\\.|[^"\\])*"|'[^']*'/g;

/** What TOML escapes and JSON does not is shown as it is written. */
function unescaped(quoted: string): string {
  try {
    return JSON.parse(quoted) as string;
  } catch {
    return quoted.slice(1, -1);
  }
}
