// Single rows of a home's databases, for a command that asks for one session after the other.

import type { DatabaseName, Row } from '../../domain/operation/operation.ts';
import { columnsOf, selectRows } from '../sqlite/sqlite.ts';
import type { Database } from '../sqlite/sqlite_connection.ts';
import { openForReading } from '../sqlite/sqlite_reading.ts';
import { type CodexHome, databaseFile } from './codex_home.ts';
import { PROJECTION_TABLES } from './projection.ts';

/**
 * Each database is opened once, when its first row is asked for: opening one that has no log reads or copies the whole file. So rows may be
 * as old as that moment; whoever writes one looks again, inside the transaction that writes.
 */
export class HomeRows {
  readonly #home: CodexHome;
  readonly #opened = new Map<DatabaseName, Database | null>();
  #projection: string[] | null = null;

  constructor(home: CodexHome) {
    this.#home = home;
  }

  has(database: DatabaseName): boolean {
    return this.#open(database) !== null;
  }

  find(database: DatabaseName, table: string, key: Row): Row | null {
    const open = this.#open(database);
    return open ? (selectRows(open, table, key)[0] ?? null) : null;
  }

  all(database: DatabaseName, table: string): Row[] {
    const open = this.#open(database);
    return open ? selectRows(open, table) : [];
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
