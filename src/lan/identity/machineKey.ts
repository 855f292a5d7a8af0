/** Who a machine is on the LAN: the key pair of its data folder. Its id follows from the public key. */
import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import { z } from 'zod';

/** RFC 5705 §6: a label that begins so needs no registration. */
const EXPORTER_LABEL = 'EXPERIMENTAL-raftlab-identity-1';
const EXPORTER_CONTEXT = Buffer.from('hello');
const EXPORTED_BYTES = 32;
const UUID_BYTES = 16;

/** An Ed25519 public key as JWK writes it (RFC 8037): 32 bytes in Base64url. */
const publicKeySchema = z.string().regex(/^[\w-]{43}$/);
/** 64 bytes in Base64url. */
export const signatureSchema = z.string().regex(/^[\w-]{86}$/);

/** Proves that a machine has the private key of a public one; the signature is only valid for one connection. */
export const proofSchema = z.strictObject({ publicKey: publicKeySchema, signature: signatureSchema });
export type Proof = z.output<typeof proofSchema>;
/** Which end a proof is for: neither end can send the other one's proof back as its own. */
export type ProofPurpose = 'hello' | 'welcome';

/** A new private key (PKCS #8 in Base64), as lan.json keeps it. */
export function newPrivateKey(): string {
  return generateKeyPairSync('ed25519').privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64');
}

export function isPrivateKey(text: string): boolean {
  try {
    return readPrivateKey(text).asymmetricKeyType === 'ed25519';
  } catch {
    return false;
  }
}

export class MachineKey {
  readonly publicKey: string;
  /** A UUID that follows from the public key. */
  readonly machineId: string;
  readonly #privateKey: KeyObject;

  /** @param privateKey as newPrivateKey made it. @throws {Error} when it is not a private key */
  constructor(privateKey: string) {
    this.#privateKey = readPrivateKey(privateKey);
    this.publicKey = createPublicKey(this.#privateKey).export({ format: 'jwk' }).x ?? '';
    this.machineId = machineIdOf(this.publicKey);
  }

  /** Signs a statement for one purpose; the signature is not valid for another purpose. */
  sign(purpose: string, statement: string | Buffer): string {
    return sign(null, signedBytes(purpose, statement), this.#privateKey).toString('base64url');
  }

  /** Proves to the other end of a connection who this machine is. @param socket after its handshake */
  prove(socket: TLSSocket, as: ProofPurpose): Proof {
    return { publicKey: this.publicKey, signature: this.sign(as, exported(socket)) };
  }
}

/** The machine that has proven itself at the other end of a connection; undefined when the proof is not one. */
export function provenMachineId(
  { publicKey, signature }: Proof, socket: TLSSocket, as: ProofPurpose,
): string | undefined {
  if (socket.destroyed) {
    return undefined;
  }
  return isSignedBy(publicKey, as, exported(socket), signature) ? machineIdOf(publicKey) : undefined;
}

export function isSignedBy(
  publicKey: string, purpose: string, statement: string | Buffer, signature: string,
): boolean {
  try {
    const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: publicKey }, format: 'jwk' });
    return verify(null, signedBytes(purpose, statement), key, Buffer.from(signature, 'base64url'));
  } catch {
    return false; // not a point of the curve
  }
}

/** A UUID of version 8 (RFC 9562 §5.8): 122 bits of a digest of the key. */
export function machineIdOf(publicKey: string): string {
  const bytes = createHash('sha256').update('raftlab machine 1\0').update(Buffer.from(publicKey, 'base64url')).digest();
  bytes[6] = 0x80 | ((bytes[6] ?? 0) & 0x0f);
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f);
  const hex = bytes.toString('hex', 0, UUID_BYTES);
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/**
 * A secret that only the two ends of this connection share (RFC 5705): a proof cannot be passed on.
 * @throws {Error} when the connection has ended
 */
function exported(socket: TLSSocket): Buffer {
  return socket.exportKeyingMaterial(EXPORTED_BYTES, EXPORTER_LABEL, EXPORTER_CONTEXT);
}

function readPrivateKey(text: string): KeyObject {
  return createPrivateKey({ key: Buffer.from(text, 'base64'), format: 'der', type: 'pkcs8' });
}

function signedBytes(purpose: string, statement: string | Buffer): Buffer {
  return Buffer.concat([Buffer.from(`raftlab ${purpose} 1\0`), Buffer.from(statement)]);
}
