// What every command that writes does before it looks at the home.

import type { CodexHome } from '../adapters/codex_home/codex_home.ts';
import { recover } from './recover.ts';
import { withWriterLock } from './writer_lock.ts';

/** `waitSeconds`: for another sync of this home to end. */
export type Writing = { home: CodexHome; waitSeconds?: number | undefined };

/** Alone in this home, and with no interrupted transaction before it. `work` is given the warnings of that recovery. */
export const asOneWriter = <Result>({ home, waitSeconds }: Writing, work: (warnings: string[]) => Result): Result =>
  withWriterLock(home.path, () => work(recover(home).flatMap(({ warnings }) => warnings)), waitSeconds);
