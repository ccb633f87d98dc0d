// The real rclone against its own servers. Skipped by name where the program is not installed.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { checkExchange } from '../../scripts/lib/commands/exchange/check_exchange.ts';
import { conversation } from '../fixtures/conversation.ts';
import { exchangeNow, goOn, join, promptsOf } from '../fixtures/exchange.ts';
import { addSession, homeOf, type Machine, NOW } from '../fixtures/machine.ts';
import { machinesOfEachTest } from '../fixtures/machines.ts';

const hasRclone = spawnSync('rclone', ['version']).status === 0;
const machine = machinesOfEachTest();

const servers: ChildProcess[] = [];
afterEach(() => servers.splice(0).forEach((server) => void server.kill('SIGKILL')));

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = net.createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as net.AddressInfo;
      server.close(() => resolve(port));
    });
  });

async function answers(port: number): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    const isOpen = await new Promise<boolean>((resolve) => {
      const socket = net.connect(port, '127.0.0.1', () => resolve(true)).on('error', () => resolve(false));
      socket.on('connect', () => socket.destroy());
    });
    if (isOpen) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('the server does not answer');
}

/** The name of a place that this server gives, as a user would type it. */
async function serve(kind: 'webdav' | 'sftp', folder: string): Promise<string> {
  const port = await freePort();
  const access = kind === 'sftp' ? ['--user', 'u', '--pass', 'p'] : [];
  servers.push(spawn('rclone', ['serve', kind, folder, '--addr', `127.0.0.1:${port}`, ...access], { stdio: 'ignore' }));
  await answers(port);
  const password = String(spawnSync('rclone', ['obscure', 'p']).stdout).trim();
  return kind === 'webdav'
    ? `rclone::webdav,url="http://127.0.0.1:${port}":shared`
    : `rclone::sftp,host=127.0.0.1,port=${port},user=u,pass=${password}:shared`;
}

describe.skipIf(!hasRclone)('rclone', () => {
  test.each(['webdav', 'sftp'] as const)(
    'machines are kept in step over %s, and only what is new travels',
    async (kind) => {
      const machines = [machine(), machine()];
      const [a, b] = machines as [Machine, Machine];
      const folder = path.join(a.root, 'served');
      fs.mkdirSync(folder);
      const place = await serve(kind, folder);
      for (const one of machines) await join(one, place, 'x');
      const talk = conversation('talk', a.userHome, ['one']);
      addSession(a, talk);
      for (const one of [a, b]) await exchangeNow(one);
      goOn(b, talk.id, 'two');
      const before = filesIn(folder);
      for (const one of [b, a]) await exchangeNow(one);
      for (const one of machines) expect(promptsOf(one).get(talk.id)).toEqual(['one', 'two']);
      const written = filesIn(folder).filter((name) => !before.includes(name));
      expect(written.filter((name) => /packs.*[0-9a-f]{64}$/.test(name)).length).toBe(1);
      for (const one of machines) expect((await checkExchange(homeOf(one), NOW)).findings).toEqual([]);
      for (const server of servers) server.kill('SIGKILL');
      goOn(a, talk.id, 'three');
      await expect(exchangeNow(a)).rejects.toMatchObject({ code: 'exchange_missing' });
    },
    60_000,
  );
});

const filesIn = (folder: string): string[] => (fs.readdirSync(folder, { recursive: true }) as string[]).sort();
