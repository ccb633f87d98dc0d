// Which Codex a home belongs to, as far as it matters for what can be written into it. Its databases tell most: Codex brings them up
// to date at every start, so the newest column names the oldest Codex that can have made it. Columns come rarely: 0.165 to 0.171 have the
// same. Sessions tell less: they may come from elsewhere.
// `thread_history_1.sqlite` tells nothing: 0.145.0, which shows no turn of a paginated session, makes it too.

import { releasesOf } from './thread_columns.ts';

/** `version`: a lower bound, or the version itself where somebody said it; null where nothing tells. */
export type TargetCodex = { version: string | null; readsPaginated: boolean; saidBy: string };

/** Up to 0.150 a resumed thread works in the folder of its first line, from 0.153 in that of its last settings. */
const FOLLOWS_SETTINGS = '0.149.0';

/** False where no Codex of this home can; the columns of 0.149 to 0.153 are the same. */
export const followsSettings = ({ version }: TargetCodex): boolean =>
  version === null || compareVersions(version, FOLLOWS_SETTINGS) >= 0;

export type TargetFacts = {
  /** Columns of `threads`; null where there is no database. */
  columns: ReadonlySet<string> | null;
  /** `cli_version` of the most recent sessions, in any order. */
  cliVersions: readonly string[];
  /** What `--target-codex` says. */
  override: string | null;
};

/** Before it a paginated session shows none of its turns (0.145.0, 0.146.0), or is not listed and damaged by its next turn (0.117.0). */
const READS_PAGINATED = '0.147.0';

export function targetCodex(facts: TargetFacts): TargetCodex {
  if (facts.override !== null) return target(facts.override, '--target-codex');
  const version = newestOf(releasesOf(facts.columns ?? new Set()));
  if (version !== null) return target(version, 'the columns of threads');
  const newest = newestOf(facts.cliVersions.filter(isVersion));
  // A home that nothing is known of will be opened by the Codex of today.
  return newest === null ? { version: null, readsPaginated: true, saidBy: 'nothing' } : target(newest, 'its sessions');
}

const target = (version: string, saidBy: string): TargetCodex => ({
  version,
  readsPaginated: compareVersions(version, READS_PAGINATED) >= 0,
  saidBy,
});

const newestOf = (versions: string[]): string | null => versions.reduce<string | null>((best, one) => later(one, best), null);

const later = (one: string, other: string | null): string => (other === null || compareVersions(one, other) > 0 ? one : other);

const isVersion = (text: string): boolean => /^v?\d/.test(text);

/** By the numbers; a pre-release counts as its release, because its files do. */
function compareVersions(one: string, other: string): number {
  const [a, b] = [numbersOf(one), numbersOf(other)];
  const at = [0, 1, 2].find((part) => a[part] !== b[part]) ?? 0;
  return (a[at] ?? 0) - (b[at] ?? 0);
}

const numbersOf = (version: string): number[] => {
  const [, ...numbers] = /^v?(\d+)(?:\.(\d+))?(?:\.(\d+))?/.exec(version) ?? [];
  return [0, 1, 2].map((part) => Number(numbers[part] ?? 0));
};
