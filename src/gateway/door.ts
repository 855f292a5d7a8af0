/** A node's door for other people's programs: a port of its own that speaks the Redis protocol. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { LabError } from '../contract/errors.ts';
import { Cursors } from './commands/cursors.ts';
import { COMMANDS } from './commands/index.ts';
import { CLIENTS_MAX } from './commands/limits.ts';
import { Connection } from './connection.ts';
import type { ConnectionHost } from './connection.ts';
import type { AppliedCommand, DoorNode } from './doorNode.ts';
import { ReplyWriter } from './resp/replyWriter.ts';

/** The most that the door asks of its node at once; the node takes twice as much, so that the console gets through. */
const UNDER_WAY_MAX = 512;
const UNDER_WAY_LENGTH_MAX = 32 * 1024 * 1024;
/** A real Redis on the same machine is left alone: programs that look for it find no lab by accident. */
const REDIS_PORT = 6379;
const KEEP_ALIVE_MS = 60_000;
const PATIENCE_MS = 60_000;

/** What may change while the door is open. */
export interface DoorAccess {
  /** Null: everybody who reaches the port is let in. */
  readonly password: string | null;
  /** Whether a node that does not lead tells clients who does, in Redis Cluster's words, and forwards nothing. */
  readonly redirects: boolean;
}

export interface DoorOptions extends DoorAccess {
  readonly address: string;
  /** Any free port where this one is taken; 0: any free one. */
  readonly preferredPort: number;
  /** How long a client may leave its replies, or not say the password; a minute if left out. */
  readonly patienceMs?: number;
  /** How long a command may take. */
  timeoutMs(): number;
  /** The time of day, in milliseconds since 1970. */
  wallMs(): number;
}

export class Door implements ConnectionHost {
  readonly node: DoorNode;
  readonly address: string;
  readonly port: number;
  readonly writer = new ReplyWriter();
  readonly label: string;
  readonly openedAtMs: number;
  readonly patienceMs: number;
  readonly clients = new Map<number, Connection>();
  readonly commands = COMMANDS;
  readonly cursors = new Cursors();
  connectionsTotal = 0;
  commandsTotal = 0;
  readonly #server: Server;
  readonly #options: DoorOptions;
  #access: DoorAccess;
  #passwordDigest: Buffer | undefined;
  #underWay = 0;
  #underWayLength = 0;
  /** Connections that wait until the node may be asked for more, in turn. */
  readonly #withoutRoom = new Set<Connection>();
  readonly #unsettled = new Set<Connection>();
  #settlesSoon = false;
  readonly #watchers = new Set<Connection>();
  #stopWatching: (() => void) | undefined;

  /**
   * Opens a door.
   * @throws {LabError} when the address cannot be listened on
   */
  static async open(node: DoorNode, options: DoorOptions): Promise<Door> {
    const server = createServer({ allowHalfOpen: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_MS });
    const preferred = options.preferredPort === REDIS_PORT ? 0 : options.preferredPort;
    const port = await listen(server, options.address, preferred);
    return new Door(node, options, server, port);
  }

