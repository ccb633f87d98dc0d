import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Machine } from '../real-codex/lab/codex_home.ts';

/** What `npm install --global` writes for a program of Node (cmd-shim 8); here the program is codex.exe itself. */
const shimFor = (program: string): string =>
  [
    '@ECHO off',
    'GOTO start',
    ':find_dp0',
    'SET dp0=%~dp0',
    'EXIT /b',
    ':start',
    'SETLOCAL',
    'CALL :find_dp0',
    `"%dp0%\\${program}"   %*`,
    '',
  ].join('\r\n');

/** A folder like npm's, with `codex.cmd` and no codex.exe; its name has all that a shell may stumble over. Gives the folder. */
export async function installShim(machine: Machine): Promise<string> {
  const folder = path.join(machine.userHome, 'AppData', 'Roaming', 'npm & co (100%)');
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, 'codex.cmd'), shimFor(path.relative(folder, machine.codexBin)));
  return folder;
}
