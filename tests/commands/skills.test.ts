import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { JournalFolder } from '../../scripts/lib/adapters/journal/journal_folder.ts';
import { listJournals } from '../../scripts/lib/adapters/journal/journal_scan.ts';
import { examineSidecar } from '../../scripts/lib/commands/health/sidecar_health.ts';
import { deriveSidecar } from '../../scripts/lib/commands/sidecar/derive_sidecar.ts';
import { listTransactions } from '../../scripts/lib/commands/transactions/list_transactions.ts';
import { pruneJournal } from '../../scripts/lib/commands/transactions/prune_journal.ts';
import { stageAll } from '../../scripts/lib/transaction/staging/stage.ts';
import { conversation, withTurn } from '../fixtures/conversation.ts';
import {
  addSession,
  homeOf,
  type Machine,
  NOW,
  planNow,
  syncNow,
  threadRow,
  undoNow,
  writePackage,
} from '../fixtures/machine.ts';
import { machinesOfEachTest } from '../fixtures/machines.ts';
import { addSkill, SKILL_MD } from '../fixtures/skills.ts';
import { differences, snapshot, withoutJournal } from '../fixtures/snapshot.ts';

// No power is cut here, and a disk in memory takes a fifth of the time.
if (fs.existsSync('/dev/shm')) process.env.TMPDIR = '/dev/shm';

const machine = machinesOfEachTest();
const talk = conversation('one', '/home/far/project', ['first']);

/** A package with one session and the skill `plot`. */
function packaged(here: Machine): string {
  const folder = writePackage(here, [{ conversation: talk }]);
  addSkill(folder);
  return folder;
}

const PLOT = { includeSkills: ['plot'] };
const place = (here: Machine, name: string): string => path.join(here.codexHome, 'skills', ...name.split('/'));
const skillsIn = (here: Machine): string[] => {
  const found = fs.existsSync(place(here, '.')) ? (fs.readdirSync(place(here, '.'), { recursive: true }) as string[]) : null;
  return found === null
    ? []
    : ['.codex/skills', ...found.map((name) => `.codex/skills/${name.replaceAll(path.sep, '/')}`).sort()];
};
const INSTALLED = ['', '/plot', '/plot/SKILL.md', '/plot/scripts', '/plot/scripts/plot.py'].map((end) => `.codex/skills${end}`);
const stateOf = (here: Machine) => withoutJournal(snapshot(here.userHome));

