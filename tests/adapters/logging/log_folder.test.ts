import fs from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { LogFolder, type LogRules } from '../../../scripts/lib/adapters/logging/log_folder.ts';
import { machinesOfEachTest } from '../../fixtures/machines.ts';
import { unzipped } from '../../fixtures/unzipped.ts';

const machine = machinesOfEachTest();
let folder: string;
beforeEach(() => {
  folder = path.join(machine().root, 'a', 'logs');
});

const at = (text: string): Date => new Date(`${text}:00Z`);
const rules = (more: Partial<LogRules> = {}): LogRules => ({
  folder,
  machine: 'desk',
  maxBytes: 100,
  keepDays: 7,
  old: 'zip',
  ...more,
});
const name = (rest: string): string => `codex-session-sync-desk-${rest}`;
const names = (): string[] => fs.readdirSync(folder).sort();
const text = (rest: string): string => fs.readFileSync(path.join(folder, name(rest)), 'utf8');

function write(time: string, lines: string[], more: Partial<LogRules> = {}): void {
  const log = new LogFolder(rules(more), at(time));
  for (const line of lines) log.write(line, at(time));
  log.close();
}

/** As if it had last been written to at that time. */
const touch = (rest: string, time: string): void => fs.utimesSync(path.join(folder, name(rest)), at(time), at(time));

test('lines are added to the file of the day, which only this user can read', () => {
  write('2026-12-01T10:00', ['one']);
  write('2026-12-01T11:00', ['two', 'three']);
  expect(names()).toEqual([name('2026-12-01.log')]);
  expect(text('2026-12-01.log')).toBe('one\ntwo\nthree\n');
  if (process.platform === 'win32') return;
  expect(fs.statSync(path.join(folder, name('2026-12-01.log'))).mode & 0o777).toBe(0o600);
  expect(fs.statSync(folder).mode & 0o777).toBe(0o700);
});

test('a file that is full is followed by another, and a line is never cut', () => {
  write('2026-12-01T10:00', ['x'.repeat(60), 'y'.repeat(60), 'z'.repeat(500), 'a']);
  write('2026-12-01T10:00', ['b']);
  expect(names()).toEqual(['.1.log', '.2.log', '.3.log', '.log'].map((end) => name(`2026-12-01${end}`)));
  expect(text('2026-12-01.2.log')).toBe(`${'z'.repeat(500)}\n`);
  expect(text('2026-12-01.3.log')).toBe('a\nb\n');
});

test('two runs at once fill one file, each line whole', () => {
  const logs = [1, 2].map(() => new LogFolder(rules(), at('2026-12-01T10:00')));
  for (let line = 0; line < 20; line++)
    for (const [who, log] of logs.entries()) log.write(`${who} ${line} xxxxxxxxxx`, at('2026-12-01T10:00'));
  for (const log of logs) log.close();
  const lines = names().flatMap((file) => fs.readFileSync(path.join(folder, file), 'utf8').trimEnd().split('\n'));
  expect(lines).toHaveLength(40);
  expect(lines.filter((line) => !/^[01] \d+ x{10}$/.test(line))).toEqual([]);
  for (const file of names()) expect(fs.statSync(path.join(folder, file)).size).toBeLessThanOrEqual(100);
});

test('a run that goes past midnight goes on in the next file', () => {
  const log = new LogFolder(rules(), at('2026-12-01T23:59'));
  log.write('before', at('2026-12-01T23:59'));
  log.write('after', at('2026-12-02T00:00'));
  log.close();
  expect([text('2026-12-01.log'), text('2026-12-02.log')]).toEqual(['before\n', 'after\n']);
});

describe('what is old', () => {
  test('is zipped once nobody has written to it for an hour', () => {
    write('2026-12-01T23:59', ['one', 'two']);
    touch('2026-12-01.log', '2026-12-01T23:59');
    write('2026-12-02T00:30', ['next']);
    expect(names()).toEqual([name('2026-12-01.log'), name('2026-12-02.log')]);
    write('2026-12-02T01:30', ['next']);
    expect(names()).toEqual([name('2026-12-01.log.zip'), name('2026-12-02.log')]);
    expect(unzipped(path.join(folder, name('2026-12-01.log.zip')))).toEqual({ [name('2026-12-01.log')]: 'one\ntwo\n' });
  });

  test('stays as it is where that is asked for, and today always', () => {
    write('2026-12-01T10:00', ['x'.repeat(90), 'y'.repeat(20)], { old: 'plain' });
    for (const rest of ['2026-12-01.log', '2026-12-01.1.log']) touch(rest, '2026-12-01T10:00');
    write('2026-12-01T20:00', ['z']);
    write('2026-12-03T10:00', ['z'], { old: 'plain' });
    expect(names()).toEqual([name('2026-12-01.1.log'), name('2026-12-01.log'), name('2026-12-03.log')]);
  });

  test('is removed after its days, zipped or not', () => {
    fs.mkdirSync(folder, { recursive: true });
    for (const rest of ['2026-11-01.log', '2026-11-23.log.zip', '2026-11-24.log.zip', '2026-11-24.5.log'])
      fs.writeFileSync(path.join(folder, name(rest)), 'x');
    write('2026-12-01T10:00', ['z'], { old: 'plain' });
    expect(names()).toEqual(['2026-11-24.5.log', '2026-11-24.log.zip', '2026-12-01.log'].map(name));
  });

  test('of others is never touched', () => {
    fs.mkdirSync(folder, { recursive: true });
    const others = [
      'codex-session-sync-lap-2020-01-01.log',
      'notes.log',
      'codex-session-sync-desk-2020-01-01.txt',
      'codex-session-sync-desk-2-2020-01-01.log',
    ];
    for (const other of others) fs.writeFileSync(path.join(folder, other), 'x');
    write('2026-12-01T10:00', ['z']);
    expect(names()).toEqual([...others, name('2026-12-01.log')].sort());
  });

  test('that another run has half zipped is zipped anew', () => {
    write('2026-12-01T10:00', ['one']);
    touch('2026-12-01.log', '2026-12-01T10:00');
    for (const left of ['.zip.new', '.zip']) fs.writeFileSync(path.join(folder, name(`2026-12-01.log${left}`)), 'half');
    write('2026-12-02T10:00', ['two']);
    expect(names()).toEqual([name('2026-12-01.log.zip'), name('2026-12-02.log')]);
    expect(unzipped(path.join(folder, name('2026-12-01.log.zip')))).toEqual({ [name('2026-12-01.log')]: 'one\n' });
  });
});
