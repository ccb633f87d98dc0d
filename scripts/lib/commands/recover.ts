import { type CodexHome, databaseFile } from '../adapters/codex_home.ts';
import { findHot, type Recovered, recover } from '../transaction/recover.ts';

/** Without `execute` it only says which transactions were interrupted. */
export const recoverHome = (home: CodexHome, execute: boolean): Recovered[] =>
  execute ? recover(home.path, (name) => databaseFile(home, name)) : findHot(home.path);