describe('a skill that is asked for by name', () => {
  test('is installed with its files, in the transaction of the sessions', () => {
    const here = machine();
    const { plan } = syncNow(here, packaged(here), PLOT);
    expect(plan.skills).toMatchObject([
      { name: 'plot', action: 'create', reason_code: 'skill_absent', path: place(here, 'plot') },
    ]);
    expect(skillsIn(here)).toEqual(INSTALLED);
    expect(fs.readFileSync(place(here, 'plot/SKILL.md'), 'utf8')).toBe(SKILL_MD);
    expect(threadRow(here, talk.id)).toBeDefined();
    expect(listJournals(here.codexHome)).toHaveLength(1);
  });

  test('is not installed by a dry run, which lists its files with their sizes and warns', () => {
    const here = machine();
    const before = stateOf(here);
    const { plan } = planNow(here, packaged(here), PLOT);
    expect(plan.skills[0]?.files).toEqual([
      { path: 'SKILL.md', bytes: SKILL_MD.length },
      { path: 'scripts/plot.py', bytes: 14 },
    ]);
    expect(plan.warnings).toContainEqual(expect.stringContaining('programs that run with your rights'));
    expect(stateOf(here)).toEqual(before);
  });

  test('is the only one that is installed', () => {
    const here = machine();
    const folder = packaged(here);
    addSkill(folder, 'other');
    expect(syncNow(here, folder, PLOT).package.skills.names).toEqual(['other', 'plot']);
    expect(skillsIn(here)).toEqual(INSTALLED);
  });

  test('loses its executable bits, and says so', () => {
    const here = machine();
    const folder = packaged(here);
    fs.chmodSync(path.join(folder, 'skills/plot/scripts/plot.py'), 0o4777);
    const { plan } = syncNow(here, folder, PLOT);
    expect(fs.statSync(place(here, 'plot/scripts/plot.py')).mode & 0o7111).toBe(0);
    expect(plan.skills[0]?.warnings).toEqual([expect.stringContaining('scripts/plot.py')]);
  });

  test('that calls itself otherwise is named so', () => {
    const here = machine();
    const folder = writePackage(here, [{ conversation: talk }]);
    addSkill(folder, 'plot', { 'SKILL.md': SKILL_MD.replace('plot', 'skill-creator') });
    expect(planNow(here, folder, PLOT).plan.skills[0]?.warnings).toEqual([expect.stringContaining('"skill-creator"')]);
  });

  test('that the package does not have is an error that says which it has, and nothing is written', () => {
    const here = machine();
    const before = stateOf(here);
    for (const name of ['Plot', '../plot', 'plot/scripts', '.', ''])
      expect(() => syncNow(here, packaged(here), { includeSkills: ['plot', name] })).toThrow(
        expect.objectContaining({ code: 'usage', hint: 'it has: plot' }),
      );
    expect(stateOf(here)).toEqual(before);
  });

  test('comes alone where every session is here already, and makes no sidecar', () => {
    const here = machine();
    const folder = packaged(here);
    syncNow(here, folder);
    fs.rmSync(path.join(here.codexHome, 'sync-sidecar'), { recursive: true });
    const { transactionId } = syncNow(here, folder, { ...PLOT, threadIds: [] });
    expect(transactionId).not.toBeNull();
    expect(skillsIn(here)).toEqual(INSTALLED);
  });

  test('gets its SKILL.md last', () => {
    const here = machine();
    const { changes } = planNow(here, packaged(here), PLOT).plan;
    expect(changes.at(-1)?.change).toMatchObject({ kind: 'copy_file', path: place(here, 'plot/SKILL.md') });
  });

  test('whose bytes change while size and time stay is another plan, and is not written by the one before', () => {
    const here = machine();
    const folder = packaged(here);
    const file = path.join(folder, 'skills/plot/scripts/plot.py');
    fs.utimesSync(file, 1_793_800_000, 1_793_800_000);
    const { plan } = planNow(here, folder, PLOT);
    fs.writeFileSync(file, 'print("evil")\n'.slice(0, 14));
    fs.utimesSync(file, 1_793_800_000, 1_793_800_000);
    expect(planNow(here, folder, PLOT).plan.digest).not.toBe(plan.digest);
    const journal = new JournalFolder(here.codexHome, 'one');
    journal.create();
    const copies = plan.changes.filter(({ change }) => change.kind === 'copy_file');
    expect(() => stageAll(copies, journal)).toThrow(expect.objectContaining({ code: 'stale_plan', where: file }));
  });

  test('is part of what a plan is of', () => {
    const here = machine();
    const folder = packaged(here);
    const digestOf = (includeSkills: string[]): string => planNow(here, folder, { includeSkills }).plan.digest;
    expect(digestOf(['plot'])).not.toBe(digestOf([]));
    expect(digestOf(['plot', 'plot'])).toBe(digestOf(['plot']));
    const without = digestOf([]);
    addSkill(folder, 'other');
    expect(digestOf([])).toBe(without);
    syncNow(here, folder, PLOT);
    expect(digestOf(['plot'])).not.toBe(digestOf([]));
  });
});

