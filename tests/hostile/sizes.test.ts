// Packages that are too large in some way, read by a process of its own whose memory is measured. All of them are made in moments: holes in
// files, or many small ones.

import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { deriveThreadId } from '../../scripts/lib/domain/ids/thread_id.ts';
import { entriesOf, tarHeader, tgz } from '../fixtures/archives.ts';
import { conversation, record, rolloutName, rowOf, textOf } from '../fixtures/conversation.ts';
import { type Machine, writePackage } from '../fixtures/machine.ts';
import { machinesOfEachTest } from '../fixtures/machines.ts';
import { jsonl } from '../fixtures/spelling.ts';

const MIB = 1 << 20;
const MOST_MEMORY = 300;

const machine = machinesOfEachTest();

type Outcome = {
  exit: number | null;
  mebibytes: number;
  report: { message?: string; sessions: { classification: string; reason: string }[] };
};

const ENTRY = path.resolve('scripts/codex-session-sync.cjs');
const TELL_PEAK = "process.on('exit', () => process.stderr.write('peak ' + process.resourceUsage().maxRSS))";

/** `inspect-package` as a user starts it, in a process that tells its own peak. */
function inspect({ root, codexHome, userHome }: Machine, folder: string): Outcome {
  const preload = path.join(root, 'tell_peak.cjs');
  fs.writeFileSync(preload, TELL_PEAK);
  const words = [
    'inspect-package',
    folder,
    '--codex-home',
    codexHome,
    '--user-home',
    userHome,
    '--json',
    '--quiet',
    '--new-home',
  ];
  const node = ['--require', preload, ENTRY, ...words];
  const { status, stdout, stderr } = spawnSync(process.execPath, node, { encoding: 'utf8', maxBuffer: 1 << 28 });
  const kibibytes = Number(/peak (\d+)$/.exec(stderr)?.[1]);
  return { exit: status, mebibytes: kibibytes / 1024, report: JSON.parse(stdout) };
}

const talk = conversation('sizes', '/home/far/project', ['hello']);
const rolloutIn = (folder: string): string => path.join(folder, 'sessions', rolloutName(talk));

/** A file of that many bytes, nearly all of which is a hole. */
function enlarge(file: string, bytes: number, ...ends: string[]): void {
  fs.writeFileSync(file, ends[0] ?? '');
  fs.truncateSync(file, bytes);
  if (ends[1]) fs.appendFileSync(file, ends[1]);
}

describe('refused with the limit named, in little memory and time:', () => {
  test.each<[string, (folder: string) => void, string]>([
    ['a rollout of 3 GB of NUL bytes', (folder) => enlarge(rolloutIn(folder), 3e9), 'longer than 64 MiB'],
    [
      'a rollout with one line of 600 MB',
      (folder) => enlarge(rolloutIn(folder), 600 * MIB, `${textOf(talk)}{"timestamp":"x","type":"y","payload":{"a":"`, '"}}\n'),
      'longer than 64 MiB',
    ],
    [
      'a rollout whose first line is of 600 MB',
      (folder) => enlarge(rolloutIn(folder), 600 * MIB, '{"timestamp":"x","type":"session_meta","payload":{"id":"', '"}}\n'),
      'longer than 64 MiB',
    ],
  ])('%s', (_what, damage, reason) => {
    const here = machine('never started');
    const folder = writePackage(here, [{ conversation: talk }]);
    damage(folder);
    const { exit, mebibytes, report } = inspect(here, folder);
    expect([exit, report.sessions[0]?.classification]).toEqual([4, 'invalid']);
    expect(report.sessions[0]?.reason).toContain(reason);
    expect(mebibytes).toBeLessThan(MOST_MEMORY);
  });

  test('but a line that nests 100,000 levels deep is carried through, as every Codex skips it', () => {
    const here = machine('never started');
    const folder = writePackage(here, [{ conversation: talk }]);
    const deep = `{"timestamp":"x","type":"y","payload":${'['.repeat(100_000)}${']'.repeat(100_000)}}\n`;
    fs.appendFileSync(rolloutIn(folder), deep);
    const { exit, mebibytes, report } = inspect(here, folder);
    expect([exit, report.sessions[0]?.classification]).toEqual([0, 'new_lineage']);
    expect(mebibytes).toBeLessThan(MOST_MEMORY);
  });

  test.each<[string, string, number, string]>([
    ['a manifest of 1 GB', 'package_manifest.json', 1e9, 'larger than 16 MiB'],
    ['rows of 1 GB', 'metadata/threads.jsonl', 1e9, 'larger than 256 MiB'],
    ['tools of 1 GB', 'metadata/thread_dynamic_tools.jsonl', 1e9, 'larger than 256 MiB'],
    ['names of 1 GB', 'metadata/session_index.jsonl', 1e9, 'larger than 256 MiB'],
    ['edges of 1 GB', 'metadata/thread_spawn_edges.jsonl', 1e9, 'larger than 256 MiB'],
    ['goals of 1 GB', 'metadata/thread_goals.jsonl', 1e9, 'larger than 256 MiB'],
    ['required folders of 1 GB', 'skeleton/required-directories.json', 1e9, 'larger than 16 MiB'],
  ])('%s', (_what, name, bytes, reason) => {
    const here = machine('never started');
    const folder = writePackage(here, [{ conversation: talk }]);
    enlarge(path.join(folder, name), bytes);
    const { exit, mebibytes, report } = inspect(here, folder);
    expect([exit, report.message]).toEqual([4, expect.stringContaining(reason)]);
    expect(mebibytes).toBeLessThan(MOST_MEMORY);
  });
});

