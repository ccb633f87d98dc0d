import fs from 'node:fs';

/** As much is written before the disk is told to begin. */
const STEP = 32 << 20;
/** A handle is only closed when its run is over, so not every file gets one. */
const MOST_HANDLES = 64;
let handles = 0;

/**
 * Has a large file brought to the disk while it is still being written, on a thread of Node's pool, so that its sync at the end has little left
 * to do. It vouches for nothing: Linux tells each open handle once of a write that failed, so this one is another than is synced at the end.
 */
export class WriteBehind {
  readonly #file: string;
  #handle: number | null = null;
  #waiting = 0;
  #running = 0;
  #isOver = false;

  constructor(file: string) {
    this.#file = file;
  }

  wrote(bytes: number): void {
    this.#waiting += bytes;
    if (this.#waiting < STEP || process.platform !== 'linux' || !this.#open()) return;
    this.#waiting = 0;
    this.#running++;
    fs.fdatasync(this.#handle as number, () => {
      this.#running--;
      this.#closeIfDone();
    });
  }

  end(): void {
    this.#isOver = true;
    this.#closeIfDone();
  }

  #open(): boolean {
    if (this.#handle === null && handles < MOST_HANDLES) {
      this.#handle = fs.openSync(this.#file, 'r');
      handles++;
    }
    return this.#handle !== null;
  }

  #closeIfDone(): void {
    if (this.#handle === null || this.#running > 0 || !this.#isOver) return;
    fs.closeSync(this.#handle);
    this.#handle = null;
    handles--;
  }
}
