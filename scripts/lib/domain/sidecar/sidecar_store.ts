import type { ThreadId } from '../ids/thread_id.ts';
import type { Row, RowOperation } from '../operation/operation.ts';
import {
  type Head,
  type HeadOrigin,
  keyOf,
  SIDECAR_TABLES,
  type SidecarRow,
  type SidecarTable,
  type SyncPoint,
  sidecarOperations,
  type Tombstone,
} from './sidecar.ts';

export type SidecarCounts = { lineages: number; heads: number; sync_points: number; tombstones: number };

type Rows = { [Table in SidecarTable]: Map<string, SidecarRow<Table>> };

/** All rows of a sidecar, read once, with the look-ups that a run needs. An index is made at its first question. */
export class Sidecar {
  readonly #rows = Object.fromEntries(SIDECAR_TABLES.map((table) => [table, new Map()])) as Rows;
  readonly #indexes = new Map<string, Map<unknown, unknown[]>>();

  put(table: SidecarTable, row: Row): void {
    const whole = table === 'sync_points' ? { archived: null, packed_at: null, ...row } : row;
    (this.#rows[table] as Map<string, Row>).set(keyOf(table, row), whole);
    this.#indexes.clear();
  }

  rows<Table extends SidecarTable>(table: Table): SidecarRow<Table>[] {
    return [...this.#rows[table].values()] as SidecarRow<Table>[];
  }

  /** The row with the key of this one. */
  row<Table extends SidecarTable>(table: Table, key: Row): SidecarRow<Table> | null {
    return (this.#rows[table].get(keyOf(table, key)) as SidecarRow<Table> | undefined) ?? null;
  }

  headIds(): ThreadId[] {
    return this.rows('heads').map(({ thread_id }) => thread_id);
  }

  head(threadId: string): Head | null {
    return this.row('heads', { thread_id: threadId });
  }

  /** Of a session that is no head: it is found locally. */
  originOf(threadId: string): HeadOrigin {
    return this.head(threadId)?.origin ?? 'found';
  }

  headsOf(lineageId: string): Head[] {
    return this.#where('heads', 'lineage_id', lineageId);
  }

  lineageOfSource(sourceId: string): string | null {
    return this.row('sources', { source_thread_id: sourceId })?.lineage_id ?? null;
  }

  lineageOfRoot(root: string): string | null {
    return this.#where('lineages', 'root', root).at(-1)?.lineage_id ?? null;
  }

  /** The lineage of a session by its id, by its first history line, or a new one that is named after them. */
  lineageFor(threadId: string, root: string | null): string {
    const byRoot = root === null ? null : this.lineageOfRoot(root);
    return this.lineageOfSource(threadId) ?? byRoot ?? this.head(threadId)?.lineage_id ?? root?.slice(0, 32) ?? threadId;
  }

  /** The last state that a head and a source agreed on; null where they never met. */
  point(headId: string, sourceId: string): SyncPoint | null {
    return this.row('sync_points', { thread_id: headId, source_thread_id: sourceId });
  }

  pointsOfHead(threadId: string): SyncPoint[] {
    return this.#where('sync_points', 'thread_id', threadId);
  }

  pointsOfSource(sourceId: string): SyncPoint[] {
    return this.#where('sync_points', 'source_thread_id', sourceId);
  }

  /** What a head is called by the first of its sync points. */
  agreedName(threadId: string): string | null {
    return this.pointsOfHead(threadId)[0]?.name ?? null;
  }

  rulesOf(lineageId: string): SidecarRow<'path_rules'>[] {
    return this.#where('path_rules', 'lineage_id', lineageId);
  }

  tombstone(sourceId: string): Tombstone | null {
    return this.row('tombstones', { source_thread_id: sourceId });
  }

  counts(): SidecarCounts {
    const [lineages, heads] = [this.#rows.lineages.size, this.#rows.heads.size];
    return { lineages, heads, sync_points: this.#rows.sync_points.size, tombstones: this.#rows.tombstones.size };
  }

  /** What makes the row say this. */
  operationsFor(table: SidecarTable, after: Row): RowOperation[] {
    return sidecarOperations(table, this.row(table, after), after);
  }

  /** What turns this sidecar into the other; nothing where they say the same. */
  operationsTo(other: Sidecar): RowOperation[] {
    return SIDECAR_TABLES.flatMap((table) => {
      const [from, to] = [this.#rows[table] as Map<string, Row>, other.#rows[table] as Map<string, Row>];
      const keys = [...new Set([...from.keys(), ...to.keys()])];
      return keys.flatMap((key) => sidecarOperations(table, from.get(key) ?? null, to.get(key) ?? null));
    });
  }

  #where<Table extends SidecarTable>(table: Table, column: keyof SidecarRow<Table> & string, value: string): SidecarRow<Table>[] {
    const name = `${table}.${column}`;
    const index = this.#indexes.get(name) ?? Map.groupBy<unknown, SidecarRow<Table>>(this.rows(table), (row) => row[column]);
    this.#indexes.set(name, index);
    return (index.get(value) ?? []) as SidecarRow<Table>[];
  }
}
