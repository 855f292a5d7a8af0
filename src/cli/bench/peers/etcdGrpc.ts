/** Clients of etcd by its own protocol: gRPC with Protocol Buffers (etcdserverpb.KV). */
import { GrpcConnection } from './grpcConnection.ts';

const PUT = '/etcdserverpb.KV/Put';
const RANGE = '/etcdserverpb.KV/Range';
/** Before each message: whether it is compressed (1 byte), and its length (4 bytes). */
const PREFIX_BYTES = 5;

/** Each on a connection of its own. */
export class EtcdGrpcClients {
  readonly #connections: readonly GrpcConnection[];

  /** @throws Node's error when nobody listens at the port */
  static async open(port: number, clients: number): Promise<EtcdGrpcClients> {
    return new EtcdGrpcClients(await Promise.all(Array.from({ length: clients }, () => GrpcConnection.open(port))));
  }

  private constructor(connections: readonly GrpcConnection[]) {
    this.#connections = connections;
  }

  /** Has a client, numbered from 0, write a value. @throws {Error} when etcd does not say that it did */
  async put(client: number, key: string, value: string): Promise<void> {
    await this.#connection(client).call(PUT, messageOf([key, value]));
  }

  /** Has a client read a value. `serializable` is left out, which is false: the read is linearizable. */
  async get(client: number, key: string): Promise<void> {
    await this.#connection(client).call(RANGE, messageOf([key]));
  }

  close(): void {
    for (const connection of this.#connections) {
      connection.close();
    }
  }

  #connection(client: number): GrpcConnection {
    const connection = this.#connections[client];
    if (connection === undefined) {
      throw new RangeError(`client ${client} of ${this.#connections.length}`);
    }
    return connection;
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
