import { packup as pack } from '../../commands/packup/packup.ts';
import { narrows } from '../../domain/thread/thread_selection.ts';
import type { Verb } from '../command_line/command.ts';
import { codexHomeOf, selectionOf, textFlag, threadIdsOf } from '../command_line/flags.ts';
import { documentOf } from '../output/report.ts';
import { bytesText, shorten, table } from '../output/text.ts';

export const packup: Verb = (flags, environment) => {
  const now = new Date();
  const narrowed = selectionOf(flags, now);
  const chosen = { cwdFilter: textFlag(flags, 'cwdFilter'), threadIds: threadIdsOf(flags), all: flags.all === true };
  const isOnlyNarrowed = narrows(narrowed) && chosen.cwdFilter === null && chosen.threadIds.length === 0;
  const selection = { ...chosen, all: chosen.all || isOnlyNarrowed, ...(narrows(narrowed) ? { narrowed } : {}) };
  const home = codexHomeOf(flags, environment);
  const { output, sessions, warnings } = pack(home, selection, String(flags.output), now);
  const rows = sessions.map(({ thread_id, title, cwd, bytes, lines, turns }) => [
    thread_id,
    shorten(title, 40),
    `${lines}`,
    `${turns}`,
    bytesText(bytes),
    shorten(cwd, 60),
  ]);
  return {
    document: documentOf('packup', home.path, {
      package: { path: output, form: 'directory', sessions: sessions.length },
      sessions,
      warnings,
    }),
    lines: [...table([['SESSION', 'TITLE', 'LINES', 'TURNS', 'SIZE', 'FOLDER'], ...rows]), '', `Package written: ${output}`],
    warnings: [
      ...warnings,
      ...sessions.flatMap((session) => session.warnings.map((warning) => `${session.thread_id}: ${warning}`)),
    ],
  };
};
