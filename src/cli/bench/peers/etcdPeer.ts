/** Three etcd nodes on this machine, under the same load: the peer that Raftlab is measured against. */
import { execFile, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { HttpConnection } from './httpConnection.ts';

const PROGRAM = 'etcd';
const INSTALL_COMMAND = 'apt-get install -y etcd-server';
const NODES = 3;
const START_TRIES_MAX = 300;
const START_TRY_MS = 100;

interface Member {
  readonly clientPort: number;
  readonly process: ChildProcess;
}

export class EtcdPeer {
  /** As the program reports it, for example `3.4.23`. */
  readonly version: string;
  readonly #folder: string;
  readonly #members: readonly Member[];
  readonly #leaderPort: number;

  /** Starts the nodes and waits for their leader. @throws {Error} when etcd is not installed or does not come up */
  static async start(): Promise<EtcdPeer> {
    const version = await etcdVersion();
    const folder = await mkdtemp(join(tmpdir(), 'raftlab-bench-etcd-'));
    const ports = await freePorts(2 * NODES);
    const nodes = Array.from({ length: NODES }, (_, at) => ({
      name: `e${at + 1}`, clientPort: ports[2 * at] ?? 0, peerPort: ports[2 * at + 1] ?? 0,
    }));
    const cluster = nodes.map(({ name, peerPort }) => `${name}=${urlOf(peerPort)}`).join(',');
    const members = nodes.map(({ name, clientPort, peerPort }) => ({
      clientPort,
      process: spawn(PROGRAM, [
        '--name', name, '--data-dir', join(folder, name), '--log-level', 'error', '--logger', 'zap',
        '--listen-client-urls', urlOf(clientPort), '--advertise-client-urls', urlOf(clientPort),
        '--listen-peer-urls', urlOf(peerPort), '--initial-advertise-peer-urls', urlOf(peerPort),
        '--initial-cluster', cluster,
      ], { stdio: ['ignore', 'ignore', 'inherit'] }),
    }));
    try {
      return new EtcdPeer(version, folder, members, await leaderPortOf(members));
    } catch (error) {
      await stop(folder, members);
      throw error;
    }
  }

  private constructor(version: string, folder: string, members: readonly Member[], leaderPort: number) {
    this.version = version;
    this.#folder = folder;
    this.#members = members;
    this.#leaderPort = leaderPort;
  }

  /** Connects clients to the leader, each through its own connection, which it keeps. */
  async connect(clients: number): Promise<EtcdClients> {
    return new EtcdClients(
      await Promise.all(Array.from({ length: clients }, () => HttpConnection.open(this.#leaderPort))),
    );
  }

  /** Ends the nodes and deletes their files. */
  async close(): Promise<void> {
    await stop(this.#folder, this.#members);
  }
}

export class EtcdClients {
  readonly #connections: readonly HttpConnection[];

  constructor(connections: readonly HttpConnection[]) {
    this.#connections = connections;
  }

  /** Has a client, numbered from 0, write a value. The gateway takes keys and values in base64. */
  async put(client: number, key: string, valueBase64: string): Promise<void> {
    const connection = this.#connections[client];
    if (connection === undefined) {
      throw new RangeError(`client ${client} of ${this.#connections.length}`);
    }
    await connection.post('/v3/kv/put', `{"key":"${btoa(key)}","value":"${valueBase64}"}`);
  }

  close(): void {
    for (const connection of this.#connections) {
      connection.close();
    }
  }
}

/** @throws {Error} that says how to install it */
async function etcdVersion(): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(PROGRAM, ['--version']);
    return /etcd Version: (\S+)/.exec(stdout)?.[1] ?? 'unknown';
  } catch {
    throw new Error(`etcd is not installed. On Debian, as root: ${INSTALL_COMMAND}`);
  }
}

async function leaderPortOf(members: readonly Member[]): Promise<number> {
  for (let tries = 0; tries < START_TRIES_MAX; tries += 1) {
    for (const { clientPort, process } of members) {
      if (process.exitCode !== null) {
        throw new Error(`etcd ended with exit code ${process.exitCode} before it had a leader`);
      }
      if (await leads(clientPort)) {
        return clientPort;
      }
    }
    await delay(START_TRY_MS);
  }
  throw new Error(`etcd had no leader after ${(START_TRIES_MAX * START_TRY_MS) / 1000} s`);
}

/** Whether the node that listens there leads; false too when nobody listens yet. */
async function leads(port: number): Promise<boolean> {
  let connection: HttpConnection | undefined;
  try {
    connection = await HttpConnection.open(port);
    const status: unknown = JSON.parse(await connection.post('/v3/maintenance/status', '{}'));
    return isStatus(status) && status.leader === status.header.member_id;
  } catch {
    return false;
  } finally {
    connection?.close();
  }
}

interface Status {
  readonly leader: string;
  readonly header: { readonly member_id: string };
}

function isStatus(value: unknown): value is Status {
  return typeof value === 'object' && value !== null && 'leader' in value && typeof value.leader === 'string'
    && 'header' in value && typeof value.header === 'object' && value.header !== null && 'member_id' in value.header;
}

async function stop(folder: string, members: readonly Member[]): Promise<void> {
  await Promise.all(members.map(async ({ process }) => {
    if (process.exitCode === null && process.signalCode === null) {
      const exited = once(process, 'exit');
      process.kill('SIGKILL');
      await exited;
    }
  }));
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
}

function urlOf(port: number): string {
  return `http://127.0.0.1:${port}`;
}

/** Ports that are free now; all are held at the same time, so that they differ. */
async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  const ports = await Promise.all(servers.map(async (server) => {
    await once(server, 'listening');
    const address = server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }));
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports;
}
