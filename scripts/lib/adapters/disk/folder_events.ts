// Whether something has changed below some folders, as the system reports it. That is a hint only: shares, some virtual disks and full queues
// report nothing, so whoever relies on it looks from time to time anyway. Not by chokidar, nor by Node's own recursive watching on Linux: both
// watch every single file, of which a Codex home has tens of thousands; a folder reports what happens to its files.

import fs from 'node:fs';
import path from 'node:path';

/** `except`: names directly below the folder that do not count. */
export type Root = { folder: string; except: readonly string[] };

/** Whether the system watches a whole tree by itself. */
const IS_RECURSIVE = process.platform === 'darwin' || process.platform === 'win32';

/** Of 8192 that an older Linux gives one user. */
const MOST = 4096;

export class FolderEvents {
  readonly #watchers = new Map<string, fs.FSWatcher>();
  #wake: (() => void) | null = null;
  #timer: NodeJS.Timeout | undefined;
  #changed: number | null = null;

  /** When the last change was heard of, by `performance.now()`. */
  get changed(): number | null {
    return this.#changed;
  }

  /** Forgets what has changed, and watches what is there now. Answers whether all of it is watched. */
  follow(roots: readonly Root[]): boolean {
    this.#changed = null;
    const wanted = new Map(roots.flatMap(({ folder, except }) => foldersBelow(folder, except).map((one) => [one, except])));
    for (const [folder, watcher] of this.#watchers) if (!wanted.has(folder)) this.#drop(folder, watcher);
    for (const [folder, except] of [...wanted].slice(0, MOST)) if (!this.#watch(folder, except)) return false;
    return wanted.size > 0 && wanted.size <= MOST;
  }

  /** Ends with the next change, at the latest after so many milliseconds. */
  next(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
      clearTimeout(this.#timer);
      this.#timer = setTimeout(resolve, milliseconds);
    });
  }

  close(): void {
    clearTimeout(this.#timer);
    for (const [folder, watcher] of this.#watchers) this.#drop(folder, watcher);
  }

  #watch(folder: string, except: readonly string[]): boolean {
    if (this.#watchers.has(folder)) return true;
    try {
      const watcher = fs.watch(folder, { recursive: IS_RECURSIVE }, (_, name) => {
        if (!except.includes(String(name).split(path.sep)[0] as string)) this.#change();
      });
      // As on Windows where the folder is removed.
      watcher.on('error', () => {
        this.#drop(folder, watcher);
        this.#change();
      });
      this.#watchers.set(folder, watcher);
      return true;
    } catch {
      return false;
    }
  }

  #change(): void {
    this.#changed = performance.now();
    this.#wake?.();
  }

  #drop(folder: string, watcher: fs.FSWatcher): void {
    watcher.close();
    this.#watchers.delete(folder);
  }
}

/** Those that are to be watched one by one, newest names first: Codex names its folders by days. */
function foldersBelow(folder: string, except: readonly string[]): string[] {
  if (IS_RECURSIVE) return fs.existsSync(folder) ? [folder] : [];
  const below = (at: string, skipped: readonly string[]): string[] => {
    const entries = unlessGone(() => fs.readdirSync(at, { withFileTypes: true }));
    if (entries === null) return [];
    const names = entries.flatMap((entry) => (entry.isDirectory() && !skipped.includes(entry.name) ? [entry.name] : []));
    return [
      at,
      ...names
        .sort()
        .reverse()
        .flatMap((name) => below(path.join(at, name), [])),
    ];
  };
  return below(folder, except);
}

function unlessGone<Read>(read: () => Read): Read | null {
  try {
    return read();
  } catch {
    return null;
  }
}
