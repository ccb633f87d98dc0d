// What is decided and why, step by step, for whoever asks with CODEX_SYNC_DEBUG=1. Everybody else pays for one comparison a step.

type Listener = (step: string) => void;

let listener: Listener | null = null;

export function listenToSteps(listen: Listener | null): void {
  listener = listen;
}

/** `what` is asked only where somebody listens. */
export function trace(step: string, what: () => string): void {
  listener?.(`${step}: ${what()}`);
}
