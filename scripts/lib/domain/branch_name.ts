import type { Transcript } from './transcript.ts';

const LONGEST = 60;

/** So that a person tells two sessions of one origin apart in the picker; the time is that of the incoming side's last line. */
export function nameOfCopy(kind: 'branch' | 'copy', name: string, { lastTimestamp, meta }: Transcript): string {
  const time = (lastTimestamp ?? meta?.timestamp ?? '').slice(0, 16).replace('T', ' ');
  const characters = [...name];
  const short = characters.length > LONGEST ? `${characters.slice(0, LONGEST - 1).join('')}…` : name;
  return `${short} (${kind === 'branch' ? 'incoming branch' : 'imported copy'}, ${time} UTC)`;
}
