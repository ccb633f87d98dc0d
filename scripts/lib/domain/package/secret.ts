// Texts that look like credentials. A package goes to somebody else, with every word that was ever pasted into a conversation or printed in it.

/** By what the services themselves say of their tokens; each begins where no longer word goes on, as in the middle of encoded data. */
const FORMS: Record<string, RegExp> = {
  'an API key (sk-…)': /(?<![\w-])sk-[\w-]{20,}/,
  'a GitHub token': /(?<![\w-])(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_\w{22})/,
  'a GitLab token': /(?<![\w-])glpat-[\w-]{20}/,
  'an AWS access key': /(?<![\w-])(?:AKIA|ASIA)[0-9A-Z]{16}(?![\w-])/,
  'a Google API key': /(?<![\w-])AIza[\w-]{35}(?![\w-])/,
  'a Slack token': /(?<![\w-])xox[abeprs]-[A-Za-z0-9-]{10}/,
  'a private key': /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----/,
};

const ANY = new RegExp(
  Object.values(FORMS)
    .map(({ source }) => source)
    .join('|'),
);

/** What kinds of secrets a line seems to hold. Never the secret itself. */
export function secretsIn(line: Buffer): string[] {
  const text = line.toString('latin1');
  if (!ANY.test(text)) return [];
  return Object.keys(FORMS).filter((kind) => FORMS[kind]?.test(text));
}

/** Adds up what the lines of a session seem to hold. */
export class SecretCount {
  readonly #kinds = new Set<string>();
  #lines = 0;

  add(line: Buffer): void {
    const kinds = secretsIn(line);
    if (kinds.length > 0) this.#lines++;
    for (const kind of kinds) this.#kinds.add(kind);
  }

  warnings(): string[] {
    return this.#lines === 0
      ? []
      : [`${this.#lines} line(s) seem to contain ${[...this.#kinds].join(', ')}: whoever receives the package receives it too`];
  }
}
