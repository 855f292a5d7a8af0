/** Three etcd nodes on this machine, under the same load: the peer that Raftlab is measured against. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { EtcdGrpcClients } from './etcdGrpc.ts';
import { HttpConnection } from './httpConnection.ts';
import { endProgram, freePorts, versionOf } from './programs.ts';
import type { Program } from './programs.ts';

const ETCD: Program = { name: 'etcd', version: /etcd Version: (\S+)/, debianPackage: 'etcd-server' };
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
    const version = await versionOf(ETCD);
    const folder = await mkdtemp(join(tmpdir(), 'raftlab-bench-etcd-'));
    const ports = await freePorts(2 * NODES);
    const nodes = Array.from({ length: NODES }, (_, at) => ({
      name: `e${at + 1}`, clientPort: ports[2 * at] ?? 0, peerPort: ports[2 * at + 1] ?? 0,
    }));
    const cluster = nodes.map(({ name, peerPort }) => `${name}=${urlOf(peerPort)}`).join(',');
    const members = nodes.map(({ name, clientPort, peerPort }) => ({
      clientPort,
      process: spawn(ETCD.name, [
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

  /** Connects clients to the leader's HTTP/JSON gateway, each through its own connection, which it keeps. */
  async connect(clients: number): Promise<EtcdClients> {
    return new EtcdClients(
      await Promise.all(Array.from({ length: clients }, () => HttpConnection.open(this.#leaderPort))),
    );
  }

  /** Connects clients to the leader by etcd's own protocol, each through its own connection, which it keeps. */
  connectByGrpc(clients: number): Promise<EtcdGrpcClients> {
    return EtcdGrpcClients.open(this.#leaderPort, clients);
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
  await Promise.all(members.map(({ process }) => endProgram(process)));
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
}

function urlOf(port: number): string {
  return `http://127.0.0.1:${port}`;
}
