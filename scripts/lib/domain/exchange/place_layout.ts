// The files of an exchange place, by their names. Every one but the marker is immutable and named by the hash of its bytes, so a name says
// what has to be in the file; a file of another name is nobody's, such as the conflict copy of a cloud client.

/** Says that a folder is an exchange, and which. */
export const MARKER = 'codex-session-exchange.json';

export const MACHINES = 'machines';

/** Keys that a passphrase unlocks. */
export const KEYS = 'keys';

export const isKeyPlace = (text: unknown): text is string =>
  typeof text === 'string' && text.startsWith(`${KEYS}/`) && isHash(text.slice(KEYS.length + 1));

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** 64 hexadecimal digits: SHA-256 of the bytes of a file. */
const HASH = /^[0-9a-f]{64}$/;

export const isMachineId = (text: unknown): text is string => typeof text === 'string' && UUID.test(text);

export const isHash = (text: unknown): text is string => typeof text === 'string' && HASH.test(text);

export const machineFolder = (machine: string): string => `${MACHINES}/${machine}`;

export const commitsFolder = (machine: string): string => `${machineFolder(machine)}/commits`;

export const packsFolder = (machine: string): string => `${machineFolder(machine)}/packs`;

export const packPlace = (machine: string, hash: string): string => `${packsFolder(machine)}/${hash.slice(0, 2)}/${hash}`;

const CARD = 'machine.json-';

/** What a machine says of itself: its label. */
export const cardName = (hash: string): string => `${CARD}${hash}`;

export const isCardName = (name: string): boolean => name.startsWith(CARD) && isHash(name.slice(CARD.length));

/** A commit as its name has it: `seq` counts the commits of a machine from 1. */
export type CommitName = { name: string; seq: number; hash: string };

const SEQ_DIGITS = 8;

export const commitName = (seq: number, hash: string): string => `${String(seq).padStart(SEQ_DIGITS, '0')}-${hash}`;

export function parseCommitName(name: string): CommitName | null {
  const [, seq, hash] = /^(\d{8})-([0-9a-f]{64})$/.exec(name) ?? [];
  return hash === undefined ? null : { name, seq: Number(seq), hash };
}

/** Written beside a file before it gets its name. */
export const UNFINISHED = '.tmp-';

/** The hash that the name of a file says; null for one that says none. */
export function hashIn(name: string): string | null {
  const hash = parseCommitName(name)?.hash ?? (isCardName(name) ? name.slice(CARD.length) : name);
  return isHash(hash) ? hash : null;
}
