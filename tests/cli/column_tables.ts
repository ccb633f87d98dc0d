// Rows of the tables of columns and of places that `npm run tables` makes.

import { PLACES, type SurfaceKind } from '../../scripts/lib/domain/localize/rewrite_surface.ts';
import { columnsWith } from '../../scripts/lib/domain/thread/thread_columns.ts';

const code = (text: string): string => `\`${text}\``;

const HOLDS: Record<SurfaceKind, string> = {
  path: 'path',
  path_key: 'path',
  file_uri: 'file URI or path',
  thread_id: 'id',
  thread_id_key: 'id',
  agent_text: 'agent text',
  codex_text: 'message',
  window_id: 'window id',
  chain: 'chain',
  plugins: 'plugin folders',
  machine_time: 'time',
  ordinal: 'number',
};

/** One row for all places of a line that hold the same. */
export const surfaceRows = (): string[][] =>
  Object.entries(PLACES).flatMap(([line, places]) => {
    const named = line.split('/').map(code).join(' / ');
    const groups = Map.groupBy(Object.entries(places), ([, kind]) => HOLDS[kind]);
    return [...groups].map(([holds, entries], at) => [
      at === 0 ? named : '',
      entries.map(([place]) => code(place.replace('payload.', ''))).join(', '),
      holds,
    ]);
  });

const POLICIES = [
  ['machine_local', 'NULL: they name things of one machine', 'stays'],
  ['follows_history', 'incoming', 'incoming, if it has a value'],
  ['never_back', 'incoming; else from the last line', 'the later of the two'],
] as const;

/** One row for all columns of a policy; what is derived is told column by column. */
export const policyRows = (): string[][] =>
  POLICIES.map(([policy, created, forwarded]) => [columnsWith(policy).map(code).join(', '), created, forwarded]);
