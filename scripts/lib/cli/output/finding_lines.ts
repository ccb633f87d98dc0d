import type { Finding } from '../../domain/findings/finding.ts';

/** Each finding with its place and the command that repairs it; `explain CODE` tells more. */
export const findingLines = (findings: Finding[]): string[] =>
  findings.flatMap(({ severity, code, message, where, thread_id, mend }) => [
    `${severity}: ${code}: ${message}`,
    `  at: ${where}${thread_id && !where.includes(thread_id) ? ` (session ${thread_id})` : ''}`,
    ...(mend ? [`  mend: ${mend}`] : []),
    '',
  ]);
