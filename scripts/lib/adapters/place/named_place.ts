import path from 'node:path';
import { localSpelling } from '../paths/local_paths.ts';
import { folderPlace } from './folder_place.ts';
import type { Place } from './place.ts';
import { rclonePlace } from './rclone_place.ts';

const RCLONE = 'rclone:';

/** `home`: the Codex home, in which a remote is mirrored. */
export const placeNamed = (name: string, home: string): Place =>
  name.startsWith(RCLONE)
    ? rclonePlace(name.slice(RCLONE.length), path.join(home, 'sync-exchange', 'mirror'))
    : folderPlace(localSpelling(name));
