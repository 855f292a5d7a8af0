/** The seal of datagrams on a LAN: AES-256-GCM, with a separate key for each boot of a sender. See docs/wire.md. */
import { createCipheriv, createDecipheriv, createSecretKey, hkdfSync } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { NodeId } from '../raft/types.ts';
import { HEADER_BYTES, isSealed, markSealed } from './header.ts';
import type { DatagramHeader } from './header.ts';
import { DATAGRAM_SECRET_BYTES, SEAL_BYTES, SEAL_START_BYTES, TAG_BYTES } from './sealFormat.ts';
import type { Opener, Sealer } from './sealFormat.ts';

const CIPHER = 'aes-256-gcm';
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const PURPOSE = 'raftlab datagram 1';
/** How many keys are kept, one per sender and boot: more than a lab has. */
const KEYS_MAX = 256;

/**
 * Seals what one sender sends in one boot. No nonce is used twice with a key: the key belongs to sender and boot, and
 * the nonce holds the counter, which only rises. The sender's file counts the boots; if an old copy of that file is
 * restored, the random bytes still keep the nonces apart.
 */
export class DatagramSealer implements Sealer {
  readonly #sender: NodeId;
  readonly #boot: number;
  readonly #start: Uint8Array;
  readonly #key: KeyObject;
  #counter = 0;

  /**
   * @param start SEAL_START_BYTES random bytes, newly drawn for each sealer
   * @throws RangeError when secret or start have the wrong length
   */
  constructor(secret: Uint8Array, labId: string, sender: NodeId, boot: number, start: Uint8Array) {
    if (start.length !== SEAL_START_BYTES) throw new RangeError(`a seal's start has ${start.length} bytes, not 6`);
    this.#sender = sender;
    this.#boot = boot;
    this.#start = Uint8Array.from(start);
    this.#key = keyOf(secret, labId, sender, boot);
  }

  seal(datagram: Uint8Array, { sender, boot, counter }: DatagramHeader): Uint8Array {
    if (sender !== this.#sender || boot !== this.#boot || counter <= this.#counter) {
      const last = `${this.#sender}.${this.#boot}.${this.#counter}`;
      throw new RangeError(`datagram ${sender}.${boot}.${counter} is to be sealed after ${last}: a nonce is used once`);
    }
    this.#counter = counter;
    const sealed = new Uint8Array(datagram.length + SEAL_BYTES);
    sealed.set(datagram.subarray(0, HEADER_BYTES));
    markSealed(sealed);
    sealed.set(this.#start, HEADER_BYTES);
    const bodyFrom = HEADER_BYTES + SEAL_START_BYTES;
    const cipher = createCipheriv(CIPHER, this.#key, nonceOf(this.#start, counter), { authTagLength: TAG_BYTES });
    cipher.setAAD(sealed.subarray(0, bodyFrom));
    sealed.set(cipher.update(datagram.subarray(HEADER_BYTES)), bodyFrom);
    cipher.final();
    sealed.set(cipher.getAuthTag(), sealed.length - TAG_BYTES);
    return sealed;
  }
}

/** Opens what the members of a lab have sealed. */
export class DatagramOpener implements Opener {
  readonly #secrets: readonly Uint8Array[];
  readonly #labId: string;
  /** By secret, sender and boot: only keys that have opened a datagram, so that forgers cannot fill the map. */
  readonly #keys = new Map<string, KeyObject>();

  /** @param secrets the current one and, for a moment after a change, the one before */
  constructor(secrets: readonly Uint8Array[], labId: string) {
    this.#secrets = secrets;
    this.#labId = labId;
  }

  open(bytes: Uint8Array, header: DatagramHeader): Uint8Array | undefined {
    if (bytes.length <= HEADER_BYTES + SEAL_BYTES || !isSealed(bytes)) return undefined;
    for (const [at, secret] of this.#secrets.entries()) {
      const name = `${at} ${header.sender} ${header.boot}`;
      const known = this.#keys.get(name);
      const key = known ?? keyOf(secret, this.#labId, header.sender, header.boot);
      const body = openWith(key, bytes, header.counter);
      if (body !== undefined) {
        if (known === undefined) this.#keep(name, key);
        return body;
      }
    }
    return undefined;
  }

  #keep(name: string, key: KeyObject): void {
    this.#keys.set(name, key);
    for (const oldest of this.#keys.keys()) {
      if (this.#keys.size <= KEYS_MAX) break;
      this.#keys.delete(oldest);
    }
  }
}

function openWith(key: KeyObject, bytes: Uint8Array, counter: number): Uint8Array | undefined {
  const bodyFrom = HEADER_BYTES + SEAL_START_BYTES;
  const bodyTo = bytes.length - TAG_BYTES;
  const nonce = nonceOf(bytes.subarray(HEADER_BYTES, bodyFrom), counter);
  const decipher = createDecipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(bytes.subarray(0, bodyFrom));
  decipher.setAuthTag(bytes.subarray(bodyTo));
  const body = decipher.update(bytes.subarray(bodyFrom, bodyTo));
  try {
    decipher.final();
  } catch {
    return undefined;
  }
  return new Uint8Array(body.buffer, body.byteOffset, body.length);
}

/** HKDF-SHA256 (RFC 5869) with the lab's id as salt; the sender's incarnation is part of its identifier. */
function keyOf(secret: Uint8Array, labId: string, sender: NodeId, boot: number): KeyObject {
  if (secret.length !== DATAGRAM_SECRET_BYTES) {
    throw new RangeError(`a lab's datagram secret has ${secret.length} bytes, not ${DATAGRAM_SECRET_BYTES}`);
  }
  const info = `${PURPOSE} ${sender} ${boot}`;
  return createSecretKey(new Uint8Array(hkdfSync('sha256', secret, labId, info, KEY_BYTES)));
}

/** The start, and the counter in 6 bytes, big-endian. */
function nonceOf(start: Uint8Array, counter: number): Uint8Array {
  const nonce = new Uint8Array(NONCE_BYTES);
  nonce.set(start);
  const view = new DataView(nonce.buffer);
  view.setUint16(SEAL_START_BYTES, Math.floor(counter / 2 ** 32));
  view.setUint32(SEAL_START_BYTES + 2, counter % 2 ** 32);
  return nonce;
}
