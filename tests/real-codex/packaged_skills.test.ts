import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { withCodex } from './lab/codex_app_server.ts';
import type { Machine } from './lab/codex_home.ts';
import { newest } from './lab/codex_versions.ts';
import { inLab } from './lab/lab.ts';
import { converse } from './lab/sessions.ts';
import { packAll, syncCli } from './lab/sync_cli.ts';
import { TwoMachines } from './stories/two_machines.ts';

type Skills = { data: { skills: { name: string; path: string; enabled: boolean; scope: string }[]; errors: unknown[] }[] };

/** The user's own, with what Codex complains of. */
async function skillsOf(machine: Machine): Promise<{ paths: string[]; errors: unknown[] }> {
  const { data } = await withCodex(machine, (codex) => codex.request<Skills>('skills/list', { cwds: [machine.userHome] }));
  const own = data.flatMap(({ skills }) => skills).filter(({ scope, enabled }) => scope === 'user' && enabled);
  return { paths: own.map((skill) => `${skill.name} ${skill.path}`), errors: data.flatMap(({ errors }) => errors) };
}

/** A skill that Codex itself brought along, packed under a name of its own. */
async function addCodexSkill(from: Machine, packageFolder: string, name: string): Promise<void> {
  const target = path.join(packageFolder, 'skills', name);
  await mkdir(path.dirname(target), { recursive: true });
  await cp(path.join(from.codexHome, 'skills', '.system', 'skill-installer'), target, { recursive: true });
  const file = path.join(target, 'SKILL.md');
  await writeFile(file, (await readFile(file, 'utf8')).replace(/^name:.*$/m, `name: ${name}`));
}

test('real Codex lists a packaged skill once it is installed by name, and no more after the rollback', () =>
  inLab(async (lab) => {
    const machines = await TwoMachines.meet(lab, newest);
    await converse(machines.a, machines.folderA, ['hello']);
    const folder = await packAll(machines.a, 'with skills');
    for (const name of ['fetcher', 'other']) await addCodexSkill(machines.a, folder, name);
    await machines.syncOk(folder);
    expect(await skillsOf(machines.b)).toEqual({ paths: [], errors: [] });

    await machines.syncOk(folder, '--include-skills', 'fetcher');
    const installed = path.join(machines.b.codexHome, 'skills', 'fetcher', 'SKILL.md');
    expect(await skillsOf(machines.b)).toEqual({ paths: [`fetcher ${installed}`], errors: [] });

    const undone = await syncCli(machines.b, ['rollback', '--latest', '--execute']);
    expect(undone.exitCode, undone.stdout).toBe(0);
    expect(await skillsOf(machines.b)).toEqual({ paths: [], errors: [] });
  }));
