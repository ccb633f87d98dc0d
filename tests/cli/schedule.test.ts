// `schedule`, with a real process, into folders of its own; no scheduler of this system is told anything.

import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { launchAgentText } from '../../scripts/lib/domain/schedule/launch_agent.ts';
import { jobIn, minutesOf, type ScheduledJob } from '../../scripts/lib/domain/schedule/scheduled_job.ts';
import { serviceText, timerText } from '../../scripts/lib/domain/schedule/systemd_units.ts';
import { taskText } from '../../scripts/lib/domain/schedule/task_definition.ts';
import { join } from '../fixtures/exchange.ts';
import type { Machine } from '../fixtures/machine.ts';
import { machinesOfEachTest } from '../fixtures/machines.ts';

const LAUNCHER = fileURLToPath(new URL('../../scripts/codex-session-sync.cjs', import.meta.url));
const machine = machinesOfEachTest();

const isHere = (program: string, word: string): boolean => spawnSync(program, [word]).status === 0;

/** What no format spells as it is. */
const ODD = `a b 'ü' 100% %n $HOME \${x} & <c> -- \\d`;
const odd = (root: string, name = ODD): ScheduledJob => {
  const [node, launcher] = [path.join(root, name, 'node'), path.join(root, name, 'launch.cjs')];
  return { name: 'codex-session-sync-test', words: [node, launcher, 'sync', `"${ODD}"`], path: `/usr/bin:${ODD}`, minutes: 15 };
};

test('every file says again which job it is', () => {
  for (const text of [serviceText, timerText, launchAgentText, taskText]) expect(jobIn(text(odd('/x')))).toEqual(odd('/x'));
  expect(jobIn('[Unit]\n')).toBeNull();
});

test.each([
  ['15m', 15],
  ['2h', 120],
  ['24h', 1440],
  ['25h', null],
  ['0m', null],
  ['15', null],
])('%s is %s minutes', (every, minutes) => expect(minutesOf(every)).toBe(minutes));

