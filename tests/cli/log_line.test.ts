import { describe, expect, test } from 'vitest';
import { type LogEntry, logLine } from '../../scripts/lib/cli/output/log_line.ts';
import { loggedOf } from '../../scripts/lib/cli/output/report_log.ts';

const entry = (fields: LogEntry['fields']): LogEntry => ({
  time: new Date('2026-12-01T01:02:03.004Z'),
  level: 'info',
  event: 'session',
  fields,
});

test.each([
  [{ a: 1, b: 'x', c: null, d: true }, 'a=1 b=x c=null d=true'],
  [{ a: '' }, 'a=""'],
  [{ a: 'two words' }, 'a="two words"'],
  [{ a: 'k=v' }, 'a="k=v"'],
  [{ a: 'C:\\x' }, 'a="C:\\\\x"'],
  [{ a: 'x\ny="z"' }, 'a="x\\ny=\\"z\\""'],
  [{ a: '\u001b[2J\u202e\u2028' }, 'a="\\u001b[2J\\u202e\\u2028"'],
  [{ a: 'é' }, 'a="é"'],
])('%j is one pair a field, however it is spelled', (fields, pairs) => {
  expect(logLine(entry(fields), 'text')).toBe(`2026-12-01T01:02:03.004Z INFO    session ${pairs}`);
  expect(logLine(entry(fields), 'logfmt')).toBe(`time=2026-12-01T01:02:03.004Z level=info event=session ${pairs}`);
  const json = logLine(entry(fields), 'json');
  expect(JSON.parse(json)).toEqual({ time: '2026-12-01T01:02:03.004Z', level: 'info', event: 'session', ...fields });
  for (const format of ['text', 'logfmt', 'json'] as const)
    expect(logLine(entry(fields), format)).not.toMatch(/[\n\u001b\u202e\u2028]/);
});

describe('of a report', () => {
  const session = { thread_id: 'id', title: 'SECRET', cwd: { local: 'SECRET' }, warnings: ['SECRET'], action: 'create' };
  const document = {
    kind: 'exchange_sync',
    mode: 'executed',
    summary: { unchanged: 0, new_lineage: 1 },
    sessions: [session, { ...session, action: 'none' }, { ...session, action: 'refuse', reason: 'SECRET' }],
    pulled: [{ sessions: [session], findings: [{ code: 'c', severity: 'error', message: 'SECRET', where: 'SECRET' }] }],
    findings: [
      { code: 'n', severity: 'note' },
      { code: 'w', severity: 'warning' },
    ],
  };
  const logged = [...loggedOf({ document, lines: ['SECRET'], warnings: ['SECRET'] })];

  test('each session, finding and the sum', () => {
    expect(logged.map(({ level, event }) => `${level} ${event}`)).toEqual([
      'info session',
      'debug session',
      'warning session',
      'info finding',
      'warning finding',
      'info session',
      'error finding',
      'info result',
    ]);
    expect(logged.at(-1)?.fields).toEqual({ kind: 'exchange_sync', mode: 'executed', new_lineage: 1, warnings: 1 });
  });

  test('is nothing that people have written', () => {
    expect(JSON.stringify(logged)).not.toContain('SECRET');
  });
});
