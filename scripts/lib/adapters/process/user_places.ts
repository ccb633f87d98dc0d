// Where programs keep what is their user's: the configuration, and what they make, which stays when the Codex home goes.

import path from 'node:path';
import { userFolder } from './runtime_environment.ts';

type Kind = 'configuration' | 'data';
/** `usual`: below the user's folder, where the variable names nothing. */
type Place = { variable: string | null; usual: string[] };

const APPLICATION_SUPPORT: Place = { variable: null, usual: ['Library', 'Application Support'] };

const PLACES: Record<string, Record<Kind, Place>> = {
  win32: {
    configuration: { variable: 'APPDATA', usual: ['AppData', 'Roaming'] },
    data: { variable: 'LOCALAPPDATA', usual: ['AppData', 'Local'] },
  },
  darwin: { configuration: APPLICATION_SUPPORT, data: APPLICATION_SUPPORT },
};
/** XDG Base Directory 0.8, which has a relative path ignored. */
const XDG: Record<Kind, Place> = {
  configuration: { variable: 'XDG_CONFIG_HOME', usual: ['.config'] },
  data: { variable: 'XDG_DATA_HOME', usual: ['.local', 'share'] },
};

/** The folder of this tool there. */
export function userPlace(
  kind: Kind,
  environment: NodeJS.ProcessEnv,
  platform: string = process.platform,
  home = userFolder(),
): string {
  const { join, isAbsolute } = platform === 'win32' ? path.win32 : path.posix;
  const { variable, usual } = (PLACES[platform] ?? XDG)[kind];
  const named = variable === null ? undefined : environment[variable];
  return join(named && isAbsolute(named) ? named : join(home, ...usual), 'codex-session-sync');
}
