// How a run uses the extensions that it was given: always between two checks of ours.

import { SyncError } from '../../domain/codes/errors.ts';
import type { Candidate, Verdict } from '../../domain/compare/classification.ts';
import {
  type Classifier,
  homeIn,
  isAsSafe,
  type LoadedExtension,
  type Localizer,
  spelledBy,
} from '../../domain/extension/extension.ts';
import type { PathExtension, PathRules } from '../../domain/localize/localization.ts';
import type { Fault, ValidSession } from '../../domain/package/package.ts';
import { because } from '../../domain/reasons/reason.ts';

type Given = { extensions?: LoadedExtension[]; userHome: string };

/** The localizers, bound to the machine that the session comes from; nothing where there are none, so that plans stay as they were. */
export function pathExtensions(given: Given, sourceHome: string | null): Pick<PathRules, 'extensions'> {
  const localizers = (given.extensions ?? []).filter(({ extension }) => extension.kind === 'localizer');
  if (localizers.length === 0) return {};
  const context = Object.freeze({ userHome: given.userHome, sourceHome });
  const bound = (loaded: LoadedExtension): PathExtension => ({
    name: loaded.extension.name,
    digest: loaded.digest,
    spell: (path) => orNamed(loaded, () => spelledBy(loaded.extension as Localizer, path, context)),
  });
  return { extensions: localizers.map(bound) };
}

/** The user's home on the machine that packed, where the session tells it. */
export const sourceHomeOf = ({ row, transcript }: ValidSession): string | null =>
  (typeof row.rollout_path === 'string' ? homeIn(row.rollout_path) : null) ?? homeIn(transcript.meta.cwd);

/** The verdict as the classifiers leave it, or why and by which of them the session is left out. */
export function withClassifiers<Best extends Candidate>(verdict: Verdict<Best>, given: Given): Verdict<Best> | Fault {
  let current = verdict;
  for (const loaded of given.extensions ?? []) {
    if (loaded.extension.kind !== 'classifier') continue;
    const { name } = loaded.extension;
    const { classification } = current;
    const relation = current.best ? Object.freeze(structuredClone(current.best.relation)) : null;
    const answer = orNamed(loaded, () => (loaded.extension as Classifier).classify(relation, classification));
    if (!isAsSafe(answer, classification))
      throw refused(loaded, `it turns ${classification} into ${String(answer)}, which is less safe`);
    if (answer === 'refuse')
      return { ...because('extension_left_out', `left out: ${current.reason}`), where: `extension:${name}` };
    if (answer !== classification)
      current = { ...current, classification: answer, ...because('extension_decided', `extension:${name}: ${current.reason}`) };
  }
  return current;
}

function orNamed<Result>(loaded: LoadedExtension, ask: () => Result): Result {
  try {
    return ask();
  } catch (cause) {
    throw refused(loaded, `it throws: ${String((cause as Error)?.message ?? cause)}`, cause);
  }
}

const refused = ({ extension, file }: LoadedExtension, problem: string, cause?: unknown): SyncError =>
  new SyncError('extension_refused', `The extension ${extension.name} breaks its contract: ${problem}.`, {
    where: file,
    hint: 'nothing was written; run the command without it, or fix it',
    cause,
  });
