// `config init`: the configuration file with every key and its comment.

import path from 'node:path';
import { placeOfConfig } from '../../adapters/config/config_file.ts';
import { replaceFile } from '../../adapters/disk/file_writing.ts';
import { makeFolder } from '../../adapters/disk/folders.ts';
import { isThere } from '../../adapters/paths/entries.ts';
import { SyncError } from '../../domain/codes/errors.ts';
import { buildConfigText } from '../../domain/config/config_text.ts';

/** `output`: where to, instead of where the file is looked for. `force`: one that is there is replaced. */
export type InitRequest = { output: string | null; named: string | null; force: boolean };

export function initConfig({ output, named, force }: InitRequest, environment: NodeJS.ProcessEnv): { path: string } {
  const file = output === null ? placeOfConfig(named, environment).path : path.resolve(output);
  if (!force && isThere(file))
    throw new SyncError('output_exists', 'A configuration file is already there.', {
      where: file,
      hint: 'edit it, name another with --output, or replace it with --force',
    });
  makeFolder(path.dirname(file), 'private');
  replaceFile(file, buildConfigText(new Map()));
  return { path: file };
}
