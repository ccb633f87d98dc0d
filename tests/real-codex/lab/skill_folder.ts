import { existsSync } from 'node:fs';
import { cp, mkdir, symlink } from 'node:fs/promises';
import path from 'node:path';
import type { Machine } from './codex_home.ts';
import { repositoryFolder } from './places.ts';

const skillParts = ['SKILL.md', 'agents', 'references', 'scripts', 'assets', 'package.json', 'tsconfig.json'];

/** The skill as a user has it: its folder in the Codex home, with its dependencies installed. */
export async function installSkill(machine: Machine): Promise<string> {
  const folder = path.join(machine.codexHome, 'skills', 'codex-session-sync');
  await mkdir(folder, { recursive: true });
  for (const part of skillParts) {
    const source = path.join(repositoryFolder, part);
    if (existsSync(source)) await cp(source, path.join(folder, part), { recursive: true });
  }
  await symlink(path.join(repositoryFolder, 'node_modules'), path.join(folder, 'node_modules'));
  return folder;
}

/** Every line of code in a Markdown text, from fences and from backticks. */
export function codeIn(markdown: string): string[] {
  const fenced = [...markdown.matchAll(/^```[^\n]*\n([\s\S]*?)^```/gm)].flatMap((block) => block[1]!.split('\n'));
  const inline = [...markdown.replaceAll(/^```[\s\S]*?^```/gm, '').matchAll(/`([^`\n]+)`/g)].map((code) => code[1]!);
  return [...fenced, ...inline].map((line) => line.trim()).filter((line) => line !== '' && !line.startsWith('#'));
}
