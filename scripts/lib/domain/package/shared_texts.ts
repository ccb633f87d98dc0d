// Rows of one package say the same again and again: ids in each table, models, folders. Each such text is held once.

/** Longer ones are rarely the same. */
const LONGEST = 100;
/** A package that never says anything twice does not cost more than that. */
const MOST = 100_000;

export class SharedTexts {
  readonly #known = new Map<string, string>();

  /** The same text; the one that was there before, where there was one. */
  share(text: string): string {
    if (text.length > LONGEST) return text;
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    if (this.#known.size < MOST) this.#known.set(text, text);
    return text;
  }
}