  private constructor(node: DoorNode, options: DoorOptions, server: Server, port: number) {
    this.node = node;
    this.address = options.address;
    this.port = port;
    this.label = `${node.name}-${randomBytes(4).toString('hex')}`;
    this.openedAtMs = options.wallMs();
    this.patienceMs = options.patienceMs ?? PATIENCE_MS;
    this.#options = options;
    this.#server = server;
    this.#access = options;
    this.change(options);
    server.on('connection', (socket) => this.#accept(socket));
  }

  /** Clients that were let in stay. */
  change(access: DoorAccess): void {
    this.#access = access;
    this.#passwordDigest = access.password === null ? undefined : digestOf(Buffer.from(access.password, 'utf8'));
  }

  /** Closes the port and all connections. */
  close(): void {
    this.#server.close();
    for (const connection of [...this.clients.values()]) {
      connection.destroy();
    }
    this.#stopWatching?.();
    this.#stopWatching = undefined;
  }

  get redirects(): boolean {
    return this.#access.redirects;
  }

  get hasPassword(): boolean {
    return this.#passwordDigest !== undefined;
  }

  isPassword(password: Uint8Array): boolean {
    return this.#passwordDigest !== undefined && timingSafeEqual(digestOf(password), this.#passwordDigest);
  }

  timeoutMs(): number {
    return this.#options.timeoutMs();
  }

  wallMs(): number {
    return this.#options.wallMs();
  }

  began(): void {
    this.commandsTotal += 1;
  }

  asked(length: number): void {
    this.#underWay += 1;
    this.#underWayLength += length;
  }

  answered(length: number): void {
    this.#underWay -= 1;
    this.#underWayLength -= length;
    if (this.#withoutRoom.size > 0) {
      this.#settleAllSoon();
    }
  }

  hasRoom(connection: Connection): boolean {
    if (!this.#hasRoom) {
      this.#withoutRoom.add(connection);
    }
    return this.#hasRoom;
  }

  settleSoon(connection: Connection): void {
    this.#unsettled.add(connection);
    this.#settleAllSoon();
  }

  watch(connection: Connection, watches: boolean): void {
    if (watches) {
      this.#watchers.add(connection);
    } else {
      this.#watchers.delete(connection);
    }
    if (this.#watchers.size === 0) {
      this.#stopWatching?.();
      this.#stopWatching = undefined;
    } else {
      this.#stopWatching ??= this.node.watchApplied((applied) => {
        const line = monitorLine(applied, this.wallMs());
        for (const watcher of [...this.#watchers]) {
          watcher.push((writer) => writer.simple(line));
        }
      });
    }
  }

  closed(connection: Connection): void {
    this.clients.delete(connection.id);
    this.#withoutRoom.delete(connection);
    this.#unsettled.delete(connection);
    this.watch(connection, false);
    this.node.left(connection.clientName);
  }

  get #hasRoom(): boolean {
    return this.#underWay < UNDER_WAY_MAX && this.#underWayLength < UNDER_WAY_LENGTH_MAX;
  }

  #settleAllSoon(): void {
    if (!this.#settlesSoon) {
      this.#settlesSoon = true;
      queueMicrotask(() => this.#settleAll());
    }
  }

  #settleAll(): void {
    this.#settlesSoon = false;
    const connections = [...this.#unsettled];
    this.#unsettled.clear();
    for (const connection of connections) {
      connection.settle();
    }
    for (const connection of this.#withoutRoom) {
      if (!this.#hasRoom) {
        break;
      }
      this.#withoutRoom.delete(connection);
      connection.settle();
    }
  }

  #accept(socket: Socket): void {
    if (this.clients.size >= CLIENTS_MAX) {
      socket.on('error', () => socket.destroy());
      socket.end('-ERR max number of clients reached\r\n', () => socket.destroy());
      return;
    }
    this.connectionsTotal += 1;
    const connection = new Connection(this.connectionsTotal, socket, this);
    this.clients.set(connection.id, connection);
  }
}

/** An applied entry as Redis shows what its clients do: `1339518083.107412 [0 client] "put" "colour" "teal"`. */
function monitorLine({ client, text }: AppliedCommand, wallMs: number): string {
  const words = text.match(/"(?:[^"\\]|\\.)*"|[^\s"]+/g) ?? [];
  const quoted = words.map((word) => (word.startsWith('"') ? word : JSON.stringify(word)));
  return `${(wallMs / 1000).toFixed(6)} [0 ${client ?? '-'}] ${quoted.join(' ')}`;
}

function digestOf(password: Uint8Array): Buffer {
  return createHash('sha256').update(password).digest();
}

async function listen(server: Server, address: string, preferredPort: number): Promise<number> {
  try {
    return await listenOn(server, address, preferredPort);
  } catch (error) {
    if (preferredPort !== 0 && codeIn(error) === 'EADDRINUSE') {
      return listen(server, address, 0);
    }
    throw new LabError('refused', `The door cannot be opened on ${address} (${codeIn(error)}): close it, or choose `
      + 'an address of this machine.');
  }
}

function listenOn(server: Server, address: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: address, port, backlog: CLIENTS_MAX }, () => {
      server.off('error', reject);
      const bound = server.address();
      if (bound === null || typeof bound === 'string') {
        reject(new Error('the server has no port'));
      } else {
        resolve(bound.port);
      }
    });
  });
}

function codeIn(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unknown error';
}
