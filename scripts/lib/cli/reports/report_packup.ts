import type { PackupResult } from '../../commands/packup/packup.ts';
import { bytesText, type Report, shorten, table } from '../output/output.ts';

export function reportPackup(codexHome: string, { output, sessions, warnings }: PackupResult): Report {
  const rows = sessions.map(({ thread_id, title, cwd, bytes, lines, turns }) => [
    thread_id,
    shorten(title, 40),
    `${lines}`,
    `${turns}`,
    bytesText(bytes),
    shorten(cwd, 60),
  ]);
  return {
    document: {
      kind: 'packup',
      schema_version: 1,
      codex_home: codexHome,
      package: { path: output, form: 'directory', sessions: sessions.length },
      sessions,
      warnings,
    },
    lines: [...table([['SESSION', 'TITLE', 'LINES', 'TURNS', 'SIZE', 'FOLDER'], ...rows]), '', `Package written: ${output}`],
    warnings: [
      ...warnings,
      ...sessions.flatMap((session) => session.warnings.map((warning) => `${session.thread_id}: ${warning}`)),
    ],
  };
}
