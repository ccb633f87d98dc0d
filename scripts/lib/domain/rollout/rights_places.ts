import { type LineHead, SETTINGS } from './rollout_line.ts';

/**
 * Where the last settings of a transcript begin and, behind them, the context of its last turn, as far as heads tell; null where there is
 * none. It says what its sender had; what a thread has on this machine rests on nothing of it.
 */
export type RightsPlaces = { settings: number | null; context: number | null };

export const NO_RIGHTS: RightsPlaces = { settings: null, context: null };

/** The places after one more line. */
export function movedOn(places: RightsPlaces, offset: number, { kind }: LineHead): RightsPlaces {
  if (kind === SETTINGS) return { settings: offset, context: null };
  return kind === 'turn_context' ? { ...places, context: offset } : places;
}
