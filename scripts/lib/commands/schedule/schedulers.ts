// What runs a job from time to time on each system: its files, and what the system is told about them.

import os from 'node:os';
import path from 'node:path';
import { userFolder } from '../../adapters/process/runtime_environment.ts';
import { userPlace } from '../../adapters/process/user_places.ts';
import { launchAgentText } from '../../domain/schedule/launch_agent.ts';
import type { ScheduledJob } from '../../domain/schedule/scheduled_job.ts';
import { serviceText, timerText } from '../../domain/schedule/systemd_units.ts';
import { taskText } from '../../domain/schedule/task_definition.ts';

/** `files` by path: their text. A command is a list of words; `last`: tells of the last run. */
export type Scheduler = {
  kind: 'systemd' | 'launchd' | 'task_scheduler';
  texts(job: ScheduledJob): Map<string, string>;
  files: string[];
  encoding: 'utf8' | 'utf16le';
  start: string[][];
  stop: string[][];
  last: string[] | null;
};

type Environment = NodeJS.ProcessEnv;

export function schedulerOf(name: string, environment: Environment, platform: string = process.platform): Scheduler {
  if (platform === 'win32') return taskScheduler(name, environment);
  return platform === 'darwin' ? launchd(name) : systemd(name, environment);
}

function systemd(name: string, environment: Environment): Scheduler {
  const folder = path.join(path.dirname(userPlace('configuration', environment, 'linux')), 'systemd', 'user');
  const [service, timer] = [path.join(folder, `${name}.service`), path.join(folder, `${name}.timer`)];
  const tell = (...words: string[]): string[] => ['systemctl', '--user', ...words];
  return {
    kind: 'systemd',
    texts: (job) =>
      new Map([
        [service, serviceText(job)],
        [timer, timerText(job)],
      ]),
    files: [service, timer],
    encoding: 'utf8',
    start: [tell('daemon-reload'), tell('enable', '--now', `${name}.timer`)],
    stop: [tell('disable', '--now', `${name}.timer`)],
    last: tell('show', `${name}.service`, '--property=ExecMainExitTimestamp,ExecMainStatus'),
  };
}

function launchd(name: string): Scheduler {
  const file = path.join(userFolder(), 'Library', 'LaunchAgents', `${name}.plist`);
  const domain = `gui/${os.userInfo().uid}`;
  return {
    kind: 'launchd',
    texts: (job) => new Map([[file, launchAgentText(job)]]),
    files: [file],
    encoding: 'utf8',
    start: [['launchctl', 'bootstrap', domain, file]],
    stop: [['launchctl', 'bootout', `${domain}/${name}`]],
    last: null,
  };
}

function taskScheduler(name: string, environment: Environment): Scheduler {
  const file = path.join(userPlace('data', environment), 'schedule', `${name}.xml`);
  return {
    kind: 'task_scheduler',
    texts: (job) => new Map([[file, `\uFEFF${taskText(job)}`]]),
    files: [file],
    encoding: 'utf16le',
    start: [['schtasks', '/Create', '/F', '/TN', name, '/XML', file]],
    stop: [['schtasks', '/Delete', '/F', '/TN', name]],
    last: null,
  };
}
