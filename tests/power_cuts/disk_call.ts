/**
 * A call that changes what is on the disk, or has it brought there; paths are absolute. `isSynced`: it is on the disk at once, because
 * somebody saw to that who is not looked at here.
 */
export type DiskCall = { isSynced?: true } & (
  | { kind: 'create' | 'mkdir' | 'unlink' | 'rmdir' | 'sync'; path: string }
  | { kind: 'rename'; path: string; to: string }
  | { kind: 'write'; path: string; at: number; bytes: Buffer }
  | { kind: 'resize'; path: string; size: number }
  /** Milliseconds since 1970. */
  | { kind: 'times'; path: string; mtime: number }
);
