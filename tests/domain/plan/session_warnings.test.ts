import { expect, test } from 'vitest';
import type { ValidSession } from '../../../scripts/lib/domain/package/package.ts';
import { type WarningFacts, warningsFor } from '../../../scripts/lib/domain/plan/session_warnings.ts';

const plain = {
  tornAt: null,
  skippedLines: 0,
  skippedAt: null,
  notUtf8At: null,
  restartsAt: null,
  numbering: { brokenAt: null },
  encryptedItems: 0,
  meta: { modelProvider: 'openai', historyMode: 'paginated', historyBase: null, source: 'cli' },
};

/** The first words of each warning. */
function warned(transcript: object = {}, around: Partial<WarningFacts> = {}): string[] {
  const all = { ...plain, ...transcript };
  const facts: WarningFacts = { action: 'create', providerConfigured: true, hasFolder: true, oldCodex: null, ...around };
  const session = { transcript: all } as unknown as ValidSession;
  return warningsFor(session, facts).map((text) => text.split(' ').slice(0, 3).join(' '));
}

test.each<[string, string[], string[]]>([
  ['nothing', warned(), []],
  ['an unfinished last line', warned({ tornAt: 7 }), ['its last line']],
  ['what no Codex reads', warned({ skippedLines: 2, skippedAt: 9 }), ['2 line(s) that']],
  ['a line that is no UTF-8', warned({ notUtf8At: 0 }), ['a line is']],
  ['a second first line', warned({ restartsAt: 9 }), ['it has a']],
  ['numbers out of order', warned({ numbering: { brokenAt: 0 } }), ['its lines are']],
  [
    'no numbers where there need not be any',
    warned({ numbering: { brokenAt: 0 }, meta: { ...plain.meta, historyMode: 'legacy' } }),
    [],
  ],
  ...['', 'cli', 'vscode', 'exec', 'mcp', '{"subagent":"review"}'].map((source): [string, string[], string[]] => [
    `a source that Codex knows: ${source}`,
    warned({ meta: { ...plain.meta, source } }),
    [],
  ]),
  ['a source that Codex does not know', warned({ meta: { ...plain.meta, source: 'appServer' } }), ['Codex does not']],
  ['a source without a list', warned({ meta: { ...plain.meta, source: '{"custom":"x"}' } }), ['Codex has no']],
  ['a source of what stays as it is', warned({ meta: { ...plain.meta, source: 'x' } }, { action: 'none' }), []],
  ['encrypted items', warned({ encryptedItems: 2 }), ['2 encrypted item(s)']],
  ['encrypted items that stay away', warned({ encryptedItems: 2 }, { action: 'none' }), []],
  ['a provider that is not here', warned({}, { providerConfigured: false }), ['model provider `openai`']],
  ['a folder that is not here', warned({}, { hasFolder: false }), ['its working folder']],
  ['a folder that is not needed', warned({}, { action: 'none', hasFolder: false }), []],
  ['an old Codex', warned({}, { oldCodex: '--target-codex' }), ['the local Codex']],
  ['an old Codex that gets nothing', warned({}, { action: 'none', oldCodex: '--target-codex' }), []],
])('%s is told', (_what, warnings, expected) => expect(warnings).toEqual(expected));

test('the Codex here is told by what says so, not by a version that its columns only bound', () => {
  const around: WarningFacts = {
    action: 'create',
    providerConfigured: true,
    hasFolder: true,
    oldCodex: 'the columns of threads',
  };
  const [warning] = warningsFor({ transcript: plain, row: {} } as unknown as ValidSession, around);
  expect(warning).toMatch(/older than 0\.147 \(according to the columns of threads\)/);
});
