// Where links lead.

import fs from 'node:fs';
import { systemCode } from '../../domain/codes/system_code.ts';

/** In the disk's own spelling, where the system tells it. Null where there is no such place. */
export function withoutLinks(place: string): string | null {
  try {
    return fs.realpathSync.native(place);
  } catch (error) {
    // Windows does not tell of some disks (a RAM disk, a container's volume); Node's own walk does.
    return process.platform === 'win32' && systemCode(error) !== 'ENOENT' ? walked(place) : null;
  }
}

function walked(place: string): string | null {
  try {
    return fs.realpathSync(place);
  } catch {
    return null;
  }
}
