// Where programs keep what they make for their user: it stays when the Codex home goes.

import path from 'node:path';
import { userFolder } from './runtime_environment.ts';

/** `$XDG_DATA_HOME` (XDG Base Directory 0.8: ignored unless absolute), Application Support, or `%LOCALAPPDATA%`. */
export function dataFolder(environment: NodeJS.ProcessEnv, platform: NodeJS.Platform = process.platform): string {
  const named = platform === 'win32' ? environment.LOCALAPPDATA : platform === 'darwin' ? undefined : environment.XDG_DATA_HOME;
  const place = named !== undefined && path.isAbsolute(named) ? named : path.join(userFolder(), ...USUAL[asKey(platform)]);
  return path.join(place, 'codex-session-sync');
}

const USUAL = {
  win32: ['AppData', 'Local'],
  darwin: ['Library', 'Application Support'],
  other: ['.local', 'share'],
} as const;

const asKey = (platform: NodeJS.Platform): keyof typeof USUAL =>
  platform === 'win32' || platform === 'darwin' ? platform : 'other';
