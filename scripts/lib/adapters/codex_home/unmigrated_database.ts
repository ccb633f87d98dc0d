// A state database that another tool made: Codex 0.145+ finds its table but none of its migrations, and does not start.

import { type Finding, finding } from '../../domain/findings/finding.ts';
import { columnsOf } from '../sqlite/sqlite.ts';
import type { Database } from '../sqlite/sqlite_connection.ts';
import { readDatabase } from '../sqlite/sqlite_reading.ts';
import { type CodexHome, databaseFile } from './codex_home.ts';

export const lacksMigrations = (database: Database): boolean =>
  columnsOf(database, 'threads').length > 0 && columnsOf(database, '_sqlx_migrations').length === 0;

export const isUnmigrated = (home: CodexHome): boolean => readDatabase(databaseFile(home, 'state'), lacksMigrations) ?? false;

export const unmigratedDatabase = (where: string): Finding =>
  finding(
    'database_hand_made',
    where,
    "Another tool made this database without Codex's migrations, so Codex refuses to start (`table threads already exists`); the repair sets it aside, and Codex creates its own from the rollouts at its next start.",
  );
