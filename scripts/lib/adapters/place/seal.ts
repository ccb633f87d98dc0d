// How the files of a place are closed to whoever carries them. With age (age-encryption.org), so that `age -d -i KEY` reads them without this tool:
// to one key of the exchange, which a passphrase unlocks once on every machine. Whoever may write to the place could encrypt to that key as well, so
// what a machine says carries a mark that only the holders of the key can make.

import { createHmac, timingSafeEqual } from 'node:crypto';

/** Makes of content what lies in the place, and back; null where it cannot be made back: another key, or a changed byte. */
export type Seal = {
  close(bytes: Buffer): Promise<Buffer>;
  open(bytes: Buffer): Promise<Buffer | null>;
  /** In front of what a machine says; `checked` takes it off, and is null where it is not right. */
  marked(bytes: Buffer): Buffer;
  checked(bytes: Buffer): Buffer | null;
};

export const PLAIN: Seal = {
  close: async (bytes) => bytes,
  open: async (bytes) => bytes,
  marked: (bytes) => bytes,
  checked: (bytes) => bytes,
};

const load = () => import('./age.generated.mjs');

/** A new key of an exchange: `AGE-SECRET-KEY-1…`. */
export const newKey = async (): Promise<string> => (await load()).generateX25519Identity();

export async function sealFor(key: string): Promise<Seal> {
  const age = await load();
  const recipient = await age.identityToRecipient(key);
  const encrypter = new age.Encrypter();
  encrypter.addRecipient(recipient);
  const decrypter = new age.Decrypter();
  decrypter.addIdentity(key);
  const markOf = (bytes: Buffer): Buffer => createHmac('sha256', `codex-session-exchange commit ${key}`).update(bytes).digest();
  return {
    close: async (bytes) => Buffer.from(await encrypter.encrypt(bytes)),
    open: (bytes) => unlessForeign(async () => Buffer.from(await decrypter.decrypt(bytes))),
    marked: (bytes) => Buffer.concat([markOf(bytes), bytes]),
    checked(bytes) {
      const [mark, rest] = [bytes.subarray(0, MARK_BYTES), bytes.subarray(MARK_BYTES)];
      return mark.length === MARK_BYTES && timingSafeEqual(mark, markOf(rest)) ? rest : null;
    },
  };
}

const MARK_BYTES = 32;

/** The key, closed with a passphrase: takes a second or more on purpose (scrypt). */
export async function wrapKey(key: string, passphrase: string): Promise<Buffer> {
  const encrypter = new (await load()).Encrypter();
  encrypter.setPassphrase(passphrase);
  return Buffer.from(await encrypter.encrypt(key));
}

/** Null where the passphrase is another one. */
export async function unwrapKey(wrapped: Buffer, passphrase: string): Promise<string | null> {
  const decrypter = new (await load()).Decrypter();
  decrypter.addPassphrase(passphrase);
  const key = await unlessForeign(async () => Buffer.from(await decrypter.decrypt(wrapped)));
  return key?.toString('utf8').trim() ?? null;
}

async function unlessForeign(open: () => Promise<Buffer>): Promise<Buffer | null> {
  try {
    return await open();
  } catch {
    return null;
  }
}
