import { SyncError } from '../codes/errors.ts';

/** More are counted, not named. */
const MOST_NAMED = 8;

/**
 * The ids that were meant, each given whole or as a beginning that only one of `known` has. What none begins with stays as it was given:
 * the caller says that there is no such one. `where` is the flag.
 */
export function wholeIds(given: readonly string[], known: Iterable<string>, where: string): string[] {
  if (given.length === 0) return [];
  const all = new Set(known);
  const found = given.map((beginning) => ({
    beginning,
    ids: all.has(beginning) ? [beginning] : startingWith(all, beginning),
  }));
  const ambiguous = found.filter(({ ids }) => ids.length > 1);
  if (ambiguous.length > 0)
    throw new SyncError('usage', ambiguous.map(said).join(' '), { where, hint: 'give more characters of the id' });
  return found.map(({ beginning, ids: [id = beginning] }) => id);
}

export const noSuchSession = (ids: readonly string[], where: string): SyncError =>
  new SyncError('nothing_selected', `No session in this Codex home has an id that begins with ${ids.join(', ')}.`, {
    where,
    hint: 'the file names below sessions/ contain the ids; --codex-home selects another home',
  });

const startingWith = (ids: ReadonlySet<string>, beginning: string): string[] =>
  [...ids].filter((id) => id.startsWith(beginning)).sort();

function said({ beginning, ids }: { beginning: string; ids: string[] }): string {
  const more = ids.length > MOST_NAMED ? ` and ${ids.length - MOST_NAMED} more` : '';
  return `${ids.length} ids begin with ${beginning}: ${ids.slice(0, MOST_NAMED).join(', ')}${more}.`;
}
