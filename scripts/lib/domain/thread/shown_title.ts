const LONGEST = 200;

/** A title that is only there to be seen: where Codex 0.169 takes the whole first message as title, its beginning. */
export const shownTitle = (title: string): string =>
  title.length <= LONGEST ? title : `${title.slice(0, LONGEST - 1).replace(/[\ud800-\udbff]$/, '')}…`;
