// The parts of age-encryption that age.generated.mjs has.

export class Encrypter {
  addRecipient(recipient: string): void;
  setPassphrase(passphrase: string): void;
  encrypt(content: Uint8Array | string): Promise<Uint8Array>;
}

export class Decrypter {
  addIdentity(identity: string): void;
  addPassphrase(passphrase: string): void;
  decrypt(content: Uint8Array): Promise<Uint8Array>;
}

/** `AGE-SECRET-KEY-1…`. */
export function generateX25519Identity(): Promise<string>;
/** `age1…`. */
export function identityToRecipient(identity: string): Promise<string>;
