// The map of references/architecture.md leads somewhere.

import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';

const ROOT = path.resolve(import.meta.dirname, '..');
const LIB = path.join(ROOT, 'scripts/lib');
const page = fs.readFileSync(path.join(ROOT, 'references/architecture.md'), 'utf8');
const isThere = (name: string): boolean => fs.existsSync(path.join(ROOT, name)) || fs.existsSync(path.join(LIB, name));

test('every path that it names exists', () => {
  const paths = [...page.matchAll(/`([\w.-]+\/[\w./-]*|[\w-]+\.(?:ts|cjs|mjs|md|json))`/g)].map((match) => match[1] as string);
  expect(paths.length).toBeGreaterThan(1);
  expect(paths.filter((name) => !isThere(name))).toEqual([]);
});

test('its picture has every layer and every room', () => {
  const picture = page.match(/```mermaid\n([\s\S]*?)```/)?.[1] ?? '';
  const rooms = fs
    .readdirSync(LIB, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
  expect(rooms.length).toBeGreaterThan(20);
  expect(rooms.filter((room) => !new RegExp(`\\b${room}\\b`).test(picture))).toEqual([]);
});
