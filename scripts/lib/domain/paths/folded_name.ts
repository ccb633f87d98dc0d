// Names that some file system, or a reader, takes for one.

/** The same name for what a file system without case, or one that composes letters, takes for one file. */
export const foldName = (name: string): string => name.normalize('NFC').toLowerCase();

/** Characters that nobody sees, and that HFS+ and APFS pass over when they compare names. */
const UNSEEN = /[\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]/g;
export const foldSeen = (name: string): string => foldName(name).replace(UNSEEN, '');
