/** Clients of etcd by its own protocol: gRPC, which is HTTP/2 with Protocol Buffers (etcdserverpb.KV). */
import { once } from 'node:events';
import { connect } from 'node:http2';
import type { ClientHttp2Session, IncomingHttpHeaders } from 'node:http2';

const PUT = '/etcdserverpb.KV/Put';
const RANGE = '/etcdserverpb.KV/Range';
/** Before each message: whether it is compressed (1 byte), and its length (4 bytes). */
const PREFIX_BYTES = 5;
const STATUS_OK = '0';

/** Each on a connection of its own. */
export class EtcdGrpcClients {
  readonly #sessions: readonly ClientHttp2Session[];

  /** @throws Node's error when nobody listens at the port */
  static async open(port: number, clients: number): Promise<EtcdGrpcClients> {
    return new EtcdGrpcClients(await Promise.all(Array.from({ length: clients }, async () => {
      const session = connect(`http://127.0.0.1:${port}`);
      await once(session, 'connect');
      return session;
    })));
  }

  private constructor(sessions: readonly ClientHttp2Session[]) {
    this.#sessions = sessions;
  }

  /** Has a client, numbered from 0, write a value. @throws {Error} when etcd does not say that it did */
  put(client: number, key: string, value: string): Promise<void> {
    return this.#call(client, PUT, messageOf([key, value]));
  }

  /** Has a client read a value. `serializable` is left out, which is false: the read is linearizable. */
  get(client: number, key: string): Promise<void> {
    return this.#call(client, RANGE, messageOf([key]));
  }

  close(): void {
    for (const session of this.#sessions) {
      session.destroy();
    }
  }

  #call(client: number, path: string, message: Buffer): Promise<void> {
    const session = this.#sessions[client];
    if (session === undefined) {
      throw new RangeError(`client ${client} of ${this.#sessions.length}`);
    }
    return new Promise((resolve, reject) => {
      const stream = session.request({
        ':method': 'POST', ':path': path, 'content-type': 'application/grpc', te: 'trailers',
      });
      let status: unknown;
      let length = 0;
      stream.on('response', (headers) => {
        status = headers['grpc-status']; // where there is nothing but a status
      });
      stream.on('trailers', (headers: IncomingHttpHeaders) => {
        status = headers['grpc-status'];
      });
      stream.on('data', (piece: Buffer) => {
        length += piece.length;
      });
      stream.on('error', reject);
      stream.on('close', () => {
        if (status === STATUS_OK && length >= PREFIX_BYTES) {
          resolve();
        } else {
          reject(new Error(`etcd answered ${path} with gRPC status ${String(status)}`));
        }
      });
      stream.end(message);
    });
  }
}

/** A gRPC message whose fields 1, 2, … are these texts: PutRequest's key and value, RangeRequest's key. */
function messageOf(texts: readonly string[]): Buffer {
  const fields = texts.flatMap((text, at) => {
    const bytes = Buffer.from(text, 'utf8');
    return [Buffer.from([(at + 1) << 3 | 2, ...varint(bytes.length)]), bytes];
  });
  const body = Buffer.concat(fields);
  const prefix = Buffer.alloc(PREFIX_BYTES);
  prefix.writeUInt32BE(body.length, 1);
  return Buffer.concat([prefix, body]);
}

/** Seven bits in a byte, the lowest first; the eighth says that there are more. */
function varint(value: number): readonly number[] {
  return value < 0x80 ? [value] : [value & 0x7f | 0x80, ...varint(value >>> 7)];
}