describe('a skill that is here already', () => {
  test('with the same files is unchanged, whatever else lies in it', () => {
    const here = machine();
    const folder = packaged(here);
    syncNow(here, folder, PLOT);
    fs.mkdirSync(place(here, 'plot/__pycache__'));
    const { plan, transactionId } = syncNow(here, folder, PLOT);
    expect(plan.skills).toMatchObject([{ action: 'unchanged', reason_code: 'skill_same' }]);
    expect([plan.warnings, transactionId]).toEqual([[], null]);
  });

  test.each([
    ['changed', (here: Machine) => fs.writeFileSync(place(here, 'plot/scripts/plot.py'), 'mine')],
    ['changed in place', (here: Machine) => fs.writeFileSync(place(here, 'plot/scripts/plot.py'), 'print("mine")\n')],
    ['missing', (here: Machine) => fs.rmSync(place(here, 'plot/scripts/plot.py'))],
    [
      'a folder',
      (here: Machine) => {
        fs.rmSync(place(here, 'plot/scripts/plot.py'));
        fs.mkdirSync(place(here, 'plot/scripts/plot.py'));
      },
    ],
  ])('is never overwritten: where a file of it is %s it is refused, and the sessions arrive', (_how, change) => {
    const here = machine();
    addSkill(here.codexHome);
    change(here);
    const before = skillsIn(here);
    const { plan } = syncNow(here, packaged(here), PLOT);
    expect(plan.skills).toMatchObject([
      { action: 'refuse', reason_code: 'skill_differs', reason: expect.stringContaining('scripts/plot.py') },
    ]);
    expect(skillsIn(here)).toEqual(before);
    expect(threadRow(here, talk.id)).toBeDefined();
  });

  test('in the user’s own folder that skills is a link to is compared there', () => {
    const here = machine();
    const own = path.join(here.userHome, 'dotfiles');
    addSkill(own);
    fs.symlinkSync(path.join(own, 'skills'), path.join(here.codexHome, 'skills'));
    expect(planNow(here, packaged(here), PLOT).plan.skills).toMatchObject([{ action: 'unchanged' }]);
  });

  test.each<[string, (here: Machine) => void]>([
    ['one in other capitals', (here) => void addSkill(here.codexHome, 'PLOT')],
    ['one of Codex’s own', (here) => void addSkill(here.codexHome, '.system/plot')],
    [
      'a file',
      (here) => {
        fs.mkdirSync(place(here, '.'));
        fs.writeFileSync(place(here, 'plot'), '');
      },
    ],
    [
      'a link that leads nowhere',
      (here) => {
        fs.mkdirSync(place(here, '.'));
        fs.symlinkSync('/nowhere', place(here, 'plot'));
      },
    ],
    ['a file in place of all skills', (here) => fs.writeFileSync(path.join(here.codexHome, 'skills'), '')],
    ['a link to nowhere in place of all skills', (here) => fs.symlinkSync('/nowhere', path.join(here.codexHome, 'skills'))],
  ])('as %s keeps its name', (_what, take) => {
    const here = machine();
    take(here);
    const { plan } = syncNow(here, packaged(here), PLOT);
    expect(plan.skills).toMatchObject([{ action: 'refuse', reason_code: 'skill_name_taken' }]);
    expect(threadRow(here, talk.id)).toBeDefined();
  });

  test('of two in one package with one name in other capitals the second is refused', () => {
    const here = machine();
    const folder = packaged(here);
    addSkill(folder, 'Plot');
    const { plan } = syncNow(here, folder, { includeSkills: ['plot', 'Plot'] });
    expect(plan.skills.map(({ action }) => action)).toEqual(['create', 'refuse']);
    expect(skillsIn(here)).toEqual(INSTALLED);
  });
});

describe('a packaged skill that is not to be trusted', () => {
  test.each(['.system', '.hidden', 'nul', 'two words', 'end.'])('by its name %j is refused, and the sessions arrive', (name) => {
    const here = machine();
    const folder = packaged(here);
    addSkill(folder, name);
    const { plan } = syncNow(here, folder, { includeSkills: [name] });
    expect(plan.skills).toMatchObject([{ action: 'refuse', reason_code: 'skill_unsafe', files: [] }]);
    expect([skillsIn(here), threadRow(here, talk.id) === undefined]).toEqual([[], false]);
  });

  test('by a link in it is refused as a whole', () => {
    const here = machine();
    const folder = packaged(here);
    fs.symlinkSync('/etc/hostname', path.join(folder, 'skills/plot/data'));
    expect(syncNow(here, folder, PLOT).plan.skills).toMatchObject([{ action: 'refuse', reason_code: 'skill_unsafe' }]);
    expect(skillsIn(here)).toEqual([]);
  });

  test('by a path that no folder has here is refused', () => {
    const here = machine();
    const folder = packaged(here);
    const long = Array.from({ length: 5 }, () => 'x'.repeat(200)).join('/');
    addSkill(folder, 'plot', { [`${long}/y`]: '' });
    expect(syncNow(here, folder, PLOT).plan.skills).toMatchObject([
      { action: 'refuse', reason: expect.stringContaining('too long') },
    ]);
  });
});

