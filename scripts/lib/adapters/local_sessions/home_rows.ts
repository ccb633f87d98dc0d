// Single rows of a home's databases, for a command that asks for one session after the other.

import type { AttachedTable } from '../../domain/attachments/attached_table.ts';
import type { DatabaseName, Row } from '../../domain/operation/operation.ts';
import type { Column } from '../../domain/thread/thread_row.ts';
import { type CodexHome, databaseFile } from '../codex_home/codex_home.ts';
import { columnsOf, selectRows } from '../sqlite/sqlite.ts';
import type { Database } from '../sqlite/sqlite_connection.ts';
import { openForReading } from '../sqlite/sqlite_reading.ts';
import { PROJECTION_TABLES } from './projection.ts';

/**
 * Each database is opened once, when its first row is asked for: opening one that has no log reads or copies the whole file. So rows may be
 * as old as that moment; whoever writes one looks again, inside the transaction that writes.
 */
export class HomeRows {
  readonly #home: CodexHome;
  readonly #opened = new Map<DatabaseName, Database | null>();
  readonly #located = new Map<string, { database: DatabaseName; columns: Column[] }>();
  #projection: string[] | null = null;

  constructor(home: CodexHome) {
    this.#home = home;
  }

  has(database: DatabaseName): boolean {
    return this.#open(database) !== null;
  }

  find(database: DatabaseName, table: string, key: Row): Row | null {
    return this.select(database, table, key)[0] ?? null;
  }

  /** Without a key all of them. The table must be there where the database is. */
  select(database: DatabaseName, table: string, key: Row = {}): Row[] {
    const open = this.#open(database);
    return open ? selectRows(open, table, key) : [];
  }

  /** The first of the databases that has the table, and its columns: none where this Codex has no such table. */
  locate({ table, databases }: Pick<AttachedTable, 'table' | 'databases'>): { database: DatabaseName; columns: Column[] } {
    const columnsIn = (database: DatabaseName): Column[] => {
      const open = this.#open(database);
      return open ? columnsOf(open, table) : [];
    };
    const known = this.#located.get(table);
    if (known) return known;
    const all = databases.map((database) => ({ database, columns: columnsIn(database) }));
    const located = all.find(({ columns }) => columns.length > 0) ?? { database: databases[0], columns: [] };
    this.#located.set(table, located);
    return located;
  }

  /** Rows of the projection that belong to a rollout. */
  projectionOf(rolloutId: string): { table: string; row: Row }[] {
    const open = this.#open('history');
    if (!open) return [];
    this.#projection ??= PROJECTION_TABLES.filter((table) => columnsOf(open, table).length > 0);
    return this.#projection.flatMap((table) => selectRows(open, table, { thread_id: rolloutId }).map((row) => ({ table, row })));
  }

  close(): void {
    for (const open of this.#opened.values()) open?.close();
    this.#opened.clear();
  }

  #open(database: DatabaseName): Database | null {
    const opened = this.#opened.get(database);
    if (opened !== undefined) return opened;
    const open = openForReading(databaseFile(this.#home, database));
    this.#opened.set(database, open);
    return open;
  }
}

export function withHomeRows<Result>(home: CodexHome, work: (rows: HomeRows) => Result): Result {
  const rows = new HomeRows(home);
  try {
    return work(rows);
  } finally {
    rows.close();
  }
}
