import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { checkExtension, loadExtension } from '../../scripts/lib/adapters/process/extension_file.ts';
import { homePrefixLocalizer } from '../../scripts/lib/domain/extension/home_prefix_localizer.ts';
import { wslLocalizer } from '../../scripts/lib/domain/extension/wsl_localizer.ts';
import { conversation, withTurn } from '../fixtures/conversation.ts';
import { planNow, syncNow, threadRow, writePackage } from '../fixtures/machine.ts';
import { machinesOfEachTest } from '../fixtures/machines.ts';

const makeMachine = machinesOfEachTest();
const fixture = (name: string): string => fileURLToPath(new URL(`../fixtures/extensions/${name}.mjs`, import.meta.url));

test.each([
  ['/home/b', 'C:\\Users\\x', '/mnt/c/Users/x'],
  ['/home/b', '\\\\?\\D:\\a b', '/mnt/d/a b'],
  ['/home/b', '\\\\server\\share\\x', null],
  ['/home/b', '/mnt/c/x', null],
  ['C:\\Users\\b', '/mnt/c/Users/x', 'C:\\Users\\x'],
  ['C:\\Users\\b', '/mnt/data/x', null],
])('wsl at %s: %s is %s', (userHome, there, here) =>
  expect(wslLocalizer.localize(there, { userHome, sourceHome: null })).toBe(here),
);

test.each([
  ['/Users/a', '/Users/a/x', '/home/b/x'],
  ['/Users/a', '/Users/a', '/home/b'],
  ['/Users/a', '/Users/ab/x', null],
  [null, '/Users/a/x', null],
])('home-prefix from %s: %s is %s', (sourceHome, there, here) =>
  expect(homePrefixLocalizer.localize(there, { userHome: '/home/b', sourceHome })).toBe(here),
);

test.each([
  ['impure', 'pure'],
  ['not_deterministic', 'deterministic'],
  ['not_invertible', 'invertible'],
  ['less_safe', 'safer'],
])('an extension that is %s is refused', (name, rule) => {
  expect(checkExtension(fixture(name)).faults.map((fault) => fault.rule)).toContain(rule);
  expect(() => loadExtension(fixture(name))).toThrow('breaks its contract');
});

test('a package from Windows is synced with wsl, and the journal and the plan name it', () => {
  const machine = makeMachine();
  const talk = conversation('win', 'C:\\work\\app', ['first']);
  const folder = writePackage(machine, [{ conversation: talk }]);
  const extensions = [loadExtension('wsl')];
  const plain = planNow(machine, folder);
  const planned = planNow(machine, folder, { extensions });
  expect(planned.plan.digest).not.toBe(plain.plan.digest);
  expect(planned.plan.sessions[0]?.cwd).toMatchObject({ local: '/mnt/c/work/app', rule: 'extension:wsl' });
  const done = syncNow(machine, folder, { extensions });
  expect(threadRow(machine, talk.id)?.cwd).toBe('/mnt/c/work/app');
  const text = fs.readFileSync(done.rolloutPaths.get(talk.id) as string, 'utf8');
  expect(text).toContain('"writable_roots":["/mnt/c/work/app"]');
  expect(text).not.toContain('"cwd":"C:');
  const manifest = path.join(machine.codexHome, 'sync-journal', done.transactionId as string, 'manifest.json');
  expect(JSON.parse(fs.readFileSync(manifest, 'utf8')).extensions).toEqual([
    { name: 'wsl', version: '1.1.0', digest: extensions[0]?.digest },
  ]);
  expect(syncNow(machine, folder).plan.sessions[0]?.classification).toBe('unchanged');
});

test('a changed extension file is another plan; a classifier keeps both sides', () => {
  const machine = makeMachine();
  const talk = conversation('both', '/home/far/x', ['first']);
  syncNow(machine, writePackage(machine, [{ conversation: talk }]));
  const newer = writePackage(machine, [{ conversation: withTurn(talk, 'more') }]);
  const branching = (file: string, comment: string) => {
    const at = path.join(machine.root, file);
    const code = `({ kind: 'classifier', name: 'careful', version: '1.0.0', contract: 1,
      classify: (relation, builtIn) => (builtIn === 'fast_forward_import' ? 'diverged_lineage' : builtIn) });`;
    fs.writeFileSync(at, `// ${comment}\nexport const extension = ${code}\n`);
    return [loadExtension(at)];
  };
  const first = planNow(machine, newer, { extensions: branching('a.mjs', 'one') });
  const second = planNow(machine, newer, { extensions: branching('b.mjs', 'two') });
  expect(first.plan.sessions[0]).toMatchObject({ classification: 'diverged_lineage', action: 'branch' });
  expect(second.plan.digest).not.toBe(first.plan.digest);
});

test('a session that a classifier refuses is left out, and the reason names the classifier', () => {
  const machine = makeMachine();
  const talk = conversation('refused', '/home/far/x', ['first']);
  const { plan, transactionId } = syncNow(machine, writePackage(machine, [{ conversation: talk }]), {
    extensions: [loadExtension(fixture('refusing'))],
  });
  expect(plan.sessions).toMatchObject([
    { classification: 'invalid', action: 'refuse', reason: expect.stringContaining('(extension:refusing)') },
  ]);
  expect([transactionId, threadRow(machine, talk.id)]).toEqual([null, undefined]);
});
