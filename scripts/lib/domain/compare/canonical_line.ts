// The form in which two copies of one line are the same text: the rewrite surface left out, keys sorted, strings and numbers
// spelled one way. Installers rewrite paths and re-serialise every line; neither makes a line another line.

import { createHash } from 'node:crypto';
import { elements, isArray, isObject, isString, members, skipSpace, textOf } from '../json/json_bytes.ts';
import { findFault } from '../json/json_faults.ts';
import { isOfSurface, type SurfaceNode, stepInto, surfaceOf } from '../localize/rewrite_surface.ts';
import { isProse, withoutPlaces } from '../localize/surface_prose.ts';
import { type LineHead, readHead } from '../rollout/rollout_line.ts';

/** True where the two lines say the same outside the rewrite surface. */
export function isSameLine(a: Buffer, b: Buffer): boolean {
  if (a.equals(b)) return true;
  const head = readHead(a);
  if (head.kind !== readHead(b).kind) return false;
  return canonicalLine(a, head) === canonicalLine(b, head);
}

/** SHA-256 (hex) of the canonical form: names a line across machines. */
export const canonicalDigest = (bytes: Buffer): string =>
  createHash('sha256')
    .update(canonicalLine(bytes, readHead(bytes)))
    .digest('hex');

/** A line that is not one JSON object stands for itself, byte by byte. */
export function canonicalLine(bytes: Buffer, head: LineHead): string {
  if (findFault(bytes)) return `raw:${bytes.toString('latin1')}`;
  return canonicalValue(bytes, skipSpace(bytes, 0), bytes.length, surfaceOf(head)) ?? '';
}

/** Null for what the surface leaves out. */
function canonicalValue(bytes: Buffer, start: number, end: number, node: SurfaceNode | null): string | null {
  if (node?.value && isOfSurface(node.value, bytes, start, end))
    return isProse(node.value) ? JSON.stringify(withoutPlaces(node.value, textOf(bytes, start, end))) : null;
  if (isObject(bytes, start)) return canonicalObject(bytes, start, node);
  if (isArray(bytes, start)) return canonicalArray(bytes, start, node);
  if (isString(bytes, start)) return JSON.stringify(textOf(bytes, start, end));
  return canonicalAtom(bytes.toString('latin1', start, end).trimEnd());
}

function canonicalObject(bytes: Buffer, from: number, node: SurfaceNode | null): string {
  const parts: string[] = [];
  for (const member of members(bytes, from)) {
    // A list of the surface (writable roots) may be missing on one side, so it is left out whole.
    const child = node ? stepInto(node, member.key) : null;
    if (child?.elements?.value && !isProse(child.elements.value) && isArray(bytes, member.valueStart)) continue;
    const value = canonicalValue(bytes, member.valueStart, member.valueEnd, child);
    if (value !== null) parts.push(`${node?.keys ? '*' : JSON.stringify(member.key)}:${value}`);
  }
  return `{${parts.sort().join(',')}}`;
}

function canonicalArray(bytes: Buffer, from: number, node: SurfaceNode | null): string {
  const parts: string[] = [];
  for (const { start, end } of elements(bytes, from))
    parts.push(canonicalValue(bytes, start, end, node?.elements ?? null) ?? '_');
  return `[${parts.join(',')}]`;
}

/** `1.0`, `1` and `1e0` are one number; integers beyond 2^53 keep all their digits. */
function canonicalAtom(text: string): string {
  if (!/[.eE]/.test(text)) return text === '-0' ? '0' : text;
  const value = Number(text);
  return Number.isFinite(value) ? String(value) : text;
}
