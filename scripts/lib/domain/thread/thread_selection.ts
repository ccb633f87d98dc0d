// Which threads are meant, by when they were used, where, and whether they are archived. It narrows what is chosen otherwise.

/** Times in milliseconds since 1970, both inclusive. `project`: a working folder, with those below it. */
export type ThreadSelection = {
  since: number | null;
  until: number | null;
  project: string | null;
  archived: 'yes' | 'no' | 'only';
};

export type SelectableThread = { usedAt: number; folder: string; archived: boolean };

/** `isWithin`: whether a folder is, or lies in, another one. */
export const isSelected = (
  { usedAt, folder, archived }: SelectableThread,
  selection: ThreadSelection,
  isWithin: (folder: string, project: string) => boolean,
): boolean =>
  (selection.since === null || usedAt >= selection.since) &&
  (selection.until === null || usedAt <= selection.until) &&
  (selection.archived === 'yes' || archived === (selection.archived === 'only')) &&
  (selection.project === null || isWithin(folder, selection.project));

export const narrows = ({ since, until, project, archived }: ThreadSelection): boolean =>
  since !== null || until !== null || project !== null || archived !== 'yes';
