// `config init`: the configuration file with every key and its comment.

import path from 'node:path';
import { placeOfConfig, readConfigFile } from '../../adapters/config/config_file.ts';
import { replaceFile } from '../../adapters/disk/file_writing.ts';
import { makeFolder } from '../../adapters/disk/folders.ts';
import { isThere } from '../../adapters/paths/entries.ts';
import { LOCAL_NAMES } from '../../adapters/paths/local_paths.ts';
import { SyncError } from '../../domain/codes/errors.ts';
import { buildConfigText } from '../../domain/config/config_text.ts';
import { type Imported, importCodexsync } from '../../domain/config/import_codexsync.ts';

/** `output`: where to, instead of where the file is looked for. `force`: one that is there is replaced. `from`: a file of codexSync. */
export type InitRequest = { output: string | null; named: string | null; force: boolean; from: string | null };

export type InitResult = { path: string } & Pick<Imported, 'taken' | 'notTaken'>;

export function initConfig({ output, named, force, from }: InitRequest, environment: NodeJS.ProcessEnv): InitResult {
  const { settings, taken, notTaken } = from === null ? NOTHING : readCodexsync(path.resolve(from));
  const file = output === null ? placeOfConfig(named, environment).path : path.resolve(output);
  if (!force && isThere(file))
    throw new SyncError('output_exists', 'A configuration file is already there.', {
      where: file,
      hint: 'edit it, name another with --output, or replace it with --force',
    });
  makeFolder(path.dirname(file), 'private');
  replaceFile(file, buildConfigText(settings));
  return { path: file, taken, notTaken };
}

const NOTHING: Imported = { settings: new Map(), taken: [], notTaken: [] };

function readCodexsync(file: string): Imported {
  const read = readConfigFile({ path: file, chosenBy: 'flag' });
  return importCodexsync(read?.table ?? {}, path.dirname(file), LOCAL_NAMES.platform);
}
