// The changes that a transaction is made of. Each carries what it needs to be undone; null stands for absent.

/** A digest as this project spells it: `sha256:` and 64 hex digits. */
export type Digest = string;

export const asDigest = (hex: string): Digest => `sha256:${hex}`;

/** A value that SQLite stores. Integers beyond 2^53 are bigint and survive as they are. */
export type Cell = string | number | bigint | Uint8Array | null;
export type Row = Record<string, Cell>;

export const isSameCell = (a: Cell | undefined, b: Cell | undefined): boolean =>
  a instanceof Uint8Array && b instanceof Uint8Array ? Buffer.from(a).equals(Buffer.from(b)) : a === b;

export type DatabaseName = 'state' | 'history' | 'goals' | 'sidecar';

/** Size in bytes, mtime in milliseconds since 1970 (fractions kept), digest of the whole file. */
export type FileState = { size: number; mtime: number; digest: Digest };

/**
 * All paths are absolute (the journal records those inside the home relative to it). `staged` and `kept` name files in the transaction's own folder: what will be written, and what was taken away.
 * - `create_database`: the sidecar; taken back only inside a failing run, and only while it is empty.
 * - `create_file`: the staged file is moved into place. Its inverse moves it away again, it deletes nothing.
 *   `held`: bytes at its beginning that lay there before, in a compressed rollout that an operation before this one took away.
 * - `append_file`: the staged bytes are added at `before.size`. Its inverse keeps those bytes aside, then cuts them off.
 * - `index_entry`: `openEnd` is the length that the index had before the run, where no newline was at its end (0: it was empty).
 * - `move_file`: a rollout goes to another folder of the home and is the same file there (archived, or taken out of the archive).
 */
export type Operation =
  | { kind: 'make_directory'; path: string }
  | { kind: 'remove_directory'; path: string }
  | { kind: 'create_database'; path: string; staged: string }
  | { kind: 'create_file'; path: string; staged: string; after: FileState; held?: number }
  | { kind: 'remove_file'; path: string; kept: string; before: FileState }
  | { kind: 'append_file'; path: string; staged: string; before: AppendPoint; after: AppendPoint; appended: Digest }
  | { kind: 'truncate_file'; path: string; kept: string; before: AppendPoint; after: AppendPoint; appended: Digest }
  | { kind: 'move_file'; path: string; to: string }
  | { kind: 'index_entry'; path: string; line: string; action: 'add' | 'remove'; openEnd?: number }
  | { kind: 'row'; database: DatabaseName; table: string; key: Row; before: Row | null; after: Row | null };

/**
 * Sessions and skills go back each for itself. What a change belongs to: the id of a local session, `skills/NAME`, which is none, or null
 * where it belongs to the run.
 */
export type Owner = string | null;

/** How plan and journal say it. */
export type Owned = { thread_id: string | null; skill?: string };

export const ownerOf = ({ thread_id, skill }: Owned): Owner => thread_id ?? (skill === undefined ? null : ownerOfSkill(skill));
export const ownerOfSkill = (name: string): string => `skills/${name}`;

export type OperationOf<Kind extends Operation['kind']> = Extract<Operation, { kind: Kind }>;
/** One row of one database. */
export type RowOperation = OperationOf<'row'>;
/** One line of session_index.jsonl. */
export type IndexOperation = OperationOf<'index_entry'>;
/** One file or folder. */
export type FileOperation = Exclude<Operation, RowOperation | IndexOperation>;

export const isFileOperation = (operation: Operation): operation is FileOperation =>
  operation.kind !== 'row' && operation.kind !== 'index_entry';

/** What an append needs to know of a file: its length and the mtime that it has then. */
export type AppendPoint = { size: number; mtime: number };

/** The operation that takes this one back, with the same names in the transaction's folder; null for what stays (an empty sidecar). */
export function inverseOf(operation: Operation): Operation | null {
  switch (operation.kind) {
    case 'make_directory':
      return { kind: 'remove_directory', path: operation.path };
    case 'remove_directory':
      return { kind: 'make_directory', path: operation.path };
    case 'create_database':
      return null;
    case 'create_file':
      return { kind: 'remove_file', path: operation.path, kept: operation.staged, before: operation.after };
    case 'remove_file':
      return { kind: 'create_file', path: operation.path, staged: operation.kept, after: operation.before };
    case 'append_file': {
      const { path, staged, before, after, appended } = operation;
      return { kind: 'truncate_file', path, kept: staged, before: after, after: before, appended };
    }
    case 'truncate_file': {
      const { path, kept, before, after, appended } = operation;
      return { kind: 'append_file', path, staged: kept, before: after, after: before, appended };
    }
    case 'move_file':
      return { kind: 'move_file', path: operation.to, to: operation.path };
    case 'index_entry':
      return { ...operation, action: operation.action === 'add' ? 'remove' : 'add' };
    case 'row':
      return { ...operation, before: operation.after, after: operation.before };
    default:
      return operation satisfies never;
  }
}

/** For a log: where it changes something, and none of what it writes. */
export function operationText(operation: Operation): string {
  if (operation.kind === 'move_file') return `move_file ${operation.path} to ${operation.to}`;
  if (operation.kind !== 'row') return `${operation.kind} ${operation.path}`;
  const { database, table, key, before, after } = operation;
  const verb = before === null ? 'insert' : after === null ? 'delete' : 'update';
  return `${verb} ${database}.${table} ${String(key.id ?? key.thread_id ?? '')}`.trim();
}
