// What somebody who mistyped a name meant.

/** The name that needs the fewest changes, if two are enough and leave something of the word. */
export function nearestName(word: string, names: string[]): string | null {
  const [best] = names.map((name) => ({ name, distance: distance(word, name) })).sort((a, b) => a.distance - b.distance);
  return best && best.distance <= 2 && best.distance < word.length ? best.name : null;
}

function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, at) => at);
  for (const [i, letter] of [...one.slice(0, 40)].entries()) {
    const next = [i + 1];
    for (let j = 0; j < other.length; j++)
      next.push(Math.min((row[j] as number) + Number(letter !== other[j]), (row[j + 1] as number) + 1, (next[j] as number) + 1));
    row = next;
  }
  return row.at(-1) as number;
}
