// What is decided and done and why, step by step, for whoever asks with CODEX_SYNC_DEBUG=1. A step names ids, paths, codes and counts, never
// text of a conversation: not a title or a name either.

type Listener = (step: string) => void;

let listener: Listener | null = null;

export function listenToSteps(listen: Listener | null): void {
  listener = listen;
}

/** Beside who listens already. */
export function alsoListenToSteps(listen: Listener): void {
  const first = listener;
  listener = (step) => {
    first?.(step);
    listen(step);
  };
}

/** `what` is asked only where somebody listens. */
export function trace(step: string, what: () => string): void {
  listener?.(`${step}: ${what()}`);
}
