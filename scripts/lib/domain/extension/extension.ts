// The contract of a piece that can be replaced. A user's piece decides less than ours: it can spell a path or ask for more care, no more.

import type { Classification } from '../codes/class_table.ts';
import type { Relation } from '../compare/relation.ts';
import { distributionIn, joinComponents, type ParsedPath, parsePath } from '../paths/foreign_path.ts';
import { isMakeable } from '../paths/valid_name.ts';

/** Of this file: raised when a piece that was right before can be wrong. */
export const CONTRACT = 1;

/** `sourceHome`: the user's home on the machine that packed, where the package tells it. */
export type LocalizerContext = Readonly<{ userHome: string; sourceHome: string | null }>;

/** Both ways are pure and give an absolute path, or null for a path that is not theirs. */
export type Localizer = {
  kind: 'localizer';
  name: string;
  version: string;
  contract: number;
  localize(path: string, context: LocalizerContext): string | null;
  invert(path: string, context: LocalizerContext): string | null;
};

/** What a classifier may answer: as it was, both sides are kept, or the session is left out. */
export type Classified = Classification | 'refuse';

export type Classifier = {
  kind: 'classifier';
  name: string;
  version: string;
  contract: number;
  classify(relation: Readonly<Relation> | null, builtIn: Classification): Classified;
};

export type SyncExtension = Localizer | Classifier;

/** `digest` of the file's bytes, or of the name and version of one that is shipped; `file` is for messages. */
export type LoadedExtension = { extension: SyncExtension; digest: string; file: string };

export type ExtensionIdentity = { name: string; version: string; digest: string };

export const identityOf = ({ extension: { name, version }, digest }: LoadedExtension): ExtensionIdentity => ({
  name,
  version,
  digest,
});

/** What it gives for a path, or null where that is no folder one could make: such a path is left to the built-in rule. */
export function spelledBy(localizer: Localizer, path: string, context: LocalizerContext): string | null {
  const spelled: unknown = localizer.localize(path, context);
  return typeof spelled === 'string' && parsePath(spelled) && isMakeable(spelled) ? spelled : null;
}

/** Only a fast-forward can be made a branch; anything can be left out. Never the other way. */
export const isAsSafe = (answer: Classified, builtIn: Classification): boolean =>
  answer === builtIn || answer === 'refuse' || (answer === 'diverged_lineage' && builtIn === 'fast_forward_import');

/** The home in a path of the source machine: `/home/x`, `/Users/x` or `C:\Users\x`, however that spells it. */
export function homeIn(path: string): string | null {
  const parsed = parsePath(path);
  const [homes = '', user] = parsed?.components ?? [];
  if (!parsed || user === undefined) return null;
  const isHome = parsed.style === 'windows' ? /^users$/i.test(homes) || isShareOfWsl(parsed) : /^(home|Users)$/.test(homes);
  return isHome ? joinComponents(parsed.style === 'windows' ? `${parsed.root}\\` : '/', [homes, user]) : null;
}

/** There Linux is seen from Windows. */
const isShareOfWsl = ({ root, components }: ParsedPath): boolean => distributionIn(root) !== null && components[0] === 'home';