describe.runIf(isHere('systemd-analyze', '--version'))('systemd itself finds', () => {
  test.each([ODD, 'a"b', "a'$b", 'ü 100% %n & <c>', 'plain'])('nothing wrong with units whose program lies in `%s`', (name) => {
    const { root } = machine();
    const job = odd(root, name);
    fs.mkdirSync(path.join(root, name));
    fs.symlinkSync(process.execPath, job.words[0] as string);
    const units = [path.join(root, `${job.name}.service`), path.join(root, `${job.name}.timer`)];
    const verify = (): string => {
      for (const [at, text] of [serviceText(job), timerText(job)].entries()) fs.writeFileSync(units[at] as string, text);
      const env = { ...process.env, XDG_RUNTIME_DIR: root, HOME: root };
      const { status, stderr } = spawnSync('systemd-analyze', ['--user', 'verify', ...units], { encoding: 'utf8', env });
      return `${status} ${stderr}`;
    };
    expect(verify()).toBe('0 ');
    fs.unlinkSync(job.words[0] as string);
    // A shell is always there.
    expect(verify()).toContain(/["'$]/.test(name) ? '0 ' : 'is not executable');
  });
});

test.skipIf(process.platform === 'win32')(
  'what systemd takes for no program is started by a shell, and no variable of a unit is one',
  () => {
    const [command = ''] = /^ExecStart=.*$/m.exec(serviceText(odd('/x', "o'$b"))) ?? [];
    expect(command).toMatch(/^ExecStart="\/bin\/sh" "-c" "exec \\"\$\$0\\" \\"\$\$@\\"" "\/x\/o'\$\$b\/node" /);
    expect(command.replaceAll('$$', '')).not.toContain('$');
    expect(command.replaceAll('%%', '')).not.toContain('%');
  },
);

describe.runIf(isHere('python3', '--version'))('what reads such files finds the same words in', () => {
  const read = (code: string, bytes: Buffer): unknown =>
    JSON.parse(spawnSync('python3', ['-c', `import sys, json\n${code}`], { input: bytes, encoding: 'utf8' }).stdout);

  test('a LaunchAgent', () => {
    const job = odd('/x');
    const code = 'import plistlib; print(json.dumps(plistlib.loads(sys.stdin.buffer.read())))';
    expect(read(code, Buffer.from(launchAgentText(job)))).toEqual({
      Label: job.name,
      ProgramArguments: job.words,
      EnvironmentVariables: { PATH: job.path },
      StartInterval: 900,
      RunAtLoad: true,
      ProcessType: 'Background',
    });
  });

  test('a task', () => {
    const job = { ...odd('/x'), words: ['C:\\a & b\\node.exe', 'C:\\ü <c>\\l.cjs', 'sync', 'C:\\d e\\', 'f"g\\"h'] };
    const code = `import xml.etree.ElementTree as e
n = '{http://schemas.microsoft.com/windows/2004/02/mit/task}'
t = e.fromstring(sys.stdin.buffer.read())
print(json.dumps([t.tag == n + 'Task', *[t.find('.//' + n + x).text for x in ('Command', 'Arguments', 'Interval')]]))`;
    expect(read(code, Buffer.from(`\uFEFF${taskText(job)}`, 'utf16le'))).toEqual([
      true,
      '"C:\\a & b\\node.exe"',
      '"C:\\ü <c>\\l.cjs" "sync" "C:\\d e\\\\" "f\\"g\\\\\\"h"',
      'PT15M',
    ]);
  });
});

type Said = { status: number | null; document: Record<string, unknown>; stderr: string };

function run({ codexHome, userHome, root }: Machine, words: string[], launcher = LAUNCHER): Said {
  // On this PATH there is no scheduler that could be told.
  const env = { CODEX_HOME: codexHome, HOME: userHome, XDG_CONFIG_HOME: path.join(root, 'config'), PATH: root, TMPDIR: root };
  const { status, stdout, stderr } = spawnSync(process.execPath, [launcher, 'schedule', ...words, '--json'], {
    env,
    encoding: 'utf8',
  });
  return { status, document: JSON.parse(stdout || '{}') as Said['document'], stderr };
}

describe.runIf(process.platform === 'linux')('schedule', () => {
  const unitsOf = ({ root }: Machine): string => path.join(root, 'config', 'systemd', 'user');

  test('writes nothing without --execute, then two units, says what to type, and takes them away again', async () => {
    const here = machine();
    await join(here, path.join(here.root, 'shared'), 'x');
    const shown = run(here, ['install', '--every', '2h']);
    expect(shown).toMatchObject({ status: 0, document: { kind: 'schedule_install', mode: 'dry-run', every_minutes: 120 } });
    expect(fs.existsSync(unitsOf(here))).toBe(false);
    expect(run(here, ['status'])).toMatchObject({ status: 0, document: { installed: false } });
    const { document } = run(here, ['install', '--every', '2h', '--execute']);
    expect(document).toMatchObject({
      why: 'systemctl is not there',
      to_type: [expect.stringContaining('daemon-reload'), expect.any(String)],
    });
    for (const { path: file, text } of document.files as { path: string; text: string }[])
      expect(fs.readFileSync(file, 'utf8')).toBe(text);
    const command = [process.execPath, LAUNCHER, 'exchange', 'sync', '--execute', '--quiet', '--codex-home', here.codexHome];
    expect(run(here, ['status'])).toMatchObject({ status: 0, document: { installed: true, command, problems: [] } });
    expect(run(here, ['remove']).document).toMatchObject({ mode: 'dry-run' });
    expect(fs.readdirSync(unitsOf(here))).toHaveLength(2);
    run(here, ['remove', '--execute']);
    expect(fs.readdirSync(unitsOf(here))).toEqual([]);
  });

  test('finds a Node and a skill folder that were moved, and a unit that was changed', async () => {
    const here = machine();
    await join(here, path.join(here.root, 'shared'), 'x');
    const { document } = run(here, ['install', '--execute']);
    const [{ path: service }] = document.files as [{ path: string }];
    const text = fs.readFileSync(service, 'utf8');
    const change = (from: string, to: string) =>
      fs.writeFileSync(service, text.replaceAll(from, to).replaceAll(spelled(from), spelled(to)));
    change(process.execPath, '/gone/node');
    expect(run(here, ['status'])).toMatchObject({
      status: 6,
      document: { problems: expect.arrayContaining([expect.stringContaining('Node is not at /gone/node')]) },
    });
    change(LAUNCHER, '/gone/launcher.cjs');
    expect(run(here, ['status'])).toMatchObject({
      status: 6,
      document: { problems: expect.arrayContaining([expect.stringContaining('this skill is not at')]) },
    });
    fs.writeFileSync(service, text.replace('Type=oneshot', 'Type=simple'));
    expect(run(here, ['status'])).toMatchObject({ status: 6, document: { problems: [expect.stringContaining('changed')] } });
  });

  test('is refused where this home takes part in no exchange', () => {
    expect(run(machine(), ['install', '--execute'])).toMatchObject({ status: 4, document: { code: 'no_exchange' } });
  });
});

/** As a comment has it. */
const spelled = (text: string): string => text.replaceAll('-', '\\u002d');
