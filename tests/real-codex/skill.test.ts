import { expect, test } from 'vitest';
import { withCodex } from './lab/codex_app_server.ts';
import { newest } from './lab/codex_versions.ts';
import { inLab } from './lab/lab.ts';
import { conversationOf, outputsSince } from './lab/model_request.ts';
import { converse, goOn } from './lab/sessions.ts';
import { codeIn, installSkill } from './lab/skill_folder.ts';
import { packAll } from './lab/sync_cli.ts';
import { TwoMachines } from './stories/two_machines.ts';

type Skill = { name: string; path: string; enabled: boolean };
type Skills = { data: { skills: Skill[]; errors: unknown[] }[] };

/** What a model does with SKILL.md: take the command that fits from its code and put in what it knows. */
function commandFrom(skill: string, fits: RegExp, filledIn: Record<string, string>): string {
  const command = codeIn(skill).find((code) => code.startsWith('node ') && fits.test(code));
  if (command === undefined) throw new Error(`SKILL.md shows no command like ${fits}`);
  return Object.entries(filledIn).reduce((filled, [name, value]) => filled.replaceAll(name, value), command);
}

const digestIn = (output: string): string => /"plan_digest":\s*"([^"]+)"/.exec(output)?.[1] ?? 'no-digest-was-printed';

test('real Codex finds the skill, and the commands of SKILL.md run inside it sync the bundle', () =>
  inLab(async (lab) => {
    const machines = await TwoMachines.meet(lab, newest);
    const threadId = await converse(machines.a, machines.folderA, ['first question']);
    await machines.syncOk(await packAll(machines.a, 'first'));
    await goOn(machines.a, threadId, ['second']);
    const PACKAGE = await packAll(machines.a, 'second');
    const skillFolder = await installSkill(machines.b);

    const found = await withCodex(
      machines.b,
      async (codex) => (await codex.request<Skills>('skills/list', { cwds: [machines.folderB] })).data,
    );
    expect(found.flatMap((folder) => folder.errors)).toEqual([]);
    const skill = found.flatMap((folder) => folder.skills).find(({ name }) => name === 'codex-session-sync');
    expect(skill).toMatchObject({ enabled: true, path: `${skillFolder}/SKILL.md` });

    const inSkill = (command: string): string =>
      `cd '${skillFolder}' && ${command} --map-path '${machines.folderA}=${machines.folderB}'`;
    const prompt = 'A new package arrived. Sync it.';
    lab.model.script(prompt, [
      () => `cat '${skill!.path}'`,
      ([text]) => inSkill(commandFrom(text!, / inspect-package PACKAGE/, { PACKAGE })),
      ([text]) => inSkill(commandFrom(text!, / sync PACKAGE(?!.*--execute)/, { PACKAGE })),
      ([text, , plan]) =>
        inSkill(commandFrom(text!, / sync PACKAGE.*--expect-plan DIGEST/, { PACKAGE, DIGEST: digestIn(plan!) })),
    ]);
    await converse(machines.b, machines.folderB, [prompt]);

    const last = lab.model.requestsFor(prompt).at(-1)!;
    const [, inspected, planned, executed] = outputsSince(last);
    expect(inspected).toContain('fast_forward_import');
    expect(planned).toContain('dry-run');
    expect(executed, conversationOf(last).join('\n')).toContain('executed');
    await machines.expectWholeOnB({ threadId, prompts: ['first question', 'second'] });
  }));
