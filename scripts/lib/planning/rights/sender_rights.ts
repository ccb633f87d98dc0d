// What lines say about the rights of a thread, and whether they end with settings that this machine would write behind them.

import { lineAt, linesFrom } from '../../adapters/rollout/rights_lines.ts';
import type { Localization } from '../../domain/localize/localization.ts';
import { localizeLine } from '../../domain/localize/localize_line.ts';
import { rightsOfContext, rightsOfSettings, saidTogether } from '../../domain/rights/recorded_rights.ts';
import { holdsNoRights } from '../../domain/rights/records_without_rights.ts';
import type { RecordedRights } from '../../domain/rights/rights.ts';
import { type AddedEvent, isSaidBy } from '../../domain/rights/settings_line.ts';
import { payloadOf, plainRecord } from '../../domain/rights/settings_spelling.ts';
import type { ByteRange } from '../../domain/rollout/byte_range.ts';
import type { RightsPlaces } from '../../domain/rollout/rights_places.ts';
import { readHead } from '../../domain/rollout/rollout_line.ts';

/** Lines that are written, from logical offset `from` on. `settings`: the last of them, localized; `context`: of the last turn behind them. */
export type SaidRights = {
  ranges: readonly ByteRange[];
  from: number;
  settings: Buffer | null;
  settingsAt: number | null;
  context: Buffer | null;
  said: RecordedRights;
};

export function readSaidRights(
  ranges: readonly ByteRange[],
  places: RightsPlaces,
  from: number,
  localization: Localization,
): SaidRights {
  const line = (offset: number | null): Buffer | null => {
    const bytes = offset === null || offset < from ? null : lineAt(ranges, offset);
    return bytes && localizeLine(bytes, readHead(bytes), localization, null);
  };
  const [settings, context] = [line(places.settings), line(places.context)];
  const said = saidTogether(...(settings ? [rightsOfSettings(settings)] : []), ...(context ? [rightsOfContext(context)] : []));
  return { ranges, from, settings, settingsAt: settings && places.settings, context, said };
}

/** True where a resumed thread has nothing from these lines that `added` does not say: they end with the very same settings, or hold no rights at all. */
export function saysAlready({ ranges, from, settings, settingsAt, context }: SaidRights, added: AddedEvent): boolean {
  if (settings ? !isSame(settings, added) : context !== null) return false;
  const [first, ...others] = linesFrom(ranges, settingsAt ?? from) ?? [];
  if (!first || !others.every(holdsNoRights)) return false;
  return settings !== null || (from === 0 ? hasFolderAlone(first) : holdsNoRights(first));
}

/** A paginated record without a number may count for nothing. */
const isSame = (line: Buffer, { ordinal, payload }: AddedEvent): boolean =>
  isSaidBy(line, payload) && (plainRecord(line)?.ordinal === undefined) === (ordinal === null);

/** Workspace roots of the first line count where no settings say others (0.155 to 0.160). */
function hasFolderAlone(firstLine: Buffer): boolean {
  const { cwd, runtime_workspace_roots: roots = [cwd] } = payloadOf(firstLine);
  return JSON.stringify(roots) === JSON.stringify([cwd]);
}
