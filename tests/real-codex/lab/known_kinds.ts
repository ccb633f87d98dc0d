/** Kinds of lines that the suite has met in Codex 0.117 to 0.171. Another one is news. */
export const knownKinds: ReadonlySet<string> = new Set([]);
