// What every command that writes does before it looks at the home.

import { type CodexHome, databaseFile } from '../adapters/codex_home/codex_home.ts';
import { recover } from './recover.ts';
import { withWriterLock } from './writer_lock.ts';

/** `waitSeconds`: for another sync of this home to end. */
export type Writing = { home: CodexHome; waitSeconds?: number | undefined; environment: NodeJS.ProcessEnv };

/** Alone in this home, and with no interrupted transaction before it. `work` is given the warnings of that recovery. */
export const asOneWriter = <Result>({ home, waitSeconds, environment }: Writing, work: (warnings: string[]) => Result): Result =>
  withWriterLock(
    home.path,
    () => work(recover(home.path, (name) => databaseFile(home, name), environment).flatMap(({ warnings }) => warnings)),
    waitSeconds,
  );
