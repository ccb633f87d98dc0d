// The home or the sidecar out of an older backup than the journals; a home that was moved or copied.

import path from 'node:path';
import { type CodexHome, databaseFile } from '../../adapters/codex_home/codex_home.ts';
import { isCommitted } from '../../adapters/journal/journal_scan.ts';
import { contentSize } from '../../adapters/lines/rollout_bytes.ts';
import type { LocalHome } from '../../adapters/local_sessions/local_home.ts';
import { filesOf } from '../../adapters/local_sessions/local_session.ts';
import { isSamePlace, LOCAL_NAMES } from '../../adapters/paths/local_paths.ts';
import { readSidecarUnlessDamaged } from '../../adapters/sqlite/sidecar_database.ts';
import { type Finding, finding } from '../../domain/findings/finding.ts';
import { isBelow } from '../../domain/paths/local_path.ts';
import { type HomeEvidence, reconcileSidecar } from '../../domain/sidecar/reconcile_sidecar.ts';
import { foldSidecar } from '../../domain/sidecar/sidecar_fold.ts';
import { lostHeads, rowsBehind } from '../../domain/sidecar/sidecar_staleness.ts';
import { Sidecar } from '../../domain/sidecar/sidecar_store.ts';
import { effectsIn } from '../sidecar/sidecar_effects.ts';
import { type JournalContents, lastWrites, type WrittenRange } from '../transactions/journal_contents.ts';

/** `named`: sessions whose mapping has a finding that says more. */
type Seen = { journals: JournalContents[]; evidence: HomeEvidence; named: Set<string> };

export function findingsOfRestoredHome(home: CodexHome, local: LocalHome, seen: Seen): Finding[] {
  const { journals, named } = seen;
  const written = new Map([...lastWrites(journals)].filter(([thread_id]) => !named.has(thread_id)));
  const isWhole = journals.every(isCommitted);
  return [
    ...moved(home, local, journals),
    ...cutOff(local, written),
    ...(isWhole && local.sidecarExists ? olderThanJournals(home, seen, written) : []),
  ];
}

/** Journals name files by their place in the home, so they still fit; Codex's own rows hold whole paths. */
function moved(home: CodexHome, { sessions }: LocalHome, journals: JournalContents[]): Finding[] {
  const old = journals.find(({ state }) => state === 'completed')?.manifest?.codex_home;
  if (old === undefined || isSamePlace(path.join(old, 'sessions'), path.join(home.path, 'sessions'))) return [];
  const stale = [...sessions.values()].filter(({ row }) => isBelow(String(row?.rollout_path ?? ''), old, LOCAL_NAMES));
  if (stale.length === 0) return [];
  const message = `This home was at ${old} at its last transaction, and ${stale.length} row(s) still name files at that path.`;
  return [finding('home_moved', home.path, message)];
}

/** The sidecar does not believe in what is gone, so the next package brings it again. */
function cutOff({ sessions }: LocalHome, written: Map<string, WrittenRange>): Finding[] {
  return [...written].flatMap(([thread_id, { to }]) => {
    const files = filesOf(sessions.get(thread_id));
    return files.length === 0 || files.some((file) => contentSize(file) >= to)
      ? []
      : [effectsGone(thread_id, files[0] as string)];
  });
}

function olderThanJournals(home: CodexHome, { journals, evidence, named }: Seen, written: Map<string, WrittenRange>): Finding[] {
  const file = databaseFile(home, 'sidecar');
  const present = readSidecarUnlessDamaged(file) ?? new Sidecar();
  const history = foldSidecar(effectsIn(journals));
  const { sidecar } = reconcileSidecar(history, evidence, present, new Date(0));
  const behind = rowsBehind(history, sidecar, present).filter(({ key }) => !named.has(String(key.thread_id)));
  const message = `The sidecar lacks ${behind.length} row(s) of transactions whose effects are in this home: it comes from an older backup.`;
  return [
    ...(behind.length > 0 ? [finding('sidecar_behind', file, message)] : []),
    ...lostHeads(history, evidence, present).map((id) => effectsGone(id, written.get(id)?.file ?? home.path)),
  ];
}

const effectsGone = (thread_id: string, where: string): Finding =>
  finding('effects_gone', where, 'What the last transaction wrote is missing: the home was restored from an older backup.', {
    thread_id,
  });
