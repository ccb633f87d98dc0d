// What one look at the machine shows of who has a thread open.

/** `lock`: a Codex from 0.147 on has it loaded. `file`: some process has its rollout open, the only sign of an older one. */
export type Sign = 'lock' | 'file';

export type HolderProbe = {
  /** `isOurs`: this process has the thread's lock. Null where nothing is seen. */
  signOf(threadId: string, rollout: string | null, isOurs: boolean): Sign | null;
  /** What this system does not show. */
  blind: string | null;
};

/** Files that other processes have open for writing. `blind`: why not all of them are known. */
export type OpenFiles = { has(file: string): boolean; blind: string | null };
