// A LaunchAgent of macOS (launchd.plist(5)).

import { markOf, type ScheduledJob, xmlText } from './scheduled_job.ts';

export const launchAgentText = (job: ScheduledJob): string =>
  `${[
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">',
    `<!-- ${markOf(job)} -->`,
    '<plist version="1.0">',
    '<dict>',
    '  <key>Label</key>',
    `  ${string(job.name)}`,
    '  <key>ProgramArguments</key>',
    '  <array>',
    ...job.words.map((word) => `    ${string(word)}`),
    '  </array>',
    '  <key>EnvironmentVariables</key>',
    '  <dict>',
    '    <key>PATH</key>',
    `    ${string(job.path)}`,
    '  </dict>',
    '  <key>StartInterval</key>',
    `  <integer>${job.minutes * 60}</integer>`,
    '  <key>RunAtLoad</key>',
    '  <true/>',
    '  <key>ProcessType</key>',
    '  <string>Background</string>',
    '</dict>',
    '</plist>',
  ].join('\n')}\n`;

const string = (text: string): string => `<string>${xmlText(text)}</string>`;
