import type { Health } from '../../commands/health/sidecar_health.ts';
import type { Pruned } from '../../commands/sidecar/prune_mappings.ts';
import { hasToBeMended } from '../../domain/codes/finding.ts';
import { bytesText, type Report, shorten, table } from '../output/output.ts';
import { findingLines } from './report_findings.ts';

export function reportHealth(codexHome: string, { findings, read }: Health): Report {
  const count = findings.filter(hasToBeMended).length;
  const looked = `${read.sessions} session(s), ${read.mappings} mapping(s) and ${read.transactions} transaction(s) checked, ${bytesText(read.bytes)} of rollouts read`;
  return {
    document: { kind: 'sidecar_health', schema_version: 1, codex_home: codexHome, healthy: count === 0, read, findings },
    lines: [...findingLines(findings), `${count === 0 ? 'Healthy' : `${count} finding(s)`}: ${looked}.`],
    warnings: [],
  };
}

export function reportPruned(codexHome: string, { mode, mappings, transactionId, warnings }: Pruned): Report {
  const rows = mappings.map(({ thread_id, title, reason }) => [thread_id, shorten(title, 32), reason]);
  const executed = mode === 'executed' ? { transaction_id: transactionId } : {};
  return {
    document: { kind: 'prune', schema_version: 1, codex_home: codexHome, mode, mappings, ...executed, warnings },
    lines: [
      ...(rows.length > 0 ? [...table([['SESSION', 'TITLE', 'REASON'], ...rows]), ''] : ['No mapping is invalid.']),
      ...(rows.length === 0
        ? []
        : [mode === 'dry-run' ? 'Dry run: nothing was written. Add --execute to prune.' : `Done: transaction ${transactionId}.`]),
    ],
    warnings,
  };
}
