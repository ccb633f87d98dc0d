import path from 'node:path';

const devicePrefix = '\\\\?\\';

export const withoutDevicePrefix = (file: string): string =>
  file.startsWith(devicePrefix) ? file.slice(devicePrefix.length) : file;

/** The sibling's only rule: what follows the user home of a Windows path, from `\Documents\` on, moves below this user home. */
export function localizeByDocuments(foreign: string, userHome: string): string {
  const plain = withoutDevicePrefix(foreign);
  const at = plain.indexOf('\\Documents\\');
  return at < 0 ? foreign : path.join(userHome, ...plain.slice(at + 1).split('\\'));
}

/** Below sessions/ a rollout keeps the folders it had; one from anywhere else goes to sessions/imported/. */
export function installedRolloutPath(codexHome: string, rolloutPath: string): string {
  const parts = rolloutPath.split(/[\\/]/);
  const sessions = parts.lastIndexOf('sessions');
  const below = sessions < 0 ? ['imported', parts.at(-1)!] : parts.slice(sessions + 1);
  return path.join(codexHome, 'sessions', ...below);
}

export const baseNameOf = (file: string): string => file.split(/[\\/]/).at(-1)!;