describe('a rollback', () => {
  test('takes the skill and its folders away with the sessions', () => {
    const here = machine();
    const before = stateOf(here);
    const { transactionId } = syncNow(here, packaged(here), PLOT);
    const { skills, threads } = undoNow(here, transactionId, new Date(NOW.getTime() + 1000));
    expect([skills, threads]).toMatchObject([[{ name: 'plot', outcome: 'rolled_back' }], [{ outcome: 'rolled_back' }]]);
    expect(differences(before, stateOf(here)).filter((name) => !name.includes('sync-sidecar'))).toEqual([]);
    expect(listTransactions(homeOf(here), NOW).map(({ status, skills: named }) => [status, named])).toEqual([
      ['completed', [{ name: 'plot', action: 'rollback' }]],
      ['rolled_back', [{ name: 'plot', action: 'create' }]],
    ]);
  });

  test('of a skill that came alone takes it away', () => {
    const here = machine();
    const folder = packaged(here);
    syncNow(here, folder);
    const before = stateOf(here);
    const { transactionId } = syncNow(here, folder, PLOT);
    undoNow(here, transactionId);
    expect(differences(before, stateOf(here))).toEqual([]);
    expect(() => undoNow(here, transactionId)).toThrow('is rolled_back');
  });

  test.each<[string, (here: Machine) => void, string]>([
    [
      'a file was changed',
      (here) => fs.writeFileSync(place(here, 'plot/scripts/plot.py'), 'mine'),
      'scripts/plot.py was changed',
    ],
    [
      'a file was changed in place',
      (here) => fs.writeFileSync(place(here, 'plot/scripts/plot.py'), 'print("mine")\n'),
      'plot.py was changed',
    ],
    ['a file was added', (here) => fs.writeFileSync(place(here, 'plot/scripts/mine.py'), ''), 'scripts/mine.py was added'],
    ['a folder was added', (here) => fs.mkdirSync(place(here, 'plot/data')), 'data was added'],
    [
      'a file became a link',
      (here) => {
        fs.renameSync(place(here, 'plot/SKILL.md'), path.join(here.userHome, 'mine.md'));
        // As long as the file was.
        const target = path.join(here.userHome, 'mine.md').padStart(SKILL_MD.length, '/');
        fs.symlinkSync(target, place(here, 'plot/SKILL.md'));
      },
      'SKILL.md was changed',
    ],
    [
      'a folder became a link',
      (here) => {
        fs.renameSync(place(here, 'plot/scripts'), path.join(here.userHome, 'scripts'));
        fs.symlinkSync(path.join(here.userHome, 'scripts'), place(here, 'plot/scripts'));
      },
      'scripts was changed',
    ],
    [
      'its folder became a link',
      (here) => {
        fs.renameSync(place(here, 'plot'), path.join(here.userHome, 'plot'));
        fs.symlinkSync(path.join(here.userHome, 'plot'), place(here, 'plot'));
      },
      'its folder was changed',
    ],
  ])('leaves the skill where %s since, says so, and takes the session away', (_what, change, why) => {
    const here = machine();
    const { transactionId } = syncNow(here, packaged(here), PLOT);
    change(here);
    const before = skillsIn(here);
    const { skills, threads } = undoNow(here, transactionId);
    expect(skills).toMatchObject([
      { outcome: 'refused', reason_code: 'skill_changed_since', reason: expect.stringContaining(why) },
    ]);
    expect(threads).toMatchObject([{ outcome: 'rolled_back' }]);
    expect([skillsIn(here), threadRow(here, talk.id)]).toEqual([before, undefined]);
    expect(listTransactions(homeOf(here), NOW).at(-1)?.status).toBe('completed');
  });

  test('goes on where a file or all of the skill was removed since', () => {
    for (const [gone, code] of [
      ['plot/scripts/plot.py', 'unchanged_since'],
      ['plot/scripts', 'unchanged_since'],
      ['plot', 'skill_gone'],
      ['.', 'skill_gone'],
    ] as const) {
      const here = machine();
      const { transactionId } = syncNow(here, packaged(here), PLOT);
      fs.rmSync(place(here, gone), { recursive: true });
      expect(undoNow(here, transactionId).skills).toMatchObject([{ outcome: 'rolled_back', reason_code: code }]);
      expect(skillsIn(here)).toEqual([]);
    }
  });

  test('leaves the link that all skills are behind since', () => {
    const here = machine();
    const { transactionId } = syncNow(here, packaged(here), PLOT);
    const own = path.join(here.userHome, 'own');
    fs.renameSync(place(here, '.'), own);
    fs.symlinkSync(own, path.join(here.codexHome, 'skills'));
    expect(undoNow(here, transactionId).skills).toMatchObject([{ outcome: 'rolled_back' }]);
    expect(fs.readdirSync(own)).toEqual([]);
    expect(fs.readlinkSync(path.join(here.codexHome, 'skills'))).toBe(own);
  });

  test('can take the skill alone, and the session alone', () => {
    const here = machine();
    const { transactionId } = syncNow(here, packaged(here), PLOT);
    const back = (request: { threadIds?: string[]; skills?: string[] }) => undoNow(here, transactionId, NOW, request);
    expect(() => back({ skills: ['other'] })).toThrow('did not change other');
    expect(back({ skills: ['plot'] }).threads).toEqual([]);
    expect([skillsIn(here), threadRow(here, talk.id) === undefined]).toEqual([['.codex/skills'], false]);
    expect(back({ threadIds: [talk.id] }).skills).toEqual([]);
    expect([skillsIn(here), threadRow(here, talk.id) === undefined]).toEqual([[], true]);
  });

  test('is taken back itself: the skill is there again, unless something has its place', () => {
    const here = machine();
    const { transactionId } = syncNow(here, packaged(here), PLOT);
    const after = stateOf(here);
    const first = undoNow(here, transactionId);
    addSkill(here.codexHome, 'plot', { 'SKILL.md': 'mine' });
    const skill = undoNow(here, first.transactionId, NOW, { threadIds: [] }).skills;
    expect(skill).toMatchObject([{ outcome: 'refused', reason_code: 'skill_name_taken' }]);
    expect(fs.readFileSync(place(here, 'plot/SKILL.md'), 'utf8')).toBe('mine');
    fs.rmSync(place(here, 'plot'), { recursive: true });
    undoNow(here, first.transactionId);
    expect(skillsIn(here)).toEqual(INSTALLED);
    expect(differences(after, stateOf(here)).filter((name) => name.includes('skills'))).toEqual([]);
  });

  test('waits for a later transaction that installed the skill again', () => {
    const here = machine();
    const folder = packaged(here);
    const first = syncNow(here, folder, PLOT);
    fs.rmSync(place(here, 'plot'), { recursive: true });
    const second = syncNow(here, folder, PLOT);
    expect(undoNow(here, first.transactionId).skills).toMatchObject([{ outcome: 'refused', reason_code: 'later_transaction' }]);
    undoNow(here, second.transactionId);
    expect(undoNow(here, first.transactionId).skills).toMatchObject([{ outcome: 'rolled_back', reason_code: 'skill_gone' }]);
  });
});

