// Which kinds of lines real Codex wrote while the suite ran, so that a version that nobody has looked at can be told by what is new in it.

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { readHead } from '../../../scripts/lib/domain/rollout/rollout_line.ts';
import { knownKinds } from './known_kinds.ts';

/** `npm run test:codex -- VERSION` sets it: each lab then leaves its kinds there. */
const place = process.env.CODEX_SUITE_KINDS;

type Seen = { [version: string]: string[] };

/** Called before a lab goes away. */
export function noteKinds(labFolder: string): void {
  if (place === undefined) return;
  const seen: { [version: string]: Set<string> } = {};
  for (const file of rolloutsBelow(labFolder)) {
    const lines = readFileSync(file, 'utf8').split('\n').filter(isJson);
    const version = /"cli_version":"([^"]+)"/.exec(lines[0] ?? '')?.[1] ?? 'unknown';
    seen[version] ??= new Set();
    for (const line of lines) seen[version].add(kindOf(line));
  }
  mkdirSync(place, { recursive: true });
  const kinds: Seen = Object.fromEntries(Object.entries(seen).map(([version, set]) => [version, [...set]]));
  writeFileSync(path.join(place, `${path.basename(labFolder)}.json`), JSON.stringify(kinds));
}

/** What all labs have left about one version, sorted. */
export function kindsSeen(folder: string, version: string): string[] {
  const notes = readdirSync(folder).map((name) => JSON.parse(readFileSync(path.join(folder, name), 'utf8')) as Seen);
  return [...new Set(notes.flatMap((note) => note[version] ?? []))].sort();
}

export const newKinds = (kinds: readonly string[]): string[] => kinds.filter((kind) => !knownKinds.has(kind));

function rolloutsBelow(folder: string): string[] {
  const names = readdirSync(folder, { recursive: true }) as string[];
  return names.filter((name) => /codex-home.*\/rollout-[^/]*\.jsonl$/.test(name)).map((name) => path.join(folder, name));
}

/** Tests leave torn and foreign lines behind as well. */
function isJson(line: string): boolean {
  try {
    return typeof JSON.parse(line) === 'object';
  } catch {
    return false;
  }
}

/** `type/payload.type`, and for an item of a history what kind of item. */
function kindOf(line: string): string {
  const { kind } = readHead(Buffer.from(line));
  const item = kind.startsWith('event_msg/item_') ? (JSON.parse(line) as { payload: { item?: { type?: string } } }) : null;
  return item?.payload.item?.type ? `${kind} ${item.payload.item.type}` : kind;
}
