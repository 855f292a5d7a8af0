/**
 * The sessions of a machine in a lab. They distinguish a copied data folder from the original machine.
 * The host hands over a new session whenever the machine connects, and now and then while it is connected. The machine
 * saves it on its disk and signs that it has it; then the host saves it. A machine with an older session than the
 * host's is a copy, or was restored from a backup: its nodes have forgotten what they acknowledged, and must not start
 * (docs/decisions/0072). Pure except for the signatures.
 */
import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { isSignedBy, signatureSchema } from './machineKey.ts';
import type { MachineKey } from './machineKey.ts';

const NONCE_BYTES = 16;
/** More sessions than any machine begins. */
const COUNT_MAX = 1_000_000_000;
const PURPOSE = 'session';

export const sessionSchema = z.strictObject({
  count: z.int().min(1).max(COUNT_MAX),
  /** Distinguishes two sessions that a machine and its copy began with the same count. */
  nonce: z.string().regex(/^[0-9a-f]{32}$/),
});
export type Session = z.output<typeof sessionSchema>;

/** Where a session is valid: at one host, by its proven key. Anybody could claim a lab's id alone. */
export interface SessionScope {
  readonly labId: string;
  readonly hostId: string;
}

/** A session, signed by the machine that has it. */
export const signedSessionSchema = sessionSchema.extend({ signature: signatureSchema });
export type SignedSession = z.output<typeof signedSessionSchema>;

/**
 * Whether a machine with this session is a copy of an earlier state of the machine that the host knows.
 * @param kept the session that the host has kept; undefined when it has never seen this machine
 * @param told the session that the machine has; null when it has none
 */
export function isOfCopy(kept: Session | undefined, told: Session | null): boolean {
  if (kept === undefined) {
    return false;
  }
  // A machine is ahead by one if the host ended before it saved the confirmed session.
  return told === null || told.count < kept.count || (told.count === kept.count && told.nonce !== kept.nonce);
}

/** The session that follows a machine's newest one. */
export function nextSession(newest: Session | undefined): Session {
  return {
    count: Math.min((newest?.count ?? 0) + 1, COUNT_MAX), nonce: randomBytes(NONCE_BYTES).toString('hex'),
  };
}

/**
 * Whether a machine may keep and sign a session that a host hands over: the one after its own, or its own again. It
 * never goes back and never signs two of the same count: nobody can present its own signature as that of a copy.
 */
export function mayFollow(own: Session | null, offered: Session): boolean {
  return offered.count === (own?.count ?? 0) + 1 || (own !== null && isSameSession(own, offered));
}

export function isSameSession(one: Session, other: Session): boolean {
  return one.count === other.count && one.nonce === other.nonce;
}

/** The machine's signed statement that it has kept a session. */
export function signSession(key: MachineKey, scope: SessionScope, session: Session): SignedSession {
  return { ...session, signature: key.sign(PURPOSE, statement(scope, session)) };
}

export function isSignedSession(
  publicKey: string, scope: SessionScope, { signature, ...session }: SignedSession,
): boolean {
  return isSignedBy(publicKey, PURPOSE, statement(scope, session), signature);
}

/**
 * Whether a host proves that another machine has this one's key: by a session that the key has signed but this machine
 * does not know. A host's mere claim is not a reason to give up an identity.
 */
export function provesCopy(
  publicKey: string, scope: SessionScope, own: Session | null, shown: SignedSession,
): boolean {
  return isSignedSession(publicKey, scope, shown) && isOfCopy(shown, own);
}

function statement({ labId, hostId }: SessionScope, { count, nonce }: Session): string {
  return `${labId} ${hostId} ${count} ${nonce}`;
}