test('the other commands live with a skill in a transaction, also with one alone', () => {
  const here = machine();
  const folder = packaged(here);
  syncNow(here, folder);
  syncNow(here, folder, PLOT, new Date(NOW.getTime() + 1000));
  const home = homeOf(here);
  expect(examineSidecar(home).findings).toEqual([]);
  for (const how of ['rebuild', 'replay'] as const)
    expect(deriveSidecar(home, { how, execute: false }, NOW)).toMatchObject({
      rows: { inserted: 0, changed: 0, removed: 0 },
    });
  expect(listTransactions(home, NOW)[0]).toMatchObject({ threads: [{ action: 'none' }], skills: [{ name: 'plot' }] });
  expect(pruneJournal(home, { keep: 0, olderThan: null, execute: true }, NOW).pruned).toHaveLength(2);
  expect(skillsIn(here)).toEqual(INSTALLED);
});

test('a session that diverged and a skill are handled each for itself', () => {
  const here = machine();
  addSession(here, withTurn(talk, 'only here'));
  const folder = writePackage(here, [{ conversation: withTurn(talk, 'only there') }]);
  addSkill(folder);
  const { plan } = syncNow(here, folder, { ...PLOT, onDivergence: 'skip' });
  expect([plan.sessions[0]?.action, plan.skills[0]?.action]).toEqual(['none', 'create']);
});
