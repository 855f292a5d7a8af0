/** TLS with a pre-shared key: only those who know the lab's code get in or learn anything (docs/security.md). */
import type { Socket } from 'node:net';
import { createServer, connect } from 'node:tls';
import type { Server, TLSSocket } from 'node:tls';
import { ConnectionLimiter } from '../host/connectionLimiter.ts';
import type { Handshake } from '../host/connectionLimiter.ts';

/**
 * The one suite that OpenSSL (Node) and BoringSSL (Electron) both have for pre-shared keys; its ECDHE part keeps past
 * messages secret even from somebody who learns the code later.
 */
const PSK_TLS = {
  ciphers: 'ECDHE-PSK-CHACHA20-POLY1305',
  minVersion: 'TLSv1.2',
  maxVersion: 'TLSv1.2',
} as const;
const IDENTITY = 'raftlab-1';
/** Whoever has not shown by then that they know the code is cut off. */
export const HANDSHAKE_LIMIT_MS = 5000;

export interface DoorOptions {
  readonly address: string;
  /** 0: any free port. */
  readonly port: number;
  /** 32 bytes derived from the present join code; undefined while joining is closed. */
  readonly key: () => Uint8Array | undefined;
  /** A connection of somebody who knows the code. */
  readonly onSocket: (socket: TLSSocket) => void;
  /** Somebody tried a wrong code. */
  readonly onWrongCode: (address: string) => void;
}

/** The host's door: listens until it is closed. */
export class Door {
  readonly #server: Server;
  readonly #keeper = new ConnectionLimiter();
  /** The connections whose handshake is in progress, by their remote ends. */
  readonly #handshakes = new Map<string, Handshake>();

  /** @throws {Error} of the system when the port cannot be bound */
  static async open(options: DoorOptions): Promise<Door> {
    const door = new Door(options);
    await new Promise<void>((resolve, reject) => {
      door.#server.once('error', reject);
      door.#server.listen({ host: options.address, port: options.port }, () => {
        door.#server.off('error', reject);
        door.#server.on('error', () => undefined); // one connection that cannot be accepted does not close the door
        resolve();
      });
    });
    return door;
  }

  private constructor(options: DoorOptions) {
    this.#server = createServer({
      ...PSK_TLS,
      handshakeTimeout: HANDSHAKE_LIMIT_MS,
      pskCallback: (_socket, identity) => {
        const key = options.key();
        return identity === IDENTITY && key !== undefined ? key : null;
      },
    });
    this.#server.on('connection', (socket: Socket) => {
      const handshake: Handshake = {
        address: socket.remoteAddress ?? '',
        hasSpoken: () => socket.bytesRead > 0,
        giveWay: () => socket.destroy(),
      };
      if (socket.remoteAddress === undefined || !this.#keeper.admit(handshake)) {
        socket.destroy();
        return;
      }
      const endpoint = endpointOf(socket);
      this.#handshakes.set(endpoint, handshake);
      socket.once('close', () => this.#handshakeEnds(endpoint));
    });
    this.#server.on('tlsClientError', (error, socket) => {
      const address = socket.remoteAddress;
      if (address !== undefined && isWrongKey(error)) {
        options.onWrongCode(address);
      }
      socket.destroy();
    });
    this.#server.on('secureConnection', (socket) => {
      this.#handshakeEnds(endpointOf(socket));
      if (socket.destroyed) {
        return;
      }
      this.#keeper.machineEntered();
      socket.once('close', () => this.#keeper.machineLeft());
      options.onSocket(socket);
    });
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  /** The number of connections that it counts now: machines and those that want to come in. */
  get held(): number {
    return this.#keeper.held;
  }

  /** Stops letting anybody in. The owners of open connections close them. */
  close(): void {
    this.#server.close();
  }

  #handshakeEnds(endpoint: string): void {
    const handshake = this.#handshakes.get(endpoint);
    this.#handshakes.delete(endpoint);
    if (handshake !== undefined) {
      this.#keeper.handshakeEnded(handshake);
    }
  }
}

function endpointOf(socket: Socket): string {
  return `${socket.remoteAddress ?? ''} ${socket.remotePort ?? 0}`;
}

/** Why a machine could not get in. */
export type KnockFailure =
  /** Nothing came back at all. */
  | 'no-reply'
  /** The machine, or a firewall, says that nothing is open there. */
  | 'refused'
  /** No machine has that address, or something in between reports that it cannot be reached. */
  | 'unreachable'
  /** This machine has no route to that network. */
  | 'no-route'
  /** This machine's own system does not let the connection out. */
  | 'forbidden'
  | 'wrong-code'
  | 'not-raftlab';

export class KnockError extends Error {
  readonly failure: KnockFailure;

  constructor(failure: KnockFailure, cause: Error) {
    super(`${failure}: ${cause.message}`, { cause });
    this.name = 'KnockError';
    this.failure = failure;
  }
}

/**
 * Connects to a host's door.
 * @param signal cancels it; nothing is left open
 * @throws {KnockError}
 */
export function knock(
  address: string, port: number, key: Uint8Array, limitMs = HANDSHAKE_LIMIT_MS, signal?: AbortSignal,
): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    let isConnected = false;
    const socket = connect({
      ...PSK_TLS,
      host: address,
      port,
      checkServerIdentity: () => undefined,
      pskCallback: () => ({ psk: key, identity: IDENTITY }),
    });
    const fail = (failure: KnockFailure, error: Error): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', callOff);
      socket.destroy();
      reject(new KnockError(failure, error));
    };
    const timer = setTimeout(() => {
      fail(isConnected ? 'not-raftlab' : 'no-reply', new Error(`no answer within ${limitMs} ms`));
    }, limitMs);
    const callOff = (): void => fail('no-reply', new Error('called off'));
    signal?.addEventListener('abort', callOff);
    if (signal?.aborted === true) {
      callOff();
    }
    socket.once('connect', () => {
      isConnected = true;
    });
    socket.once('secureConnect', () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', callOff);
      socket.removeAllListeners('error');
      resolve(socket);
    });
    socket.on('error', (error: NodeJS.ErrnoException) => fail(failureOf(error, isConnected), error));
  });
}

function failureOf(error: NodeJS.ErrnoException, isConnected: boolean): KnockFailure {
  if (isWrongKey(error)) return 'wrong-code';
  if (isConnected) return 'not-raftlab';
  switch (error.code) {
    case 'ECONNREFUSED':
      return 'refused';
    case 'EHOSTUNREACH': case 'EHOSTDOWN':
      return 'unreachable';
    case 'ENETUNREACH': case 'ENETDOWN': case 'EADDRNOTAVAIL': case 'EINVAL':
      return 'no-route';
    case 'EACCES': case 'EPERM':
      return 'forbidden';
    default:
      return 'no-reply';
  }
}

/** A wrong pre-shared key shows as a first record that cannot be decrypted; the error text differs by library. */
function isWrongKey(error: NodeJS.ErrnoException): boolean {
  return /BAD_RECORD_MAC|BAD_DECRYPT|DECRYPTION_FAILED|DECRYPT_ERROR|DIGEST_CHECK_FAILED|PSK_IDENTITY_NOT_FOUND|UNKNOWN_PSK/i
    .test(`${error.code ?? ''} ${error.message}`);
}
