/** A named piece of a sync. `page`: the reference page that says the same in words. */
export type ExtensionPoint = {
  name: string;
  kind: 'localizer' | 'classifier' | 'journal_writer';
  version: string;
  origin: 'built-in' | 'shipped';
  replaceable: boolean;
  page: string;
  does: string;
};

/** The pieces that every run has. Shipped extensions come on top of them. */
export const BUILT_IN: ExtensionPoint[] = [
  {
    name: 'documents',
    kind: 'localizer',
    version: '1.0.0',
    origin: 'built-in',
    replaceable: true,
    page: 'references/compatibility-contract.md',
    does: 'puts what follows `\\Documents\\` in a Windows path below the local user home, after --map-path and extensions',
  },
  {
    name: 'content',
    kind: 'classifier',
    version: '1.0.0',
    origin: 'built-in',
    replaceable: true,
    page: 'references/conflict-decision-matrix.md',
    does: 'assigns one of the five classes by shared history; an extension can only make it more careful',
  },
  {
    name: 'journal',
    kind: 'journal_writer',
    version: '1.0.0',
    origin: 'built-in',
    replaceable: false,
    page: 'references/transaction.md',
    does: 'writes operations and manifest before the first change; not replaceable, since recovery and rollback rely on every byte of it',
  },
];
