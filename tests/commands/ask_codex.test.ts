// What `verify --with-codex` makes of a Codex that fails at one session. The Codex is a script that speaks its protocol.

import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { verify } from '../../scripts/lib/commands/health/verify.ts';
import { conversation } from '../fixtures/conversation.ts';
import { homeOf, inState, type Machine, syncNow, writePackage } from '../fixtures/machine.ts';
import { machinesOfEachTest } from '../fixtures/machines.ts';

const machine = machinesOfEachTest();
const [sound, bad, after] = ['sound', 'bad', 'after'].map((seed) => conversation(seed, '/home/far/project', [seed]));

/** `answers`: what it does with a request about the bad session; JavaScript with `method`, `fail` and `done`. */
function codexThat(here: Machine, answers: string, others = 'done()'): string {
  const file = path.join(here.root, 'codex');
  const ids = JSON.stringify([sound, bad, after].map((one) => ({ id: one?.id })));
  const script = `#!${process.execPath}
const say = (message) => process.stdout.write(JSON.stringify(message) + '\\n');
require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, method, params } = JSON.parse(line);
  if (id === undefined) return;
  const done = () => say({ id, result: { userAgent: 'codex/0.171.0', data: ${ids}, thread: { turns: [] } } });
  const fail = () => say({ id, error: { message: 'invalid unix timestamp' } });
  if (params.threadId === '${bad?.id}') { ${answers} } else ${others};
});
`;
  fs.writeFileSync(file, script, { mode: 0o755 });
  return file;
}

test.runIf(process.platform === 'linux')('a Codex that cannot list is quoted, and what it opens is still asked', async () => {
  const here = machine();
  const packed = [sound, after].map((one) => ({ conversation: one as NonNullable<typeof one>, name: 'a name' }));
  syncNow(here, writePackage(here, packed));
  const binary = codexThat(here, '', "method === 'thread/list' ? fail() : done()");
  const { findings, codex } = await verify(homeOf(here), { threadIds: [], codexBinary: binary });
  expect(findings).toEqual([
    expect.objectContaining({ code: 'codex_lists_nothing', message: expect.stringContaining('invalid unix timestamp') }),
  ]);
  expect(codex?.sessions.map(({ listed, resumed }) => [listed, resumed])).toEqual([
    [null, true],
    [null, true],
  ]);
});

test.runIf(process.platform === 'linux').each([
  ['refuses to open it', "method === 'thread/resume' ? fail() : done()"],
  ['cannot give it its name', "method === 'thread/name/set' ? fail() : done()"],
  ['ends over it', 'process.exit(101)'],
])('one session for which Codex %s is named, and the others are asked about', async (_what, answers) => {
  const here = machine();
  const packed = [sound, bad, after].map((one) => ({ conversation: one as NonNullable<typeof one>, name: 'a name' }));
  syncNow(here, writePackage(here, packed));
  inState(here, (database) => database.exec('UPDATE threads SET name = NULL'));
  const { findings, codex } = await verify(homeOf(here), { threadIds: [], codexBinary: codexThat(here, answers) });
  const asked = findings.filter(({ code }) => code.startsWith('codex_'));
  expect(asked.map(({ code, thread_id }) => [code, thread_id])).toEqual([['codex_refuses', bad?.id]]);
  expect(codex?.sessions.filter(({ resumed }) => resumed).map(({ thread_id }) => thread_id)).toHaveLength(2);
});
