// Ctrl-C and its like. The command's work is synchronous, so it asks at safe points whether a signal was heard (by the launcher's thread),
// and unwinds as from any other error. What must not stop half way asks nobody: undoing, recovering, committing.

import { Interrupted } from '../../domain/codes/errors.ts';

let isSignalled: () => boolean = () => false;
let isDeaf = false;
let hasStopped = false;
let begun = false;
let tellBegun: () => void = () => {};
let reject: ((error: Interrupted) => void) | null = null;

type Port = { on(event: 'message', listener: () => void): unknown; unref(): void };

/**
 * `heard` tells whether there was a signal; `port` has a message when there is one, for whoever waits. `onBegin` is called where there is
 * something to undo from then on, so that nobody is told of it before.
 */
export function hear(heard: () => boolean, port: Port | null = null, onBegin: () => void = () => {}): void {
  isSignalled = heard;
  tellBegun = onBegin;
  begun = false;
  isDeaf = false;
  hasStopped = false;
  port?.on('message', () => {
    if (!isDeaf) reject?.(new Interrupted());
  });
  port?.unref();
}

/** From here on something is made or changed that a failing run takes back. */
export function beginChanges(): void {
  begun = true;
  tellBegun();
}

export const hasBegun = (): boolean => begun;

export const isInterrupted = (): boolean => !isDeaf && isSignalled();

/** A safe point: nothing is half done here that unwinding would not take back. */
export function stopIfInterrupted(): void {
  if (!isInterrupted()) return;
  hasStopped = true;
  throw new Interrupted();
}

/** Whether a safe point has stopped some work, though who called it may have taken that for an error of what it read. */
export const wasStopped = (): boolean => hasStopped;

/** Does all of the work, whatever is heard meanwhile. */
export function toTheEnd<Result>(work: () => Result): Result {
  const before = isDeaf;
  isDeaf = true;
  try {
    return work();
  } finally {
    isDeaf = before;
  }
}

/** From the commit point on there is nothing to take back; what is left to do is done. */
export function pastInterruption(): void {
  isDeaf = true;
}

/** For a command that begins anew after something that was done to its end. */
export function hearAgain(): void {
  isDeaf = false;
}

/** Waits for something that may take long, or for a signal. */
export async function unlessInterrupted<Result>(work: Promise<Result>): Promise<Result> {
  stopIfInterrupted();
  const interrupted = new Promise<never>((_, no) => {
    reject = no;
  });
  try {
    return await Promise.race([work, interrupted]);
  } finally {
    reject = null;
  }
}

/** Nothing else of this process runs meanwhile. */
export const pause = (milliseconds: number): void => {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
};
