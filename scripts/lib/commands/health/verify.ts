// Is every synced session coherent on disk, and does a real Codex list, read and resume it?

import type { CodexHome } from '../../adapters/codex_home/codex_home.ts';
import { warnOfInterrupted } from '../../adapters/journal/journal_scan.ts';
import { readLocalHome } from '../../adapters/local_sessions/local_home.ts';
import type { Finding } from '../../domain/findings/finding.ts';
import { noSuchSession, wholeIds } from '../../domain/ids/whole_ids.ts';
import { type AskedCodex, askCodex } from './ask_codex.ts';
import { checkOnDisk } from './check_on_disk.ts';

export type Verification = {
  checked: number;
  findings: Finding[];
  codex: AskedCodex | null;
  warnings: string[];
};

export async function verify(
  home: CodexHome,
  request: { threadIds: string[]; codexBinary: string | null },
): Promise<Verification> {
  const local = readLocalHome(home);
  const heads = local.sidecar.headIds();
  const known = [...heads, ...local.sessions.keys()];
  const ids = request.threadIds.length > 0 ? wholeIds(request.threadIds, known, '--thread-id') : heads;
  requireKnown(known, ids);
  const findings = checkOnDisk(home, local, ids);
  const checked = { checked: ids.length, findings, codex: null, warnings: warnOfInterrupted(home.path) };
  if (request.codexBinary === null) return checked;
  const asked = await askCodex(home, local, ids, request.codexBinary);
  return { ...checked, findings: [...findings, ...asked.findings], codex: asked.codex };
}

/** A session that was deleted locally is known by its mapping. */
function requireKnown(known: string[], ids: string[]): void {
  const unknown = ids.filter((id) => !known.includes(id));
  if (unknown.length > 0) throw noSuchSession(unknown, '--thread-id');
}
