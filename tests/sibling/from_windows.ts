import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** Where Windows would have had what a real session of this machine has elsewhere. */
export type Relocation = { folder: string; windowsFolder: string; codexHome: string; windowsCodexHome: string };

/**
 * Respells the paths of a package made here so that it reads as one made on Windows: the working folder and the Codex
 * home wherever they stand, with what follows them, as `\` paths and as file URLs.
 */
export async function respellForWindows(packageRoot: string, relocation: Relocation): Promise<void> {
  const { folder, windowsFolder, codexHome, windowsCodexHome } = relocation;
  for (const entry of await readdir(packageRoot, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !/\.jsonl?$/.test(entry.name)) continue;
    const file = path.join(entry.parentPath, entry.name);
    const text = respell(respell(await readFile(file, 'utf8'), folder, windowsFolder), codexHome, windowsCodexHome);
    await writeFile(file, text);
  }
}

function respell(text: string, from: string, to: string): string {
  const escaped = from.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const asUrl = `file:///${to.replaceAll('\\', '/')}`;
  const inJson = (windows: string): string => windows.replaceAll('\\', '\\\\');
  return text
    .replaceAll(`file://${from}`, asUrl)
    .replaceAll(new RegExp(`(?<!/)${escaped}((?:/[^"\\\\<>\\s]*)?)`, 'g'), (_, below: string) =>
      inJson(to + below.replaceAll('/', '\\')),
    );
}
