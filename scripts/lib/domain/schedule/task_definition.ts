// A task of Windows' Task Scheduler (version 1.2 of its schema: Windows 7 and later). The order of elements is the schema's.

import { markOf, type ScheduledJob, xmlText } from './scheduled_job.ts';

export const taskText = (job: ScheduledJob): string =>
  `${[
    '<?xml version="1.0" encoding="UTF-16"?>',
    `<!-- ${markOf(job)} -->`,
    '<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">',
    '  <RegistrationInfo>',
    '    <Description>Codex sessions in step with other machines (codex-session-sync)</Description>',
    '  </RegistrationInfo>',
    '  <Triggers>',
    '    <TimeTrigger>',
    '      <Repetition>',
    `        <Interval>PT${job.minutes}M</Interval>`,
    '      </Repetition>',
    // Any time in the past.
    '      <StartBoundary>2026-01-01T00:00:00</StartBoundary>',
    '    </TimeTrigger>',
    '  </Triggers>',
    '  <Principals>',
    '    <Principal id="Author">',
    '      <LogonType>InteractiveToken</LogonType>',
    '      <RunLevel>LeastPrivilege</RunLevel>',
    '    </Principal>',
    '  </Principals>',
    '  <Settings>',
    '    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>',
    '    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>',
    '    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>',
    '    <StartWhenAvailable>true</StartWhenAvailable>',
    '    <ExecutionTimeLimit>PT0S</ExecutionTimeLimit>',
    '  </Settings>',
    '  <Actions Context="Author">',
    '    <Exec>',
    `      <Command>${xmlText(`"${job.words[0] ?? ''}"`)}</Command>`,
    `      <Arguments>${xmlText(job.words.slice(1).map(argument).join(' '))}</Arguments>`,
    '    </Exec>',
    '  </Actions>',
    '</Task>',
  ].join('\r\n')}\r\n`;

/** As Windows' programs read their command line: backslashes count only before a quotation mark. */
const argument = (word: string): string => `"${word.replace(/(\\*)"/g, '$1$1\\"').replace(/\\+$/, '$&$&')}"`;