describe('streamed, in little memory:', () => {
  test('a rollout of a million lines', () => {
    const here = machine('never started');
    const folder = writePackage(here, [{ conversation: talk }]);
    const block = `${record(9, 'event_msg', { type: 'agent_message', message: 'again' })}\n`.repeat(10_000);
    for (let at = 0; at < 100; at++) fs.appendFileSync(rolloutIn(folder), block);
    const { exit, mebibytes, report } = inspect(here, folder);
    expect([exit, report.sessions[0]?.classification]).toEqual([0, 'new_lineage']);
    expect(mebibytes).toBeLessThan(MOST_MEMORY);
  });

  test('a tar.gz with 20,000 rollouts that nothing names, and with one of 100 MB', () => {
    const here = machine('never started');
    const entries = entriesOf(writePackage(here, [{ conversation: talk }]));
    for (let at = 0; at < 20_000; at++) entries.push({ name: `sessions/${at}.jsonl`, data: Buffer.from('{}\n') });
    const ten = gzipSync(Buffer.alloc(10 * MIB));
    const large = [gzipSync(tarHeader('sessions/large.jsonl', 100 * MIB, '0', '')), ...Array.from({ length: 10 }, () => ten)];
    const file = path.join(here.root, 'package.tar.gz');
    fs.writeFileSync(file, Buffer.concat([...large, tgz(entries)]));
    const { exit, mebibytes, report } = inspect(here, file);
    expect([exit, report.sessions[0]?.classification]).toEqual([0, 'new_lineage']);
    expect(mebibytes).toBeLessThan(MOST_MEMORY);
  });

  test('20,000 sessions in one package', () => {
    const here = machine('never started');
    const folder = writePackage(here, [{ conversation: talk }]);
    const many = Array.from({ length: 20_000 }, (_, at) => {
      const id = deriveThreadId(at, 'many');
      return { ...talk, id, lines: talk.lines.map((line) => line.replaceAll(talk.id, id)) };
    });
    const rows = many.map((one) => rowOf(one, `/home/far/.codex/sessions/2026/11/03/${rolloutName(one)}`));
    const metadata = path.join(folder, 'metadata');
    fs.writeFileSync(path.join(metadata, 'threads.jsonl'), jsonl(rows));
    const tools = many.map(({ id }) => ({ thread_id: id, position: 0, name: 'plot', description: '', input_schema: '{}' }));
    fs.writeFileSync(path.join(metadata, 'thread_dynamic_tools.jsonl'), jsonl(tools));
    const parent = talk.id;
    const edges = many.map(({ id }) => ({ parent_thread_id: parent, child_thread_id: id, status: 'open' }));
    fs.writeFileSync(path.join(metadata, 'thread_spawn_edges.jsonl'), jsonl(edges));
    for (const one of many) fs.writeFileSync(path.join(folder, 'sessions', rolloutName(one)), textOf(one));
    const { exit, mebibytes, report } = inspect(here, folder);
    expect([exit, report.sessions.length]).toEqual([0, 20_000]);
    expect(mebibytes).toBeLessThan(MOST_MEMORY);
  });
});
