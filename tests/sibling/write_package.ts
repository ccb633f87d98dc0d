import { copyFile, cp, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { baseNameOf, localizeByDocuments, withoutDevicePrefix } from './documents_rule.ts';
import { dumpPlain } from './python_json.ts';
import { readIndex } from './session_index.ts';
import { type Row, readState } from './state_rows.ts';

/** Writes a package of one folder's sessions, as codex-session-transfer does. Gives the ids that went in. */
export async function writeSiblingPackage(
  codexHome: string,
  cwdFilter: string,
  output: string,
  skills: readonly string[] = [],
): Promise<string[]> {
  const { threads, tools } = readState(codexHome);
  const chosen = threads.filter((row) => withoutDevicePrefix(String(row.cwd)) === cwdFilter);
  const ids = chosen.map((row) => String(row.id));
  for (const folder of ['metadata', 'sessions', 'skills', 'skeleton'])
    await mkdir(path.join(output, folder), { recursive: true });
  for (const row of chosen) {
    const rollout = String(row.rollout_path);
    await copyFile(rollout, path.join(output, 'sessions', baseNameOf(rollout)));
  }
  for (const name of skills)
    await cp(path.join(codexHome, 'skills', name), path.join(output, 'skills', name), { recursive: true });
  const index = await readIndex(codexHome);
  const indexLines = chosen.map((row) => index.findLast((line) => line.id === row.id) ?? indexLineFor(row));
  await writeLines(output, 'metadata/threads.jsonl', chosen);
  await writeLines(output, 'metadata/session_index.jsonl', indexLines);
  await writeLines(
    output,
    'metadata/thread_dynamic_tools.jsonl',
    tools.filter((tool) => ids.includes(String(tool.thread_id))),
  );
  await writeIndented(output, 'metadata/path_localization.json', localizationNote(cwdFilter));
  await writeIndented(output, 'skeleton/required-directories.json', [...new Set(chosen.map((row) => String(row.cwd)))].sort());
  await writeIndented(output, 'package_manifest.json', manifest(cwdFilter, ids, skills));
  // The sibling writes instructions for people here; no reader of a package depends on their words.
  for (const name of ['README.md', 'INSTALL_REMOTE.md']) await writeFile(path.join(output, name), '');
  return ids;
}

const manifest = (cwdFilter: string, ids: readonly string[], skills: readonly string[]): object => ({
  format_version: 1,
  package_kind: 'session-skill-package',
  minimum_working_set_only: true,
  cwd_filter: cwdFilter,
  thread_ids: ids,
  skills_included: skills,
  deferred_components: ['logs_1.sqlite', 'state_5.sqlite.logs', 'state_5.sqlite.stage1_outputs', '.codex-global-state.json'],
  preferred_installer_skill: 'codex-session-transfer',
});

const localizationNote = (cwdFilter: string): object => ({
  rule: 'Keep the part from \\Documents\\ on and put the local user home in front of it.',
  examples: [{ source: cwdFilter, target: localizeByDocuments(cwdFilter, '<user home>') }],
});

const indexLineFor = (row: Row): object => ({
  id: row.id,
  thread_name: row.title,
  updated_at: new Date(Number(row.updated_at) * 1000).toISOString().replace('.000Z', 'Z'),
});

async function writeLines(output: string, name: string, values: readonly object[]): Promise<void> {
  await writeFile(path.join(output, name), values.map((value) => `${dumpPlain(value)}\n`).join(''));
}

async function writeIndented(output: string, name: string, value: object): Promise<void> {
  await writeFile(path.join(output, name), `${JSON.stringify(value, null, 2)}\n`);
}
