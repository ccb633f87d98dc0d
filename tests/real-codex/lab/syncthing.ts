import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import net from 'node:net';
import path from 'node:path';
import { promisify } from 'node:util';

export const hasSyncthing = spawnSync('syncthing', ['--version']).status === 0;

type Node = { home: string; folder: string; device: string; port: number };

/** Real Syncthing nodes on the loopback that carry one folder between them, and speak to nobody else. */
export class Syncthing {
  readonly folders: readonly string[];
  readonly #running: ChildProcess[];

  private constructor(nodes: readonly Node[], running: ChildProcess[]) {
    this.folders = nodes.map(({ folder }) => folder);
    this.#running = running;
  }

  static async start(root: string, count: number): Promise<Syncthing> {
    const nodes: Node[] = [];
    for (let at = 0; at < count; at++) nodes.push(await makeNode(path.join(root, `syncthing-${at}`)));
    for (const node of nodes) await writeFile(path.join(node.home, 'config.xml'), configOf(node, nodes));
    const running = nodes.map(({ home }) =>
      spawn('syncthing', ['serve', '--no-browser', '--no-restart', '--no-upgrade', '--home', home], {
        stdio: 'ignore',
        env: { PATH: process.env.PATH, HOME: home, STNOUPGRADE: '1' },
      }),
    );
    return new Syncthing(nodes, running);
  }

  /** Until all folders hold the same files. */
  async carried(): Promise<void> {
    for (let tries = 0; tries < 600; tries++) {
      const lists = await Promise.all(this.folders.map(filesIn));
      if (lists.every((list) => list !== '' && list === lists[0])) return;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    throw new Error('Syncthing has not carried everything');
  }

  async close(): Promise<void> {
    const ended = this.#running.map((child) => new Promise((resolve) => child.once('exit', resolve)));
    for (const child of this.#running) child.kill('SIGKILL');
    await Promise.all(ended);
  }
}

async function makeNode(home: string): Promise<Node> {
  const folder = path.join(home, 'shared');
  await mkdir(path.join(folder, '.stfolder'), { recursive: true });
  const run = promisify(execFile);
  const env = { PATH: process.env.PATH, HOME: home };
  await run('syncthing', ['generate', '--home', home, '--no-default-folder', '--skip-port-probing'], { env });
  const { stdout } = await run('syncthing', ['--home', home, '--device-id'], { env });
  return { home, folder, device: stdout.trim(), port: await freePort() };
}

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = net.createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as net.AddressInfo;
      server.close(() => resolve(port));
    });
  });

const configOf = ({ folder, port }: Node, nodes: readonly Node[]): string => `<configuration version="36">
  <folder id="shared" path="${folder}" type="sendreceive" rescanIntervalS="2" fsWatcherEnabled="true" fsWatcherDelayS="1">
    ${nodes.map(({ device }) => `<device id="${device}"></device>`).join('')}
  </folder>
  ${nodes.map((one) => `<device id="${one.device}"><address>tcp://127.0.0.1:${one.port}</address></device>`).join('\n  ')}
  <gui enabled="false"></gui>
  <options>
    <listenAddress>tcp://127.0.0.1:${port}</listenAddress>
    <globalAnnounceEnabled>false</globalAnnounceEnabled>
    <localAnnounceEnabled>false</localAnnounceEnabled>
    <relaysEnabled>false</relaysEnabled>
    <natEnabled>false</natEnabled>
    <reconnectionIntervalS>1</reconnectionIntervalS>
    <urAccepted>-1</urAccepted>
    <autoUpgradeIntervalH>0</autoUpgradeIntervalH>
    <crashReportingEnabled>false</crashReportingEnabled>
    <startBrowser>false</startBrowser>
  </options>
</configuration>
`;

/** Without what Syncthing keeps for itself, or is at work on. */
async function filesIn(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
    .map(({ parentPath, name }) => path.relative(folder, path.join(parentPath, name)))
    .sort()
    .join('\n');
}
