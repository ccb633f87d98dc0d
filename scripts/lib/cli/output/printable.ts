// The one place where text of others becomes text for a terminal or a log: nothing in a package, a path or an error message can steer the
// terminal, hide a part of a line, turn its direction or begin a line of its own.

/** Controls (C0, C1), format characters (bidi, zero width, soft hyphens, tags), separators of lines, fillers that show nothing. */
const STEERING = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\u115f\u1160\u3164\uffa0]/gu;
const BREAKS = /[\t-\r\u0085\u2028\u2029]+/g;
const PLAIN = /^[\x20-\x7e]*$/;

/** Breaks of a line become a space; what else would act on a terminal is spelled out, so that it can be seen. */
export function printable(text: string): string {
  if (PLAIN.test(text)) return text;
  return text
    .replace(BREAKS, ' ')
    .replace(STEERING, (character, at: number, whole: string) =>
      isJoiner(character, at, whole) ? character : spelledOut(character),
    );
}

/** Letters that are written joined or apart by such a character, and pictographs that are joined to one. */
const JOINABLE =
  /[\p{Script=Arabic}\p{Script=Syriac}\p{Script=Devanagari}\p{Script=Bengali}\p{Script=Gurmukhi}\p{Script=Gujarati}\p{Script=Oriya}\p{Script=Tamil}\p{Script=Telugu}\p{Script=Kannada}\p{Script=Malayalam}\p{Script=Sinhala}]$/u;
const PICTURE_ENDS = /(?:\p{Extended_Pictographic}|\p{Emoji_Modifier}|\ufe0f)$/u;

/** U+200C and U+200D are part of how some scripts and emoji are written; anywhere else they are only invisible. */
function isJoiner(character: string, at: number, text: string): boolean {
  if (character !== '\u200c' && character !== '\u200d') return false;
  const before = text.slice(Math.max(0, at - 2), at);
  const after = text.slice(at + 1, at + 3);
  return (
    (JOINABLE.test(before) && /^\p{L}/u.test(after)) || (PICTURE_ENDS.test(before) && /^\p{Extended_Pictographic}/u.test(after))
  );
}

function spelledOut(character: string): string {
  const code = character.codePointAt(0) as number;
  const hex = code.toString(16);
  return code < 0x100 ? `\\x${hex.padStart(2, '0')}` : code < 0x10000 ? `\\u${hex.padStart(4, '0')}` : `\\u{${hex}}`;
}

const UNSAFE_IN_JSON = /[\u007f-\u009f\p{Cf}\p{Zl}\p{Zp}\u115f\u1160\u3164\uffa0]/gu;

/** The same JSON, in which what may act on a terminal is escaped as JSON itself escapes C0. */
export const safeJson = (json: string): string =>
  json.replace(UNSAFE_IN_JSON, (character) => character.split('').map(unit).join(''));

const unit = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
